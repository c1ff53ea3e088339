"""Report sections of a failing test: the requests to its worlds, and what they changed."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from json import JSONEncoder
from typing import TYPE_CHECKING, Any, cast

from conftest_plugin.world import MockWorld
from mockserver.control import report
from mockserver.control.client import query
from mockserver.values.text import printable

if TYPE_CHECKING:
    from mockserver.control.journal import EntryResponse
    from mockserver.control.worlds import DiffResponse

REQUESTS = "polyai mock: requests"
CHANGES = "polyai mock: changes"

_MAX_LINES = 200
_MAX_TEXT = 300

_dump = JSONEncoder(ensure_ascii=False).encode

Section = tuple[str, str]


def sections(worlds: Sequence[MockWorld]) -> list[Section]:
    """Return the titles and texts about worlds.

    A world without requests is left out if another has some, or if it was opened before the test.
    """
    every = [(world, _sections(world)) for world in worlds]
    eventful = [found for _, found in every if any(text != "none" for _, text in found)]
    own = [found for world, found in every if world.begun is None]
    return [section for found in eventful or own[:1] for section in found]


def _sections(world: MockWorld) -> list[Section]:
    """Return the sections about a world; a failure to get them is reported and never hides that of the test."""
    where = f"(world {world.name})"
    try:
        journal = world.call("GET", f"/requests{query({'since': world.begun})}")
        faults = world.call("GET", "/faults")["faults"]
        diff = cast("DiffResponse", world.diff())
        texts = (_requests(world, journal, faults), _changes(world, journal["requests"], diff))
    except Exception as error:
        why = printable(f"not available: {type(error).__name__}: {error}")
        return [(f"{REQUESTS} {where}", why)]
    return [(f"{REQUESTS} {where}", texts[0]), (f"{CHANGES} {where}", texts[1])]


def _requests(world: MockWorld, journal: dict[str, Any], faults: list[dict[str, Any]]) -> str:
    effects = {fault["id"]: report.effect(fault["fault"]) for fault in faults}
    lines = [_request_line(entry, effects) for entry in journal["requests"]]
    dropped = journal["evicted"] if world.begun is None else 0
    idle = [_idle_fault(fault) for fault in faults if not fault["fired"] and fault["id"] != world.delay_fault]
    if not lines and world.begun is None:
        lines = list(_requests_without_key(world))
    where = [f"all of it: {world.base_url}/_mock/worlds/{world.name}/requests"] if world.server.stays else []
    return _joined(lines, dropped, [*idle, *(where if lines else [])])


def _changes(world: MockWorld, entries: "list[EntryResponse]", diff: "DiffResponse") -> str:
    rows = list(report.changes(diff))
    if world.begun is not None:
        changed = {(change["table"], change["key"]) for entry in entries for change in entry["changed"]}
        rows = [row for row in rows if row[1:3] in changed]
    return _joined([_short(" ".join(row)) for row in rows])


def _idle_fault(fault: dict[str, Any]) -> str:
    matched = f"{fault['matched']} requests matched it" if fault["matched"] else "no request matched it"
    return f"fault {fault['id']} never fired, {matched}: {_short(_dump(fault['fault']))}"


def _requests_without_key(world: MockWorld) -> Iterator[str]:
    """Yield the requests to the default world since a test began: its client may have sent the wrong key."""
    since = world.opened_at.isoformat().replace("+00:00", "Z")
    path = f"/worlds/default/requests{query({'since': since})}"
    entries = world.server.control.call("GET", path)["requests"]
    if entries:
        yield "none; but requests without the key of a world (`polyai_mock.api_key`) came in since this test began:"
        for entry in entries:
            yield _request_line(entry, {})


def _request_line(entry: "EntryResponse", effects: dict[str, str]) -> str:
    parts = [report.request(entry)]
    if entry["requestBody"] is not None:
        parts.append(_short(_dump(entry["requestBody"])))
    parts += ["->", str(entry["status"] or "no answer")]
    if entry["errorCode"]:
        parts.append(entry["errorCode"])
    answer = entry["responseBody"]
    if entry["errorCode"] and isinstance(answer, dict) and "error_message" in answer:
        answer = answer["error_message"]  # the rest of the envelope says nothing more
    if answer is not None:
        parts.append(_short(_dump(answer)))
    parts += [f"[{remark}]" for remark in report.remarks(entry, effects)]
    return " ".join(parts)


def _joined(lines: Iterable[str], dropped: int = 0, remarks: Iterable[str] = ()) -> str:
    """Return lines as a text: those that follow one like them are counted, and only the last ones are shown."""
    counted = [(line, len(list(alike))) for line, alike in groupby(lines)]
    hidden = dropped + sum(count for _, count in counted[:-_MAX_LINES])
    shown = [f"{line} (x{count})" if count > 1 else line for line, count in counted[-_MAX_LINES:]]
    before = [f"({hidden} more before)"] if hidden else []
    return "\n".join(map(printable, [*before, *(shown or ["none"]), *remarks]))


def _short(text: str) -> str:
    return text if len(text) <= _MAX_TEXT else f"{text[:_MAX_TEXT]}…"
