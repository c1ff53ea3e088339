"""Declared values as plain data, in the words of the API: what diffs show, and what seeds hold."""

from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

from mockserver.state.schema import Nested, by_type, columns
from mockserver.values.kinds import Kind, ListOf, MapOf

Function = Callable[[Any], Any]


class FieldChange(NamedTuple):
    """A value that changed: `path` leads to it, by names."""

    path: tuple[str, ...]
    before: object
    after: object


def view(value: object) -> dict[str, object]:
    """Return a record, or another declared value, by the names that the API has for its columns."""
    shown = ((name, dump, getattr(value, attribute)) for name, attribute, dump in _dumpers(type(value)))
    return {name: None if part is None else dump(part) for name, dump, part in shown}


def changes(before: object, after: object, path: tuple[str, ...] = ()) -> Iterator[FieldChange]:
    """Yield what differs between two values of one declaration, as deep inside as it can be told."""
    for column in columns(type(after)):
        then, now = getattr(before, column.attribute), getattr(after, column.attribute)
        if then == now:
            continue
        if isinstance(column.kind, Nested) and then is not None and now is not None:
            yield from changes(then, now, (*path, column.name))
        else:
            dump = dumper(column.kind) or same
            yield FieldChange((*path, column.name), *(None if it is None else dump(it) for it in (then, now)))


@by_type
def _dumpers(declared: type) -> tuple[tuple[str, str, Function], ...]:
    return tuple((column.name, column.attribute, dumper(column.kind) or same) for column in columns(declared))


def dumper(kind: Kind) -> Function | None:
    """Return the function from a value of a kind to plain data; None: it is the same."""
    if isinstance(kind, Nested):
        return view
    if isinstance(kind, ListOf):
        item, ordered = dumper(kind.item), sorted if kind.collect is frozenset else list
        return ordered if item is None else lambda values: ordered(map(item, values))
    if isinstance(kind, MapOf):
        value = dumper(kind.item)
        return dict if value is None else lambda values: {key: value(part) for key, part in values.items()}
    return kind.dump


def same(value: object) -> object:
    """Return a value as it is."""
    return value
