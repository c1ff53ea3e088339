"""Near misses: unknown fields, unknown query parameters, and the known route or name that was probably meant.

What was unknown is recorded with a request. What it resembles is worked out when somebody reads the journal.
"""

from collections.abc import Iterable, Iterator, Mapping
from itertools import islice, zip_longest

from mockserver.api.models import MAX_NAME, field_names, unknown_fields
from mockserver.api.operation import Operation
from mockserver.values.text import nearest_of
from mockserver.world.journal import UnknownField

MAX_UNKNOWN_FIELDS = 20


def unknown_in(operation: Operation, query: Mapping[str, str], body: object) -> tuple[UnknownField, ...]:
    """Return what an operation does not know of a query and a body, the first few of it."""
    return tuple(islice(_unknown_in(operation, query, body), MAX_UNKNOWN_FIELDS))


def _unknown_in(operation: Operation, query: Mapping[str, str], body: object) -> Iterator[UnknownField]:
    if query:
        known = field_names(operation.query) if operation.query else ()
        unknown = (name[:MAX_NAME] for name in query if name not in known)
        yield from (UnknownField(f"?{name}", name, known, in_query=True) for name in unknown)
    if operation.body is not None:
        yield from unknown_fields(operation.body.model, body)


def phrase(unknown: UnknownField) -> str:
    """Return an unknown field as people read it: where it is, the name that was probably meant, and all that exist."""
    nearest = nearest_of(unknown.name, unknown.known)
    hints = [f"nearest: {nearest}"] if nearest else []
    hints.append(f"known: {', '.join(sorted(unknown.known)) or 'none'}")
    return f"{unknown.where[:200]} ({'; '.join(hints)})"


def nearest_route(method: str, path: str, templates: Iterable[str]) -> str | None:
    """Return the route, as `METHOD /path/{placeholder}`, that an unknown one resembles most, or None."""
    segments = f"{method} {path[:200]}".split("/")
    meant = {
        "/".join(
            given if given and wanted.startswith("{") else wanted
            for wanted, given in zip_longest(template.split("/"), segments[: template.count("/") + 1], fillvalue="")
        ): template
        for template in templates
    }
    found = nearest_of("/".join(segments), meant)
    return None if found is None else meant[found]
