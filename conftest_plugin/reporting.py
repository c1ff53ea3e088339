"""What a failing test's report says of its world: what the client asked, and what changed."""

import json
from collections.abc import Iterable, Mapping, Sequence
from http.client import HTTPException
from typing import Any

from conftest_plugin.control import ControlError, query
from conftest_plugin.worlds import MockWorld

ASKED = "polyai mock: what the client asked"
CHANGED = "polyai mock: what changed"

_MAX_LINES = 200
_SILENCE = [(ASKED, "nothing"), (CHANGED, "nothing")]


def sections(worlds: Sequence[MockWorld]) -> list[tuple[str, str]]:
    """Return titles and texts about worlds; those of which nothing was asked are left out beside others."""
    told = [_sections(world) for world in worlds]
    spoken = [about for about in told if about != _SILENCE]
    return [section for about in spoken or told[:1] for section in about]


def _sections(world: MockWorld) -> list[tuple[str, str]]:
    """Return titles and texts about a world; a server that is gone is said too, and never hides the test's failure."""
    try:
        asked = [_request_line(entry) for entry in world.requests()] or list(_elsewhere(world))
        changed = list(_diff_lines(world.diff()))
    except (OSError, HTTPException, ControlError) as error:
        return [(ASKED, f"the mock server does not tell: {error!r}")]
    return [(ASKED, _joined(asked)), (CHANGED, _joined(changed))]


def _elsewhere(world: MockWorld) -> Iterable[str]:
    """Yield what a client may have asked instead that did not send the key of its world."""
    since = world.opened_at.isoformat().replace("+00:00", "Z")
    path = f"/worlds/default/requests{query({'since': since})}"
    entries = world.server.control.call("GET", path)["requests"]
    if entries:
        yield "nothing; but since this test began, somebody without the key of a world (`polyai_mock.api_key`) asked:"
        yield from map(_request_line, entries)


def _joined(lines: list[str]) -> str:
    dropped = len(lines) - _MAX_LINES
    shown = [f"({dropped} more before)", *lines[-_MAX_LINES:]] if dropped > 0 else lines
    return "\n".join(shown or ["nothing"])


def _request_line(entry: Mapping[str, Any]) -> str:
    answer = entry["status"] or "no answer"
    parts = [f"{entry['method']} {entry['path']} -> {answer}"]
    if entry["errorCode"]:
        parts.append(entry["errorCode"])
    if entry["requestBody"] is not None:
        parts.append(_short(entry["requestBody"]))
    parts += [f"[fault {fault}]" for fault in entry["faults"]]
    parts += [f"[{mistake}]" for mistake in entry["mistakes"]]
    parts += [f"[unknown field {field}]" for field in entry["unknownFields"]]
    if entry["nearest"]:
        parts.append(f"[nearest: {entry['nearest']}]")
    return " ".join(parts)


def _diff_lines(diff: Mapping[str, Any]) -> Iterable[str]:
    for change in diff["created"]:
        yield f"+ {change['table']} {change['key']} {_short(change['record'])}"
    for change in diff["updated"]:
        fields = ", ".join(
            f"{name}: {_short(field['before'])} -> {_short(field['after'])}" for name, field in change["fields"].items()
        )
        yield f"~ {change['table']} {change['key']} {fields}"
    for change in diff["deleted"]:
        yield f"- {change['table']} {change['key']}"


def _short(value: object) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 200 else f"{text[:200]}…"


def differences(left: object, right: object) -> list[str] | None:
    """Return the fields in which two connectors or two numbers of the API differ, or None for anything else."""
    if not isinstance(left, dict) or not isinstance(right, dict):
        return None
    if "number" in left and "number" in right:
        what, key = "phone number", "number"
    elif "voiceName" in left and "voiceName" in right and "connectorId" in left and "connectorId" in right:
        what, key = "connector", "connectorId"
    else:
        return None
    fields = [
        name for name in {**left, **right} if left.get(name) != right.get(name) or (name in left) != (name in right)
    ]
    lines = [f"{name}: {_shown(left, name)} != {_shown(right, name)}" for name in fields]
    return [f"{what} {left.get(key)} == {what} {right.get(key)}", *lines] if lines else None


def _shown(record: Mapping[str, object], name: str) -> str:
    return repr(record[name]) if name in record else "(absent)"
