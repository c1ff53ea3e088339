"""State of one world: its tables, its rules and its generator of ids."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from typing import Any, Literal, NamedTuple, TypeVar

from mockserver.errors import ApiError, Err
from mockserver.state import catalogue
from mockserver.state.policies import Policies
from mockserver.state.rules import Rules
from mockserver.state.schema import Nested, Record, camel, columns
from mockserver.state.table import Log, Table
from mockserver.values.ids import Mint
from mockserver.values.text import MAX_SHOWN, nearest, quoted

R = TypeVar("R", bound=Record)

ChangeKind = Literal["created", "updated", "deleted"]


class Change(NamedTuple):
    """What happened to one record; `before` None means that it was created, `after` None that it was deleted."""

    table: str
    key: str
    before: Record | None
    after: Record | None

    @property
    def kind(self) -> ChangeKind:
        """What happened to the record."""
        if self.before is None:
            return "created"
        return "deleted" if self.after is None else "updated"


class FieldChange(NamedTuple):
    """A value that changed: `path` leads to it, by names."""

    path: tuple[str, ...]
    before: object
    after: object


class State:
    """The records, rules and id generator of one world.

    `state[Connector]` is the table of a record type. A state that is restored mints the same ids again, since `mint` is
    part of it.
    """

    __slots__ = ("_log", "_tables", "mint", "rules")

    def __init__(self, rules: Rules | None = None, mint: Mint | None = None) -> None:
        self.rules = rules or Rules()
        self.mint = mint or Mint()
        self._log = Log()
        self._tables: dict[type[Record], Table[Any]] = {
            declared: Table(
                declared.TABLE.name,
                self._log,
                key=tuple(column.attribute for column in catalogue.key_columns(declared)),
                indexes=catalogue.indexes(declared),
            )
            for declared in catalogue.record_types()
        }

    def __getitem__(self, declared: type[R]) -> Table[R]:
        """Return the table of a record type."""
        return self._tables[declared]

    def __getattr__(self, name: str) -> Table[Any]:
        """Return a table by its name in snake_case, such as `phone_numbers`, for people who embed a server."""
        for declared, table in self._tables.items():
            if declared.TABLE.name == camel(name):
                return table
        raise AttributeError(f"a state has no table {name}")

    @property
    def policies(self) -> Policies:
        """The seed's choices for undocumented behaviour."""
        return self.rules.policies

    def fresh_id(self, declared: type[Record], make: Callable[[], str]) -> str:
        """Return the first id made that no record of a type has."""
        while (made := make()) in self[declared]:
            pass
        return made

    def tables(self) -> tuple[Table[Record], ...]:
        """Return every table; owners before what they own."""
        return tuple(self._tables.values())

    def fork(self) -> "State":
        """Return an independent state with the same rows, of which only changes are copied."""
        fork: State = object.__new__(State)
        fork.rules = self.rules
        fork.mint = self.mint.fork()
        fork._log = Log()
        fork._tables = {declared: table.fork(fork._log) for declared, table in self._tables.items()}
        return fork

    def seal(self) -> None:
        """Make the present rows the base that forks share and changes are counted from."""
        for table in self.tables():
            table.seal()
        self._log.clear()

    def commit(self) -> tuple[Change, ...]:
        """Return what has changed since the last commit or rollback, and count from here."""
        if not self._log:
            return ()
        first: dict[tuple[str, str], Change] = {}
        for table, key, before in self._log:
            if (table.name, key) not in first:
                first[table.name, key] = Change(table.name, key, before, table.get(key))
        self._log.clear()
        return tuple(change for change in first.values() if change.before != change.after)

    def rollback(self) -> None:
        """Undo everything since the last commit or rollback."""
        for table, key, before in reversed(self._log):
            table.write(key, before)
        self._log.clear()

    def equals(self, fork: "State") -> bool:
        """Tell whether nothing has changed here since a fork was taken, which has not changed either."""
        pairs = zip(self.tables(), fork.tables(), strict=True)
        same = self.rules is fork.rules and self.mint.counts == fork.mint.counts
        return same and all(table.equals(other) for table, other in pairs)

    def replace_with(self, other: "State", changes: Iterable[Change]) -> None:
        """Take the rules of another state, and the changes that make this one equal to it; new records are last."""
        self.rules = other.rules
        self.mint = other.mint.fork()
        tables = {table.name: table for table in self.tables()}
        for change in changes:
            table = tables[change.table]
            if change.after is None:
                table.pop(change.key)
            else:
                position = change.before.position if change.before else table.next_position()
                table.put(replace(change.after, position=position))

    def differences(self, since: "State | None" = None) -> list[Change]:
        """Return how this state differs from its base, or from another state, in order of tables and creation."""
        pairs = zip(self.tables(), since.tables() if since else [None] * len(self.tables()), strict=True)
        return [
            Change(table.name, key, before, after)
            for table, other in pairs
            for key, (before, after) in table.differences(other).items()
        ]


def missing(err: Err, name: str, what: str, others: Iterable[Record]) -> ApiError:
    """Return the refusal of a name; which of the `others` it resembles is worked out by whoever reads the reason."""
    rows, given, start = list(others), quoted(name), name[:MAX_SHOWN]

    def why() -> str:
        names = [getattr(it, catalogue.id_column(type(it)).attribute) for it in rows]
        return f"{given} is not {what}; {nearest(start, names)}"

    return ApiError(err, why=why)


def field_changes(before: object, after: object, path: tuple[str, ...] = ()) -> Iterator[FieldChange]:
    """Yield what differs between two values of one declaration, as deep inside as it can be told."""
    for column in columns(type(after)):
        then, now = getattr(before, column.attribute), getattr(after, column.attribute)
        if then == now:
            continue
        if isinstance(column.kind, Nested) and then is not None and now is not None:
            yield from field_changes(then, now, (*path, column.name))
        else:
            yield FieldChange((*path, column.name), column.dump(then), column.dump(now))
