"""Report sections of a failing test: the requests to its worlds, and what they changed."""

import json
from collections.abc import Iterator, Sequence
from http.client import HTTPException
from typing import TYPE_CHECKING, cast

from conftest_plugin.worlds import MockWorld
from mockserver.control import report
from mockserver.control.client import ControlError, query
from mockserver.values.text import printable

if TYPE_CHECKING:
    from mockserver.control.journal import EntryResponse
    from mockserver.control.worlds import DiffResponse

REQUESTS = "polyai mock: requests"
CHANGES = "polyai mock: changes"

_MAX_LINES = 200
_MAX_TEXT = 300
_NOTHING = [(REQUESTS, "none"), (CHANGES, "none")]


def sections(worlds: Sequence[MockWorld]) -> list[tuple[str, str]]:
    """Return the titles and texts about worlds; a world without requests is left out if another has some."""
    every = [_sections(world) for world in worlds]
    eventful = [sections for sections in every if sections != _NOTHING]
    return [section for sections in eventful or every[:1] for section in sections]


def _sections(world: MockWorld) -> list[tuple[str, str]]:
    """Return the sections about a world; a failure to get them is reported and never hides that of the test."""
    try:
        entries, diff = cast("list[EntryResponse]", world.requests()), cast("DiffResponse", world.diff())
        requests = [_request_line(entry) for entry in entries] or list(_requests_without_key(world))
    except (OSError, HTTPException, ControlError) as error:
        return [(REQUESTS, f"not available: {error!r}")]
    changes = [_short(" ".join(row)) for row in report.changes(diff)]
    return [(REQUESTS, _joined(requests)), (CHANGES, _joined(changes))]


def _requests_without_key(world: MockWorld) -> Iterator[str]:
    """Yield the requests to the default world since a test began: its client may have sent the wrong key."""
    since = world.opened_at.isoformat().replace("+00:00", "Z")
    path = f"/worlds/default/requests{query({'since': since})}"
    entries = world.server.control.call("GET", path)["requests"]
    if entries:
        yield "none; but requests without the key of a world (`polyai_mock.api_key`) came in since this test began:"
        yield from map(_request_line, entries)


def _joined(lines: list[str]) -> str:
    dropped = len(lines) - _MAX_LINES
    shown = [f"({dropped} more before)", *lines[-_MAX_LINES:]] if dropped > 0 else lines
    return "\n".join(map(printable, shown or ["none"]))


def _request_line(entry: "EntryResponse") -> str:
    parts = [report.request(entry), "->", str(entry["status"] or "no answer")]
    if entry["errorCode"]:
        parts.append(entry["errorCode"])
    if entry["requestBody"] is not None:
        parts.append(_short(json.dumps(entry["requestBody"], ensure_ascii=False)))
    parts += [f"[{remark}]" for remark in report.remarks(entry)]
    return " ".join(parts)


def _short(text: str) -> str:
    return text if len(text) <= _MAX_TEXT else f"{text[:_MAX_TEXT]}…"
