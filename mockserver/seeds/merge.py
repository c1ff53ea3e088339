"""Adding one seed's data to another's: records of the same owner come together, whatever is given twice is kept twice.

The result still has to be checked, which is what finds a number that was there already, and a connector that was,
unless nothing but numbers is to be added to it.
"""

from collections.abc import Mapping

Data = Mapping[str, object]

# The lists that a mapping owns, each with the key that names the owners in it; None: they own nothing themselves.
_OWNED: dict[str, str | None] = {
    "accounts": "accountId",
    "agents": "agentId",
    "apiKeys": None,
    "connectors": "connectorId",
    "phoneNumbers": None,
    "outboundCalls": None,
    "rejectedVoices": None,
}


def merge(data: Data, added: Data) -> dict[str, object]:
    """Return `data` with the records of `added`; other values of `added` replace those of `data`, but for null."""
    merged = dict(data)
    for key, value in added.items():
        there = data.get(key)
        if value is None:
            continue
        if isinstance(there, list) and isinstance(value, list) and key in _OWNED:
            merged[key] = _merged_lists(there, value, _OWNED[key])
        elif isinstance(there, Mapping) and isinstance(value, Mapping):
            merged[key] = {**there, **value}
        else:
            merged[key] = value
    return merged


def _merged_lists(there: list[object], added: list[object], name: str | None) -> list[object]:
    merged = list(there)
    places = {_name_of(row, name): place for place, row in enumerate(there)}
    for row in added:
        owner = _name_of(row, name)
        whole = name == "connectorId" and isinstance(row, Mapping) and not set(row) <= {"connectorId", "phoneNumbers"}
        place = None if owner is None or whole else places.get(owner)
        known = merged[place] if place is not None else None
        if place is not None and isinstance(known, Mapping) and isinstance(row, Mapping):
            merged[place] = merge(known, row)
        else:
            merged.append(row)
    return merged


def _name_of(row: object, name: str | None) -> str | None:
    """Return what a row is called, if it is one that others can be added to."""
    value = row.get(name) if name is not None and isinstance(row, Mapping) else None
    return value if isinstance(value, str) else None
