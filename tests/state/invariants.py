"""Invariants: named checks that hold for every state; tests run them after every step."""

from collections import Counter
from collections.abc import Callable, Iterator
from operator import attrgetter
from typing import TypeVar

from mockserver.state import catalogue
from mockserver.state.schema import Record, columns
from mockserver.state.state import State
from mockserver.state.table import Table
from mockserver.values.kinds import ListOf

R = TypeVar("R", bound=Record)


def broken_invariants(state: State) -> list[str]:
    """Return a sentence for each violation; an intact state has none."""
    return [f"{check.__name__}: {what}" for check in INVARIANTS for what in check(state)]


def owners_exist(state: State) -> Iterator[str]:
    """Every record has an owner, and names the same owners as that does."""
    for declared in catalogue.record_types():
        owners = catalogue.owners_of(declared)
        for row in state[declared] if owners else ():
            ids = catalogue.owner_columns(declared)
            owner = state[owners[0]].get(getattr(row, catalogue.id_column(owners[0]).attribute))
            if owner is None:
                yield f"{row} has no owner in {owners[0].TABLE.name}"
            elif any(getattr(row, it.attribute) != getattr(owner, it.attribute) for it in ids):
                yield f"{row} belongs to others than {owner} does"


def references_lead_to_records_of_the_same_owner(state: State) -> Iterator[str]:
    """What a record refers to exists, and has the same owner."""
    for declared in catalogue.record_types():
        for column in columns(declared):
            if not column.refers:
                continue
            target = catalogue.record_type(column.refers)
            owner = catalogue.id_column(catalogue.owners_of(target)[0]).attribute
            for row in state[declared]:
                value = getattr(row, column.attribute)
                for key in value or () if isinstance(column.kind, ListOf) else {value} - {None}:
                    found = state[target].get(key)
                    if found is None:
                        yield f"{row} refers to {key}, which does not exist"
                    elif getattr(found, owner) != getattr(row, owner):
                        yield f"{row} refers to {found} of another owner"


def names_are_unique(state: State) -> Iterator[str]:
    """No two records of a table answer to the same name."""
    for declared in catalogue.record_types():
        aliases = [column.attribute for column in columns(declared) if column.alias]
        if aliases:
            attributes = [catalogue.id_column(declared).attribute, *aliases]
            names = [name for row in state[declared] for name in {getattr(row, it) for it in attributes}]
            for name, count in Counter(names).items():
                if name is not None and count > 1:
                    yield f"{count} of {declared.TABLE.name} answer to {name}"


def indexes_agree_with_rows(state: State) -> Iterator[str]:
    """What a table finds by an index is what a search through its rows finds, in order of creation."""
    for table in state.tables():
        yield from _index_faults(table)


def _index_faults(table: Table[Record]) -> Iterator[str]:
    rows = list(table)
    if len(rows) != len(table):
        yield f"{table.name} counts {len(table)} rows and holds {len(rows)}"
    if [row.position for row in rows] != sorted({row.position for row in rows}):
        yield f"{table.name} has rows that share a position"
    for index in table._indexes:
        value_of = attrgetter(index)
        for value in {value_of(row) for row in rows} - {None}:
            searched = [row for row in rows if value_of(row) == value]
            if table.where(index, value) != searched:
                yield f"{table.name} by {index} {value!r} finds {table.where(index, value)}, not {searched}"
        for value in indexed(table, index) - {value_of(row) for row in rows}:
            yield f"{table.name} by {index} still knows {value!r}"


def indexed(table: Table[R], index: str) -> set[str]:
    """Return the values of an index that lead to a row."""
    values = {*table._base.buckets[index], *table._buckets[index]}
    return {value for value in values if table.where(index, value)}


INVARIANTS: tuple[Callable[[State], Iterator[str]], ...] = (
    owners_exist,
    references_lead_to_records_of_the_same_owner,
    names_are_unique,
    indexes_agree_with_rows,
)
