"""Seed export: a State to the data of a seed that builds an equal state."""

from dataclasses import replace
from typing import Any

from mockserver.state import catalogue
from mockserver.state.catalogue import RecordType
from mockserver.state.rules import ClockStart
from mockserver.state.schema import Column, Nested, Record, by_type, columns
from mockserver.state.state import State
from mockserver.values.clock import Clock

Seed = dict[str, Any]


def export(state: State, clock: Clock | None = None, *, full: bool = False, records: bool = True) -> Seed:
    """Return the data of a seed file that builds an equal state; what equals its default is left out, unless `full`.

    `clock` is the time of a world, where it is no longer that of its seed. A full export has all rows in the lists of
    their owners, in order of creation, and says everything that a seed may leave unsaid. Without `records` the rules
    are exported alone.
    """
    return _Exporter(state if records else State(state.rules, state.mint), full=full).seed(clock)


class _Exporter:
    def __init__(self, state: State, *, full: bool) -> None:
        self._state = state
        self._tables = {table.name: table for table in state.tables()}
        self._full = full

    def seed(self, clock: Clock | None) -> Seed:
        seed: Seed = {}
        for root in catalogue.roots():
            key = catalogue.id_column(root).attribute
            rows = [(getattr(row, key), self._row(row)) for row in self._state[root]]
            self._put(seed, root, dict(rows) if root.TABLE.keyed else [row for _, row in rows])
        return {**seed, **self._rules(clock)}

    def _rules(self, clock: Clock | None) -> Seed:
        rules = self._state.rules
        start = rules.clock if clock is None else ClockStart(frozen_at=clock.frozen_at, ahead=clock.ahead)
        if start.frozen_at is not None:
            start = ClockStart(frozen_at=start.frozen_at)  # how far it was ahead no longer matters
        said: Seed = self._values(replace(rules, clock=start))
        said["minted"] = dict(self._state.mint.counts)
        return {key: value for key, value in said.items() if value or self._full}

    def _put(self, data: Seed, declared: RecordType, rows: list[Any] | Seed) -> None:
        if rows or declared.TABLE.required or self._full:
            data[declared.TABLE.key_in_seeds] = rows

    def _row(self, row: Record, *, under: bool = False) -> Any:
        """Return a row and what it owns; `under` says that it stands under the record that it refers to."""
        data = self._values(row, under=under)
        if under and row.TABLE.bare and len(data) == 1:
            return data[catalogue.id_column(type(row)).seed]
        for child in catalogue.owned_by(type(row)):
            self._add_owned(data, child, row)
        return data

    def _add_owned(self, data: Seed, declared: RecordType, owner: Record) -> None:
        """Add an owner's rows of a table: under the records that they refer to, where that keeps their order."""
        key = catalogue.id_column(type(owner)).attribute
        table = self._state[declared]
        rows = table.where(key, getattr(owner, key))
        if declared.TABLE.nested and not self._full:
            reference = catalogue.reference(declared).attribute
            outer = catalogue.record_type(declared.TABLE.nested)
            name = catalogue.id_column(outer).seed
            items = data.get(outer.TABLE.key_in_seeds, [])
            nested = [table.where(reference, item[name]) for item in items]
            loose = [row for row in rows if getattr(row, reference) is None]
            if [row for bucket in nested for row in bucket] + loose == rows:
                rows = loose  # otherwise only a list of the owner's can say in which order they were created
                for item, bucket in zip(items, nested, strict=True):
                    self._put(item, declared, [self._row(row, under=True) for row in bucket])
        self._put(data, declared, [self._row(row) for row in rows])

    def _values(self, row: object, *, under: bool = False) -> Seed:
        """Return the values of a row, or of another declared value, without the ids of its owners.

        What stands under what it refers to leaves out that, and what follows from there.
        """
        data: Seed = {}
        for column, reference in _written(type(row)):
            value = getattr(row, column.attribute)
            if value is None or (reference and under):
                continue
            if column.shorthand is not None and value == column.shorthand.means:
                data[column.shorthand.name] = True
            elif self._full or column.required or (column.always and not under) or value != self._default(row, column):
                data[column.seed] = self._values(value) if isinstance(column.kind, Nested) else column.dump(value)
        return data

    def _default(self, row: object, column: Column) -> object:
        """Return what an absent value of a column means in a row."""
        if column.follows is None:
            return column.default
        source, _, attribute = column.follows.path.partition(".")
        found = getattr(row, source)
        if attribute:
            refers = next(it.refers for it in columns(type(row)) if it.attribute == source)
            return column.default if found is None else getattr(self._tables[refers].get(found), attribute)
        return found if column.follows.function is None else column.follows.function(found)


@by_type
def _written(declared: type) -> list[tuple[Column, bool]]:
    """Return the columns that an export writes, each with whether a row may stand under what it names."""
    left_out: tuple[Column, ...] = ()
    reference = None
    if issubclass(declared, Record):
        left_out = catalogue.owner_columns(declared) + (catalogue.key_columns(declared) if declared.TABLE.keyed else ())
        reference = catalogue.reference(declared) if declared.TABLE.nested else None
    return [(it, it is reference) for it in columns(declared) if it not in left_out]
