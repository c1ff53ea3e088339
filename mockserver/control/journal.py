"""Journal of a world: the requests that it has seen, filtered and made readable, or cleared."""

import base64
import re
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from typing import Annotated, Literal

from mockserver.api.near_misses import nearest_route, phrase
from mockserver.control.request import API, ROUTES, ControlOperation, ControlRequest, invalid, off_loop
from mockserver.control.worlds import WORLD
from mockserver.errors import ApiError, sentences
from mockserver.http.exchange import JSON
from mockserver.http.json import Bounds, Described, NotRequired, TypedDict, parse_json
from mockserver.state.state import ChangeKind
from mockserver.values.clock import MOMENT, parse_moment, write_moment
from mockserver.values.text import nearest
from mockserver.world.faults import paths_overlap
from mockserver.world.journal import Entry

_HEAD_BYTES = 48
_EVER = datetime.min.replace(tzinfo=UTC)
_FORM = "application/x-www-form-urlencoded"  # what curl sends with JSON, unless told otherwise

_Flag = Literal["true", "false"]
_Status = Annotated[int, Bounds(ge=100, le=599)]
_STATUS = {"type": "string", "pattern": "^[1-5][0-9]{2}$"}
_COUNT = {"type": "string", "pattern": "^[0-9]{1,12}$"}
_OPERATION = {"type": "string", "enum": list(API)}
_SINCE = [_COUNT, MOMENT.schema]


class Changed(TypedDict):
    """Which record a request changed, and how."""

    table: str
    key: str
    change: ChangeKind


class EntryResponse(TypedDict):
    """One request; `status` is null where none was sent.

    A body is JSON where it can be, else text, else (binary) its length in bytes and the beginning of it in base64. A
    body that was longer than a journal keeps is cut; `requestBytes` and `responseBytes` say how long it was. `mistakes`
    says what was wrong with a refused request; `moreChanged` counts the changes that are not kept; `nearest` is the
    route that an unknown one resembles.
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
    requestMediaType: str | None
    responseBody: object
    responseBytes: int
    responseMediaType: str | None
    changed: list[Changed]
    moreChanged: int
    faults: list[str]
    mistakes: list[str]
    unknownFields: list[str]
    nearest: str | None
    traceback: str | None


class GetRequestsResponse(TypedDict):
    """Requests, oldest first, and how many were dropped to make room."""

    requests: list[EntryResponse]
    evicted: int


class ListRequestsQuery(TypedDict):
    """Which requests to list; without a filter, all of them."""

    operation: NotRequired[Annotated[str, Described("Only requests for this operation.", **_OPERATION)]]
    method: NotRequired[Annotated[str, Described("Only requests with this method.")]]
    path: NotRequired[Annotated[str, Described("Only requests for this path, in which * stands for any one segment.")]]
    status: NotRequired[Annotated[_Status, Described("Only requests that had this status.", **_STATUS)]]
    unexpected: NotRequired[Annotated[_Flag, Described("Only near misses and failures; or only the others.")]]
    since: NotRequired[Annotated[str, Described("Only what came after a request's number or a time.", anyOf=_SINCE)]]


async def list_requests(request: ControlRequest, query: ListRequestsQuery) -> GetRequestsResponse:
    """List the requests of a world."""
    journal, wanted = request.world.journal, _filter(query)
    entries, evicted = list(journal), journal.evicted
    return await off_loop(
        lambda: {"requests": [_entry(entry) for entry in entries if wanted(entry)], "evicted": evicted}
    )


def clear_requests(request: ControlRequest) -> GetRequestsResponse:
    """Clear the journal of a world."""
    request.world.journal.clear()
    return {"requests": [], "evicted": 0}


def _filter(query: ListRequestsQuery) -> Callable[[Entry], bool]:
    operation, method = query.get("operation"), query.get("method")
    path, status = query.get("path"), query.get("status")
    unexpected = None if "unexpected" not in query else query["unexpected"] == "true"
    after, moment = _since(query["since"]) if "since" in query else (0, _EVER)
    if operation is not None and operation not in API:
        raise invalid(f"no operation is named {operation[:100]!r}; {nearest(operation, API)}")
    return lambda entry: (
        operation in (None, entry.operation)
        and (method is None or method.upper() == entry.method)
        and (path is None or path == entry.path or paths_overlap(path, entry.path.partition("?")[0]))
        and status in (None, entry.status)
        and unexpected in (None, entry.unexpected)
        and entry.number > after
        and entry.at >= moment
    )


def _since(text: str) -> tuple[int, datetime]:
    """Return the number after which, and the time from which, entries are listed."""
    if re.fullmatch(_COUNT["pattern"], text):
        return int(text), _EVER
    try:
        return 0, parse_moment(text)
    except ValueError as error:
        raise invalid(f"since is not the number of a request or a time: {error}") from None


def _entry(entry: Entry) -> EntryResponse:
    path = entry.path.partition("?")[0]
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
        "requestBody": _readable(entry.request_body, entry.request_bytes, entry.request_media_type),
        "requestBytes": entry.request_bytes,
        "requestMediaType": entry.request_media_type or None,
        "responseBody": _readable(entry.response_body, entry.response_bytes, entry.response_media_type),
        "responseBytes": entry.response_bytes,
        "responseMediaType": entry.response_media_type or None,
        "changed": [{"table": it.table, "key": it.key, "change": it.kind} for it in entry.changes],
        "moreChanged": entry.more_changes,
        "faults": list(entry.faults),
        "mistakes": sentences(entry.why),
        "unknownFields": [phrase(unknown) for unknown in entry.unknown_fields],
        "nearest": nearest_route(entry.method, path, ROUTES) if entry.unknown_route else None,
        "traceback": entry.traceback,
    }


def _readable(body: bytes, size: int, media_type: str) -> object:
    """Return a body as JSON, else as text, else as the length and the base64 head of binary data; null for no body."""
    if not body:
        return None
    with suppress(ApiError):
        return parse_json(body)
    if media_type in ("", JSON, _FORM) or media_type.startswith("text/"):
        return body.decode("utf-8", errors="replace")
    return {"bytes": size, "base64": base64.b64encode(body[:_HEAD_BYTES]).decode("ascii")}


OPERATIONS = (
    ControlOperation("listRequests", "GET", f"{WORLD}/requests", list_requests),
    ControlOperation("clearRequests", "DELETE", f"{WORLD}/requests", clear_requests),
)
