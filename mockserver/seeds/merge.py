"""Seed merge: records of the same owner come together; what is given twice stays there twice.

The result still has to be checked, which is what finds a record that was there already, unless nothing is to be added
to it but what stands under it.
"""

from collections.abc import Mapping
from functools import cache
from typing import NamedTuple

from mockserver.state import catalogue
from mockserver.state.rules import Rules
from mockserver.state.schema import columns
from mockserver.values.kinds import ListOf

Data = Mapping[str, object]


class _List(NamedTuple):
    """A list to which more is added: the `key` of what others may stand under, and what may be added to one of these.

    Without a key nothing stands under what is in the list. An owner may be given new values, too (`addable` None).
    """

    key: str | None = None
    addable: frozenset[str] | None = None


@cache
def _lists() -> dict[str, _List]:
    lists = {column.seed: _List() for column in columns(Rules) if isinstance(column.kind, ListOf)}
    for declared in catalogue.record_types():
        key = catalogue.id_column(declared).seed
        nested = frozenset(it.TABLE.key_in_seeds for it in catalogue.nested_in(declared))
        addable = _List(key, nested | {key}) if nested else _List()
        lists[declared.TABLE.key_in_seeds] = _List(key) if catalogue.owned_by(declared) else addable
    return lists


def merge(data: Data, added: Data) -> dict[str, object]:
    """Return `data` with the records of `added`; other values of `added` replace those of `data`, but for null."""
    merged = dict(data)
    for key, value in added.items():
        there = data.get(key)
        if value is None:
            continue
        if isinstance(there, list) and isinstance(value, list) and key in _lists():
            merged[key] = _merged_lists(there, value, _lists()[key])
        elif isinstance(there, Mapping) and isinstance(value, Mapping):
            merged[key] = {**there, **value}
        else:
            merged[key] = value
    return merged


def _merged_lists(there: list[object], added: list[object], of: _List) -> list[object]:
    merged = list(there)
    places = {_key_of(row, of): place for place, row in enumerate(there)}
    for row in added:
        whole = of.addable is not None and isinstance(row, Mapping) and not of.addable.issuperset(row)
        key = _key_of(row, of)
        place = None if key is None or whole else places.get(key)
        known = merged[place] if place is not None else None
        if place is not None and isinstance(known, Mapping) and isinstance(row, Mapping):
            merged[place] = merge(known, row)
        else:
            merged.append(row)
    return merged


def _key_of(row: object, of: _List) -> str | None:
    value = row.get(of.key) if of.key is not None and isinstance(row, Mapping) else None
    return value if isinstance(value, str) else None
