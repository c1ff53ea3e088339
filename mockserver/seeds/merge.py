"""Adding one seed's data to another's: records of the same owner come together, whatever is given twice is kept twice.

The result still has to be checked, which is what finds a connector or a number that was there already.
"""

from collections.abc import Mapping

Data = Mapping[str, object]

# The lists that a mapping owns, each with the key that names the owners in it; None: they own nothing themselves.
_OWNED: dict[str, str | None] = {
    "accounts": "accountId",
    "agents": "agentId",
    "apiKeys": None,
    "connectors": None,
    "phoneNumbers": None,
    "outboundCalls": None,
    "rejectedVoices": None,
}


def merge(data: Data, added: Data) -> dict[str, object]:
    """Return `data` with the records of `added`; other values of `added` replace those of `data`."""
    merged = dict(data)
    for key, value in added.items():
        there = data.get(key)
        if isinstance(there, list) and isinstance(value, list) and key in _OWNED:
            merged[key] = _merged_lists(there, value, _OWNED[key])
        elif isinstance(there, Mapping) and isinstance(value, Mapping):
            merged[key] = {**there, **value}
        else:
            merged[key] = value
    return merged


def _merged_lists(there: list[object], added: list[object], name: str | None) -> list[object]:
    merged = list(there)
    places = {row.get(name): place for place, row in enumerate(there) if isinstance(row, Mapping)}
    for row in added:
        place = places.get(row.get(name)) if name is not None and isinstance(row, Mapping) else None
        known = merged[place] if place is not None else None
        if place is not None and isinstance(row, Mapping) and isinstance(known, Mapping):
            merged[place] = merge(known, row)
        else:
            merged.append(row)
    return merged
