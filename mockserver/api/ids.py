"""Ids of a request: what its path, query and body name, by the name of the id."""

from collections.abc import Collection, Iterator, Mapping

from mockserver.api.models import ids_of
from mockserver.api.operation import Operation


def ids_in(
    operation: Operation, path: Mapping[str, str], query: Mapping[str, str], body: object
) -> dict[str, set[str]]:
    """Return the ids that a request carries, by name; free-form objects in a body carry none."""
    ids: dict[str, set[str]] = {}
    for name, value in _ids_in(operation, path, query, body):
        ids.setdefault(name, set()).add(value)
    return ids


def _ids_in(
    operation: Operation, path: Mapping[str, str], query: Mapping[str, str], body: object
) -> Iterator[tuple[str, str]]:
    yield from path.items()
    if operation.query is not None:
        yield from ids_of(operation.query, query)
    if operation.body is not None:
        yield from ids_of(operation.body.model, body)


def may_carry(values: Collection[str], path: Mapping[str, str], query: Mapping[str, str], body: bytes) -> bool:
    """Tell whether a request may carry one of some values; false only where it certainly does not."""
    return (
        any(value in values for value in path.values())
        or any(value in values for value in query.values())
        or (body != b"" and (b"\\" in body or any(value.encode() in body for value in values)))
    )
