"""Declared values as plain data, in the words of the API: what diffs show, and what seeds hold."""

from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

from mockserver.state.schema import Column, Nested, by_type, columns
from mockserver.values.kinds import Kind, ListOf, MapOf

Function = Callable[[Any], Any]


class FieldChange(NamedTuple):
    """A value that changed: `path` leads to it, by names and by the keys of what is in lists."""

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
        if then != now:
            yield from _changes(column, then, now, (*path, column.name))


def _changes(column: Column, then: Any, now: Any, path: tuple[str, ...]) -> Iterator[FieldChange]:
    kind = column.kind
    if isinstance(kind, Nested) and then is not None and now is not None:
        yield from changes(then, now, path)
    elif isinstance(kind, ListOf) and isinstance(kind.item, Nested) and (key := key_of(kind.item.declared)):
        old, new = ({getattr(item, key): item for item in items} for items in (then, now))
        if old.keys() == new.keys() and list(old) != list(new):
            yield FieldChange(path, list(old), list(new))
        for name in {**old, **new}:
            if name not in old or name not in new:
                sides = (view(items[name]) if name in items else None for items in (old, new))
                yield FieldChange((*path, name), *sides)
            elif old[name] != new[name]:
                yield from changes(old[name], new[name], (*path, name))
    else:
        dump = dumper(kind) or _same
        yield FieldChange(path, *(None if value is None else dump(value) for value in (then, now)))


def key_of(declared: type) -> str | None:
    """Return the attribute by which values of a list are told from each other, if they have one."""
    return next((column.attribute for column in columns(declared) if column.key), None)


@by_type
def _dumpers(declared: type) -> tuple[tuple[str, str, Function], ...]:
    return tuple((column.name, column.attribute, dumper(column.kind) or _same) for column in columns(declared))


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


def _same(value: object) -> object:
    return value
