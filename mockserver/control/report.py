"""Journal entries and diffs as text, for the tables of the command line and the reports of failing tests."""

import json
from collections.abc import Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mockserver.control.journal import EntryResponse
    from mockserver.control.worlds import DiffResponse


def request(entry: "EntryResponse") -> str:
    """Return the method and path of a request."""
    return f"{entry['method']} {entry['path']}"


def remarks(entry: "EntryResponse") -> Iterator[str]:
    """Yield a phrase for each fault that a request met, each reason for a refusal, and what was unexpected."""
    yield from (f"fault {fault}" for fault in entry["faults"])
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


def _text(value: object) -> str:
    """Return text as it is, and any other value as JSON."""
    return value if isinstance(value, str) and value else json.dumps(value, ensure_ascii=False)
