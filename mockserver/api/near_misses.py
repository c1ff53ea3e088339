"""What can be seen in a request beside what it asks for: whom it is about, and what its sender may have meant."""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from itertools import islice, zip_longest

from mockserver.api.operation import Operation, body_model, unknown_fields
from mockserver.errors import ApiError
from mockserver.http.exchange import Exchange
from mockserver.http.json import Json, parse_json
from mockserver.values.spelling import nearest_of
from mockserver.world.journal import MAX_UNKNOWN_FIELDS

# The fields by which bodies name connectors and numbers.
CONNECTOR_FIELDS = frozenset({"connectorId", "connectorIds"})
NUMBER_FIELDS = frozenset({"phoneNumber", "phoneNumbers", "toNumber"})


def unknown_in(operation: Operation, value: object) -> Iterator[str]:
    """Yield a phrase for each field of a body that the operation does not know."""
    for where, name, known in islice(unknown_fields(body_model(operation.handler)[0], value), MAX_UNKNOWN_FIELDS):
        yield _phrase(where, name, known)


def unknown_parameters(operation: Operation, query: Mapping[str, str]) -> Iterator[str]:
    """Yield a phrase for each query parameter that the operation does not know."""
    for name in islice((name for name in query if name not in operation.query_names), MAX_UNKNOWN_FIELDS):
        yield _phrase(f"?{name}", name, operation.query_names)


def _phrase(where: str, name: str, known: Iterable[str]) -> str:
    nearest = nearest_of(name, known)
    return f"{where[:200]} (nearest: {nearest})" if nearest else where[:200]


def nearest_route(exchange: Exchange, templates: Iterable[str]) -> str | None:
    """Return the route that a request comes nearest to, its placeholders taken to be what the request has there."""
    segments = f"{exchange.method} {exchange.raw_path.decode('latin-1')[:1000]}".split("/")
    meant = {
        "/".join(
            given if given and wanted.startswith("{") else wanted
            for wanted, given in zip_longest(template.split("/"), segments[: template.count("/") + 1], fillvalue="")
        ): template
        for template in templates
    }
    found = nearest_of("/".join(segments), meant)
    return None if found is None else meant[found]


def may_name(names: frozenset[str], path: Mapping[str, str], query: Mapping[str, str], body: bytes) -> bool:
    """Tell whether a request may name one of some connectors and numbers.

    A quick look, which says no only where `names_in` finds none of them.
    """
    return (
        not names.isdisjoint(path.values())
        or not names.isdisjoint(query.values())
        or (body != b"" and (b"\\" in body or any(name.encode() in body for name in names)))
    )


def names_in(
    operation: Operation, path: Mapping[str, str], query: Mapping[str, str], body: bytes
) -> tuple[set[str], set[str]]:
    """Return the connectors and the numbers that a request names, wherever it does."""
    connector_ids = {value for named in (path, query) for name, value in named.items() if name == "connectorId"}
    phone_numbers = {value for named in (path, query) for name, value in named.items() if name == "phoneNumber"}
    if operation.takes_body and body:
        with suppress(ApiError):
            _collect(parse_json(body), connector_ids, phone_numbers)
    return connector_ids, phone_numbers


def _collect(value: Json, connector_ids: set[str], phone_numbers: set[str]) -> None:
    if not isinstance(value, dict):
        return
    for name, item in value.items():
        for part in item if isinstance(item, list) else [item]:
            if isinstance(part, dict):
                _collect(part, connector_ids, phone_numbers)
            elif isinstance(part, str) and name in CONNECTOR_FIELDS:
                connector_ids.add(part)
            elif isinstance(part, str) and name in NUMBER_FIELDS:
                phone_numbers.add(part)
