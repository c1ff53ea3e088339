"""JSON of records in answers, written once for each record."""

from collections.abc import Callable, Iterable
from json import JSONEncoder
from json.encoder import encode_basestring_ascii as quoted
from typing import Any

from mockserver.state.schema import Column, Record, by_type, columns
from mockserver.values.clock import Moment, milliseconds
from mockserver.values.kinds import Flag

_ENCODER = JSONEncoder(sort_keys=True, separators=(",", ":"))


def record_json(record: Record) -> str:
    """Return the JSON text of a record in answers; an optional column that is None is left out."""
    return record.cached_json or _write(record)


def records_json(records: Iterable[Record]) -> str:
    """Return the JSON text of a list of records."""
    return f"[{','.join([record.cached_json or _write(record) for record in records])}]"


@by_type
def answer_columns(declared: type) -> tuple[Column, ...]:
    """Return the columns that answers show, sorted by their names there."""
    return tuple(sorted((column for column in columns(declared) if column.shown), key=lambda it: it.name))


def _write(record: Record) -> str:
    text = _encoder(type(record))(record)
    object.__setattr__(record, "cached_json", text)  # a frozen record stays the same by it
    return text


@by_type
def _encoder(declared: type) -> Callable[[Record], str]:
    """Return the function that writes a record: a template of text, which takes a fifth of the time of an encoder."""
    names: dict[str, Any] = {"quoted": quoted, "encode": _ENCODER.encode}
    parts = []
    for column in answer_columns(declared):
        value, name, kind = f"row.{column.attribute}", column.name, column.kind
        if isinstance(kind, Flag):
            text = f'("true" if {value} else "false")'
        elif kind.dump is None and kind.schema["type"] == "string":
            text = f"quoted({value})"
        else:
            names[f"dump_{name}"] = milliseconds if isinstance(kind, Moment) else column.dump
            text = f"encode(dump_{name}({value}))"
        if column.optional:
            parts.append(f"""{{"" if {value} is None else '"{name}":' + {text} + ","}}""")
        elif kind.plain and kind.dump is None:
            parts.append(f'"{name}":"{{{value}}}",')
        else:
            parts.append(f'"{name}":{{{text}}},')
    source = f"def write(row): return '{{' + f'''{''.join(parts)}'''[:-1] + '}}'"
    exec(source, names)  # noqa: S102  # made of a declaration, as dataclasses make their methods
    made: Callable[[Record], str] = names["write"]
    return made
