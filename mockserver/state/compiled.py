"""Functions from a seed's plain data to declared values, compiled as dataclasses make their methods."""

from collections.abc import Callable, Iterator
from typing import Any

from mockserver.state import catalogue
from mockserver.state.schema import Column, Nested, Record, by_type, columns
from mockserver.values.kinds import FLAG, Kind, ListOf, MapOf

Function = Callable[..., Any]


@by_type
def reader(declared: type) -> Function:
    """Return the function that makes a value of plain data that has been checked.

    That of a record takes more: its `position`, its `owner`; `near`, its key where a mapping is by key, or the id of
    the record that it stands under and refers to; the `tables` by name, and `ids` by table and second name.
    """
    names: dict[str, Any] = {"_declared": declared, "_flag": FLAG.parse}
    given: dict[str, str] = {}
    lines, near = [], ""
    if issubclass(declared, Record):
        table, key = declared.TABLE, catalogue.id_column(declared)
        given = {it.attribute: f"_owner.{it.attribute}" for it in catalogue.owner_columns(declared)}
        given["position"] = "_position"
        if table.keyed:
            given[key.attribute] = "_near"
        if table.bare:
            lines.append(f"if _data.__class__ is str: _data = {{{key.seed!r}: _data}}")
        near = catalogue.reference(declared).attribute if table.nested else ""
    read = [column for column in columns(declared) if column.attribute not in given]
    for column in sorted(read, key=lambda it: it.follows is not None):  # what follows comes after what it follows
        lines += _reading(column, declared, names, near=column.attribute == near)
        given[column.attribute] = column.attribute
    lines.append(f"return _declared({', '.join(f'{name}={value}' for name, value in given.items())})")
    body = "\n    ".join(lines)
    source = f"def read(_data, _position=0, _owner=None, _near=None, _tables=None, _ids=None):\n    {body}"
    exec(source, names)  # noqa: S102  # made of a declaration
    made: Function = names["read"]
    return made


def _reading(column: Column, declared: type, names: dict[str, Any], *, near: bool) -> Iterator[str]:
    """Yield the lines that read a column; what they need is added to `names`."""
    it = column.attribute
    parse = parser(column.kind)
    names[f"_parse_{it}"] = parse
    value = it if parse is None else f"_parse_{it}({it})"
    if column.refers and any(other.alias for other in columns(catalogue.record_type(column.refers))):
        one = f"_ids.get(({column.refers!r}, name), name)"
        value = f"tuple([{one} for name in {it}])" if isinstance(column.kind, ListOf) else one.replace("name", it)
    yield f"{it} = _data[{column.seed!r}]" if column.required else f"{it} = _data.get({column.seed!r})"
    if near:
        yield f"if {it} is None: {it} = _near"
    if column.required:
        yield f"{it} = {value}"
    else:
        absent = f"{it} is None" if column.blank else f"not {it}"
        yield f"{it} = ({_default(column, declared, names)}) if {absent} else {value}"
    if column.shorthand is not None:
        names[f"_means_{it}"] = column.shorthand.means
        yield f"if _flag(_data.get({column.shorthand.name!r})): {it} = _means_{it}"


def _default(column: Column, declared: type, names: dict[str, Any]) -> str:
    """Return the expression of what an absent value means, in terms of the other columns."""
    default = f"_default_{column.attribute}"
    names[default] = column.default
    if column.follows is None:
        return default
    source, _, attribute = column.follows.path.partition(".")
    if attribute:
        refers = next(it.refers for it in columns(declared) if it.attribute == source)
        return f"{default} if {source} is None else _tables[{refers!r}].get({source}).{attribute}"
    names[f"_function_{column.attribute}"] = column.follows.function
    return source if column.follows.function is None else f"_function_{column.attribute}({source})"


def parser(kind: Kind) -> Callable[[Any], Any] | None:
    """Return the function from plain data to a value of a kind; None: it is the same."""
    if isinstance(kind, Nested):
        return reader(kind.declared)
    if isinstance(kind, ListOf):
        collect, item = kind.collect, parser(kind.item)
        return collect if item is None else lambda values: collect(map(item, values))
    if isinstance(kind, MapOf):
        value = parser(kind.item)
        return dict if value is None else lambda values: {key: value(part) for key, part in values.items()}
    return kind.parse
