"""Seed builder: the data of a checked seed to a State."""

from collections.abc import Mapping
from itertools import repeat
from typing import Any

from mockserver.state import catalogue
from mockserver.state.catalogue import RecordType
from mockserver.state.compiled import reader
from mockserver.state.rules import Rules
from mockserver.state.schema import Record, columns
from mockserver.state.state import State
from mockserver.values.ids import Mint


def build(data: object) -> State:
    """Return the sealed state that the data of a seed describes; the data must have been checked."""
    assert isinstance(data, dict)
    minted = {name: int(count) for name, count in (data.get("minted") or {}).items() if count is not None}
    state = State(reader(Rules)(data), Mint(minted))
    builder = _Builder(state)
    for root in catalogue.roots():
        builder.add(root, data.get(root.TABLE.key_in_seeds))
    state.seal()
    return state


class _Builder:
    """Adds the rows of a seed to a state, and knows the second names of those that were added."""

    def __init__(self, state: State) -> None:
        self._state = state
        self._tables = {table.name: table for table in state.tables()}
        self._ids: dict[tuple[str, str], str] = {}

    def add(self, declared: RecordType, items: Any, owner: Record | None = None, near: str | None = None) -> None:
        """Add the rows of a list, or of a mapping by key, and all that they own."""
        table, read = self._state[declared], reader(declared)
        key = catalogue.id_column(declared).attribute
        aliases = [column.attribute for column in columns(declared) if column.alias]
        # What is referred to comes first.
        owned = sorted(catalogue.owned_by(declared), key=lambda it: any(column.refers for column in columns(it)))
        pairs = (items or {}).items() if declared.TABLE.keyed else zip(repeat(near), items or ())
        for given, data in pairs:
            row = read(data, table.next_position(), owner, given, self._tables, self._ids)
            table.add(row)
            for alias in aliases:
                self._ids[table.name, getattr(row, alias)] = getattr(row, key)
            for child in owned:
                self._add_owned(child, data, row)

    def _add_owned(self, declared: RecordType, data: Mapping[str, Any], owner: Record) -> None:
        """Add what stands under an owner: first what stands under the records that it refers to."""
        if declared.TABLE.nested:
            outer = catalogue.record_type(declared.TABLE.nested)
            name = catalogue.id_column(outer).seed
            for item in data.get(outer.TABLE.key_in_seeds) or ():
                if declared.TABLE.key_in_seeds in item:
                    self.add(declared, item[declared.TABLE.key_in_seeds], owner, item[name])
        self.add(declared, data.get(declared.TABLE.key_in_seeds), owner)
