"""What a client must not do, read off the journal of a world."""

from collections.abc import Iterable, Mapping
from typing import Any


def violations(entries: Iterable[Mapping[str, Any]]) -> list[str]:
    """Return a sentence for each request that asked for what does not exist, or that the server failed to answer."""
    return [f"  {entry['method']} {entry['path']}: {what}" for entry in entries for what in _wrong_with(entry)]


def _wrong_with(entry: Mapping[str, Any]) -> Iterable[str]:
    if entry["operation"] is None and entry["errorCode"] in ("NOT_FOUND", "METHOD_NOT_ALLOWED"):
        yield f"no such route{_hint(entry['nearest'])}"
    for field in entry["unknownFields"]:
        kind, name = ("parameter", field[1:]) if field.startswith("?") else ("field", field)
        yield f"the operation {entry['operation']} knows no {kind} {name}"
    if entry["operation"] is None and entry["errorCode"] == "NOT_IMPLEMENTED":
        yield "the mock server does not have this operation yet"
    if entry["traceback"] is not None:
        yield f"the mock server failed, which is a defect of it:\n{entry['traceback']}"


def _hint(nearest: str | None) -> str:
    return f"; the nearest is {nearest}" if nearest else ""
