"""Seed export: a State to the data of a seed that builds an equal state."""

from dataclasses import replace
from typing import Any

from mockserver.state import catalogue
from mockserver.state.catalogue import RecordType
from mockserver.state.compiled import writer
from mockserver.state.rules import ClockStart, Rules
from mockserver.state.schema import Record
from mockserver.state.state import State
from mockserver.values.clock import Clock

Seed = dict[str, Any]


def export(state: State, clock: Clock | None = None, *, full: bool = False) -> Seed:
    """Return the data of a seed file that builds an equal state; what equals its default is left out, unless `full`.

    `clock` is the time of a world, where it is no longer that of its seed. A full export has all rows in the lists of
    their owners, in order of creation, and says everything that a seed may leave unsaid.
    """
    return _Exporter(state, full=full).seed(clock)


class _Exporter:
    def __init__(self, state: State, *, full: bool) -> None:
        self._state = state
        self._tables = {table.name: table for table in state.tables()}
        self._full = full

    def seed(self, clock: Clock | None) -> Seed:
        seed: Seed = {}
        for root in catalogue.roots():
            rows = self._state[root]
            if root.TABLE.keyed:
                self._put(
                    seed, root, {getattr(row, catalogue.id_column(root).attribute): self._row(row) for row in rows}
                )
            else:
                self._put(seed, root, [self._row(row) for row in rows])
        return {**seed, **self._rules(clock)}

    def _rules(self, clock: Clock | None) -> Seed:
        rules = self._state.rules
        start = rules.clock if clock is None else ClockStart(frozen_at=clock.frozen_at, ahead=clock.ahead)
        if start.frozen_at is not None:
            start = ClockStart(frozen_at=start.frozen_at)  # how far it was ahead no longer matters
        said: Seed = writer(Rules)(replace(rules, clock=start), self._full)
        said["minted"] = dict(self._state.mint.counts)
        return {key: value for key, value in said.items() if value or self._full}

    def _put(self, data: Seed, declared: RecordType, rows: list[Any] | Seed) -> None:
        if rows or declared.TABLE.required or self._full:
            data[declared.TABLE.key_in_seeds] = rows

    def _row(self, row: Record, *, under: bool = False) -> Any:
        """Return a row and what it owns; `under` says that it stands under the record that it refers to."""
        declared = type(row)
        data: Seed = writer(declared)(row, self._full, under, self._tables)
        if under and declared.TABLE.bare and len(data) == 1:
            return data[catalogue.id_column(declared).seed]
        for child in catalogue.owned_by(declared):
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
