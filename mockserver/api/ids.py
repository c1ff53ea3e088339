"""Ids of a request: what its path, query and body name, by the name of the id."""

from collections.abc import Collection, Iterator, Mapping


def ids_in(
    names: Mapping[str, str], path: Mapping[str, str], query: Mapping[str, str], body: object
) -> dict[str, set[str]]:
    """Return the ids that a request carries; `names` maps the fields that carry ids to the names of those ids."""
    ids: dict[str, set[str]] = {}
    for given in (path, query, body):
        for name, value in _ids_in(names, given):
            ids.setdefault(name, set()).add(value)
    return ids


def _ids_in(names: Mapping[str, str], value: object) -> Iterator[tuple[str, str]]:
    if not isinstance(value, dict):
        return
    for name, item in value.items():
        for part in item if isinstance(item, list) else [item]:
            if isinstance(part, str) and name in names:
                yield names[name], part
            else:
                yield from _ids_in(names, part)


def may_carry(values: Collection[str], path: Mapping[str, str], query: Mapping[str, str], body: bytes) -> bool:
    """Tell whether a request may carry one of some values; false only where it certainly does not."""
    return (
        any(value in values for value in path.values())
        or any(value in values for value in query.values())
        or (body != b"" and (b"\\" in body or any(value.encode() in body for value in values)))
    )
