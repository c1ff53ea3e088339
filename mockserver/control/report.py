"""Journal entries, faults and diffs as text, for the tables of the command line and the reports of failing tests."""

from collections.abc import Iterator, Mapping
from json import JSONEncoder
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from mockserver.control.journal import EntryResponse
    from mockserver.control.worlds import DiffResponse

_dump = JSONEncoder(ensure_ascii=False).encode

_BROKEN = {
    "reset": "the connection was reset",
    "close": "the connection was closed",
    "truncate": "the answer was cut short",
    "garbage": "garbage instead of an answer",
    "drip": "the answer came byte by byte",
}


def request(entry: "EntryResponse") -> str:
    """Return the method and path of a request."""
    return f"{entry['method']} {entry['path']}"


def remarks(entry: "EntryResponse", effects: Mapping[str, str] | None = None) -> Iterator[str]:
    """Yield a phrase for each fault that a request met, each reason for a refusal, and what was unexpected.

    `effects` says what the faults do, by their ids.
    """
    known = effects or {}
    yield from (f"fault {fault}: {known[fault]}" if fault in known else f"fault {fault}" for fault in entry["faults"])
    yield from entry["mistakes"]
    yield from unexpected(entry)


def unexpected(entry: "EntryResponse") -> Iterator[str]:
    """Yield a phrase for each near miss of a request, and for a failure of the server: what strict mode is about."""
    unrouted = entry["operation"] is None
    if unrouted and entry["errorCode"] in ("NOT_FOUND", "METHOD_NOT_ALLOWED"):
        yield f"no such route; did you mean {entry['nearest']}?" if entry["nearest"] else "no such route"
    if unrouted and entry["errorCode"] == "NOT_IMPLEMENTED":
        yield "the mock server does not implement this operation yet"
    for field in entry["unknownFields"]:
        yield f"unknown parameter {field[1:]}" if field.startswith("?") else f"unknown field {field}"
    if entry["traceback"] is not None:
        yield "the mock server failed, which is a bug in it"


def effect(fault: Mapping[str, Any]) -> str:
    """Return what a fault, as it was posted, does to a request."""
    if "delay" in fault:
        return f"delayed by {_delay(fault['delay'])}"
    if "item" in fault:
        return f"{fault.get('itemId', 'an item')} failed with {_dump(fault['item'])}"
    if "rateLimit" in fault:
        limit = fault["rateLimit"]
        return f"429, as over {limit['requests']} requests in {limit['per']}"
    if "applyThen" in fault:
        return f"carried out, then {effect(fault['applyThen'])}"
    if "connection" in fault:
        return _BROKEN[fault["connection"]]
    code = f" {fault['errorCode']}" if "errorCode" in fault else ""
    retry = f" with Retry-After {fault['retryAfter']}" if "retryAfter" in fault else ""
    return f"answered {fault.get('status')}{code}{retry} instead"


def changes(diff: "DiffResponse") -> Iterator[tuple[str, str, str, str]]:
    """Yield a row for each record that differs: a sign (`+`, `~` or `-`), its table, its key and its fields."""
    for sign, records in (("+", diff["created"]), ("~", diff["updated"]), ("-", diff["deleted"])):
        for change in records:
            if "record" in change:
                key = change["key"]
                fields = [f"{name} {_text(value)}" for name, value in change["record"].items() if value != key]
            else:
                both = change["fields"].items()
                fields = [f"{name} {_text(field['before'])} -> {_text(field['after'])}" for name, field in both]
            yield sign, change["table"], change["key"], ", ".join(fields)


def _delay(delay: Mapping[str, Any]) -> str:
    if "uniform" in delay:
        low, high = delay["uniform"]
        return f"{low:g} to {high:g} ms"
    if "lognormal" in delay:
        return f"about {delay['lognormal']['median']:g} ms"
    return f"{delay['ms']:g} ms"


def _text(value: object) -> str:
    """Return text as it is, and any other value as JSON."""
    return value if isinstance(value, str) and value else _dump(value)
