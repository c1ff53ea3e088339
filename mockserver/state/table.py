"""Table: rows by key over a shared base, with indexes that it keeps itself.

A table is a *base*, shared by all forks and never written, and the *changes* of this fork. So a private world over a
large seed costs as much as it changes, and what it changed is known without a search.
"""

from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from operator import attrgetter
from typing import Generic, TypeVar

from mockserver.state.schema import Record

Row = TypeVar("Row", bound=Record)
_SOME = 50
_BY_POSITION: Callable[[Record], int] = attrgetter("position")


class _Base(Generic[Row]):
    """The rows and buckets that forks share; written only here."""

    __slots__ = ("buckets", "rows")

    def __init__(self, rows: dict[str, Row], indexes: Iterable[str]) -> None:
        self.rows = rows
        self.buckets: dict[str, dict[str, list[str]]] = {}
        for index in indexes:
            value_of = attrgetter(index)
            buckets = self.buckets[index] = {}
            for key, row in rows.items():
                if (value := value_of(row)) is not None:
                    buckets.setdefault(value, []).append(key)


class Log(list[tuple["Table[Record]", str, Record | None]]):
    """The writes of one state: table, key, and the row that was there before."""

    __slots__ = ()


class Table(Generic[Row]):
    """Rows of one kind: `key` and `indexes` name attributes of the row. Verbs write by `put` and `pop` alone.

    A key of several attributes is their values, joined by slashes.
    Every write leaves the row that was there before in `log`, which the tables of one state share.
    """

    __slots__ = ("_base", "_buckets", "_changes", "_indexes", "_log", "_next_position", "key_of", "name")

    def __init__(self, name: str, log: Log, *, key: tuple[str, ...], indexes: tuple[str, ...] = ()) -> None:
        self.name = name
        self._log = log
        parts: Callable[[Row], tuple[str, ...]] = attrgetter(*key)
        self.key_of: Callable[[Row], str] = attrgetter(*key) if len(key) == 1 else lambda row: "/".join(parts(row))
        self._indexes: dict[str, Callable[[Row], str | None]] = {index: attrgetter(index) for index in indexes}
        self._base: _Base[Row] = _Base({}, indexes)
        self._changes: dict[str, Row | None] = {}
        self._buckets: dict[str, dict[str, dict[str, None]]] = {index: {} for index in indexes}
        self._next_position = 0

    # Reading

    def get(self, key: str) -> Row | None:
        """Return the row of `key`, or None."""
        changes = self._changes
        if key in changes:
            return changes[key]
        return self._base.rows.get(key)

    def get_all(self, keys: Iterable[str]) -> list[Row | None]:
        """Return the row of each key, or None."""
        changes, rows = self._changes, self._base.rows
        return [changes[key] if key in changes else rows.get(key) for key in keys]

    def __contains__(self, key: str) -> bool:
        return self.get(key) is not None

    def __len__(self) -> int:
        base = self._base.rows
        gone = sum(row is None for row in self._changes.values())
        return len(base) + sum(key not in base for key in self._changes) - gone

    def __iter__(self) -> Iterator[Row]:
        """Yield all rows in order of creation."""
        changes = self._changes
        rows = [row for key, row in self._base.rows.items() if key not in changes]
        if changes:
            rows.extend(row for row in changes.values() if row is not None)
            rows.sort(key=_BY_POSITION)
        return iter(rows)

    def where(self, index: str, value: str) -> list[Row]:
        """Return the rows whose `index` is `value`, in order of creation."""
        changes = self._changes
        base = self._base
        rows = [base.rows[key] for key in base.buckets[index].get(value, ()) if key not in changes]
        changed = self._buckets[index].get(value)
        if changed:
            rows.extend(row for key in changed if (row := changes[key]) is not None)
            rows.sort(key=_BY_POSITION)
        return rows

    def some(self, index: str, value: str) -> list[Row]:
        """Return up to 100 of the rows whose `index` is `value`, in any order, without looking at the others."""
        base = islice(self._base.buckets[index].get(value, ()), _SOME)
        changed = islice(self._buckets[index].get(value, ()), _SOME)
        return [row for key in dict.fromkeys([*base, *changed]) if (row := self.get(key)) is not None]

    def next_position(self) -> int:
        """Take the next place in the order of creation."""
        position = self._next_position
        self._next_position += 1
        return position

    # Writing

    def add(self, row: Row) -> None:
        """Store a row of a state that is being built; indexes and the log ignore it until the table is sealed."""
        self._changes[self.key_of(row)] = row

    def put(self, row: Row) -> None:
        """Store `row` under its key, in place of the row that was there."""
        key = self.key_of(row)
        self._log.append((self, key, self.get(key)))  # type: ignore[arg-type]  # a table of rows is one of records
        self.write(key, row)

    def pop(self, key: str) -> Row:
        """Remove the row of `key` and return it; an unknown key is a broken invariant."""
        row = self.get(key)
        assert row is not None, f"{self.name} has no row {key!r}"
        self._log.append((self, key, row))  # type: ignore[arg-type]  # a table of rows is one of records
        self.write(key, None)
        return row

    def write(self, key: str, row: Row | None) -> None:
        """Store or remove a row without a trace in the log, as is done to undo what the log says."""
        before = self._changes.get(key)
        for index, value_of in self._indexes.items():
            buckets = self._buckets[index]
            old = value_of(before) if before is not None else None
            new = value_of(row) if row is not None else None
            if old is not None and old != new:
                bucket = buckets[old]
                del bucket[key]
                if not bucket:
                    del buckets[old]
            if new is not None and old != new:
                buckets.setdefault(new, {})[key] = None
        if row is None and key not in self._base.rows:
            self._changes.pop(key, None)
        else:
            self._changes[key] = row

    # Forking

    def fork(self, log: Log) -> "Table[Row]":
        """Return an independent table of the same rows that writes to another log; it copies no more than changes."""
        fork: Table[Row] = object.__new__(Table)
        fork.name = self.name
        fork._log = log
        fork.key_of = self.key_of
        fork._indexes = self._indexes
        fork._base = self._base
        fork._next_position = self._next_position
        fork._changes = dict(self._changes)
        fork._buckets = {
            index: {value: dict(bucket) for value, bucket in buckets.items()}
            for index, buckets in self._buckets.items()
        }
        return fork

    def seal(self) -> None:
        """Make the present rows the base: forks share it, and `changes` count from here."""
        rows = {self.key_of(row): row for row in self}
        self._base = _Base(rows, self._indexes)
        self._changes = {}
        self._buckets = {index: {} for index in self._indexes}

    def equals(self, fork: "Table[Row]") -> bool:
        """Tell whether the rows are those of a fork."""
        return self._base is fork._base and self._changes == fork._changes

    def differences(self, since: "Table[Row] | None" = None) -> dict[str, tuple[Row | None, Row | None]]:
        """Return key to (row then, row now) for every row that differs from the base, or from another table.

        The cost grows with what changed in either, unless the two have different bases.
        """
        then: Callable[[str], Row | None]
        if since is None:
            then, keys = self._base.rows.get, set(self._changes)
        else:
            then, keys = since.get, {*self._changes, *since._changes}
            if since._base is not self._base:
                keys.update(self._base.rows, since._base.rows)
        found = {key: (then(key), self.get(key)) for key in keys}
        changed = {key: pair for key, pair in found.items() if pair[0] != pair[1]}
        return dict(sorted(changed.items(), key=lambda item: max(row.position for row in item[1] if row)))
