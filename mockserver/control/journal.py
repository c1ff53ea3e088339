"""A world's journal under control: what it was asked, filtered, and forgotten."""

import re
from collections.abc import Callable
from datetime import UTC, datetime

from mockserver.api.operation import ABSENT, body_model
from mockserver.control.request import NO_JSON, ControlCall, ControlOperation, api_operations, invalid
from mockserver.control.worlds import WORLD
from mockserver.errors import ApiError, Err
from mockserver.http.json import TypedDict, parse_json, validator
from mockserver.seeds.mistakes import nearest
from mockserver.state.state import ChangeKind
from mockserver.values.clock import parse_moment, write_moment
from mockserver.world.faults import path_fits
from mockserver.world.journal import Entry

_UNFIT = Err.SCHEMA_VALIDATION_FAILED.name
_MAX_MISTAKES = 20


class Changed(TypedDict):
    """Which record a request changed, and how."""

    table: str
    key: str
    change: ChangeKind


class EntryResponse(TypedDict):
    """One request; `status` is null where none was sent, and bodies are JSON where they can be.

    A body that was longer than a journal keeps is cut; `requestBytes` and `responseBytes` say how long it was.
    `mistakes` says what was wrong with a body that was refused because it does not fit the operation.
    """

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
    requestBytes: int
    responseBody: object
    responseBytes: int
    changed: list[Changed]
    faults: list[str]
    mistakes: list[str]
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
    return list_requests(call)


def _filter(call: ControlCall) -> Callable[[Entry], bool]:
    query = call.query
    operation, method, path = query.get("operation"), query.get("method"), query.get("path")
    unexpected = _truth("unexpected", query.get("unexpected"))
    status = None if "status" not in query else _number("status", query["status"])
    after, moment = _since(query.get("since"))
    if operation is not None and operation not in api_operations():
        raise invalid(f"no operation is named {operation[:100]!r}; {nearest(operation, api_operations())}")
    return lambda entry: (
        operation in (None, entry.operation)
        and (method is None or method.upper() == entry.method)
        and (path is None or path_fits(path, entry.path.partition("?")[0]))
        and status in (None, entry.status)
        and unexpected in (None, entry.unexpected)
        and entry.number > after
        and entry.at >= moment
    )


def _since(text: str | None) -> tuple[int, datetime]:
    """Return the number after which, and the time from which, entries are wanted."""
    ever = datetime.min.replace(tzinfo=UTC)
    if text is None:
        return 0, ever
    if text.isascii() and text.isdigit():
        return _number("since", text), ever
    try:
        return 0, parse_moment(text)
    except ValueError as error:
        raise invalid(f"since is the number of a request or a time: {error}") from None


def _truth(name: str, text: str | None) -> bool | None:
    if text not in (None, "true", "false"):
        raise invalid(f"{name} {text[:100]!r} is neither true nor false")
    return None if text is None else text == "true"


def _number(name: str, text: str) -> int:
    if not re.fullmatch("[0-9]{1,12}", text):
        raise invalid(f"{name} {text[:100]!r} is not a number")
    return int(text)


def _pack(entry: Entry) -> EntryResponse:
    return {
        "number": entry.number,
        "time": write_moment(entry.at),
        "durationMs": round(entry.duration_ms, 3),
        "method": entry.method,
        "path": entry.path,
        "operation": entry.operation,
        "status": entry.status,
        "errorCode": entry.error_code,
        "correlationId": entry.correlation_id,
        "requestBody": _readable(entry.request_body),
        "requestBytes": entry.request_bytes,
        "responseBody": _readable(entry.response_body),
        "responseBytes": entry.response_bytes,
        "changed": [{"table": it.table, "key": it.key, "change": it.kind} for it in entry.changes],
        "faults": list(entry.faults),
        "mistakes": _mistakes(entry),
        "unknownFields": list(entry.unknown_fields),
        "nearest": entry.nearest,
        "traceback": entry.traceback,
    }


def _mistakes(entry: Entry) -> list[str]:
    """Return what is wrong with the body of a request; found when somebody asks, as most never do."""
    operation = api_operations().get(entry.operation or "")
    cut = entry.request_bytes > len(entry.request_body)
    if operation is None or not operation.takes_body or cut or entry.error_code not in (operation.invalid.name, _UNFIT):
        return []
    try:
        value = operation.read(entry.request_body)
        if value is ABSENT:
            return ["the body is missing"]
        validator(body_model(operation.handler)[0])(value)
    except ApiError:
        return [NO_JSON]
    except ValueError as error:
        from mockserver.control.validation_errors import explain  # imports pydantic, as the validation has done

        return explain(error)[:_MAX_MISTAKES]
    return []


def _readable(body: bytes) -> object:
    """Return a body as JSON, or as text where it is none, or as null where it is empty."""
    if not body:
        return None
    try:
        return parse_json(body)
    except ApiError:
        return body.decode("utf-8", errors="replace")


_FILTERS = tuple((name, False) for name in ("operation", "method", "path", "status", "since", "unexpected"))

OPERATIONS = (
    ControlOperation("GET", f"{WORLD}/requests", list_requests, errors=(Err.MOCK_WORLDS_EXHAUSTED,), query=_FILTERS),
    ControlOperation("DELETE", f"{WORLD}/requests", clear_requests, errors=(Err.MOCK_WORLDS_EXHAUSTED,)),
)
