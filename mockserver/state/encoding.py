"""JSON of records in answers, written once for each record."""

from collections.abc import Iterable
from json import JSONEncoder

from mockserver.state.plain import Function, dumper, same
from mockserver.state.schema import Column, Record, by_type, columns
from mockserver.values.clock import Moment, milliseconds

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
    values = ((name, dump, getattr(record, attribute)) for name, attribute, dump in _dumpers(type(record)))
    text = _ENCODER.encode({name: dump(value) for name, dump, value in values if value is not None})
    object.__setattr__(record, "cached_json", text)  # a frozen record stays the same by it
    return text


@by_type
def _dumpers(declared: type) -> tuple[tuple[str, str, Function], ...]:
    return tuple(
        (it.name, it.attribute, milliseconds if isinstance(it.kind, Moment) else dumper(it.kind) or same)
        for it in answer_columns(declared)
    )
