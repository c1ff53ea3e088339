"""A world's journal under control: what it was asked, filtered, and forgotten."""

import json
from collections.abc import Callable
from datetime import UTC, datetime

from mockserver.control.call import ControlCall, ControlOperation, invalid
from mockserver.control.views import Changed, changed_view, time_view
from mockserver.control.worlds import WORLD
from mockserver.errors import Err
from mockserver.faults import path_matches
from mockserver.journal import Entry
from mockserver.wire import TypedDict


class EntryResponse(TypedDict):
    """One request; `status` is null where none was sent, and bodies are JSON where they can be."""

    number: int
    time: str
    durationMs: float
    method: str
    path: str
    operation: str | None
    status: int | None
    errorCode: str | None
    correlationId: str
    requestBody: object
    responseBody: object
    changed: list[Changed]
    faults: list[str]
    unknownFields: list[str]
    nearest: str | None
    traceback: str | None


class GetRequestsResponse(TypedDict):
    """Requests, oldest first, and how many were dropped to make room."""

    requests: list[EntryResponse]
    evicted: int


def list_requests(call: ControlCall) -> GetRequestsResponse:
    """List what a world was asked."""
    journal = call.world.journal
    wanted = _filter(call)
    return {"requests": [_pack(entry) for entry in journal if wanted(entry)], "evicted": journal.evicted}


def clear_requests(call: ControlCall) -> GetRequestsResponse:
    """Forget what a world was asked."""
    call.world.journal.clear()
    return {"requests": [], "evicted": 0}


def _filter(call: ControlCall) -> Callable[[Entry], bool]:
    query = call.query
    operation, method, path = query.get("operation"), query.get("method"), query.get("path")
    status = query.get("status")
    if status is not None and not status.isdigit():
        raise invalid(f"status {status!r} is not a number")
    after, moment = _since(query.get("since"))
    return lambda entry: (
        operation in (None, entry.operation)
        and (method is None or method.upper() == entry.method)
        and (path is None or path_matches(path, entry.path.partition("?")[0]))
        and (status is None or int(status) == entry.status)
        and entry.number > after
        and entry.at >= moment
    )


def _since(text: str | None) -> tuple[int, datetime]:
    """Return the number after which, and the time from which, entries are wanted."""
    ever = datetime.min.replace(tzinfo=UTC)
    if text is None:
        return 0, ever
    if text.isdigit():
        return int(text), ever
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None:
        raise invalid(f"since {text[:100]!r} is neither the number of a request nor a time with a zone")
    return 0, moment


def _pack(entry: Entry) -> EntryResponse:
    return {
        "number": entry.number,
        "time": time_view(entry.at),
        "durationMs": round(entry.duration_ms, 3),
        "method": entry.method,
        "path": entry.path,
        "operation": entry.operation,
        "status": entry.status,
        "errorCode": entry.error_code,
        "correlationId": entry.correlation_id,
        "requestBody": _readable(entry.request_body),
        "responseBody": _readable(entry.response_body),
        "changed": [changed_view(change) for change in entry.changes],
        "faults": list(entry.faults),
        "unknownFields": list(entry.unknown_fields),
        "nearest": entry.nearest,
        "traceback": entry.traceback,
    }


def _readable(body: bytes) -> object:
    """Return a body as JSON, or as text where it is none, or as null where it is empty."""
    if not body:
        return None
    try:
        value: object = json.loads(body)
    except (ValueError, RecursionError):
        return body.decode("utf-8", errors="replace")
    return value


_FILTERS = tuple((name, False) for name in ("operation", "method", "path", "status", "since"))

OPERATIONS = (
    ControlOperation("GET", f"{WORLD}/requests", list_requests, errors=(Err.MOCK_WORLDS_EXHAUSTED,), query=_FILTERS),
    ControlOperation("DELETE", f"{WORLD}/requests", clear_requests, errors=(Err.MOCK_WORLDS_EXHAUSTED,)),
)
