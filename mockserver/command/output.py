"""What the control plane answers, as lines for a terminal: tables whose width no single request can spoil."""

import json
from collections.abc import Iterable, Sequence
from typing import Any

import click

_REMARK = " " * 6 + "- "


def diff_lines(diff: Any) -> Iterable[str]:
    """Return a line for each record that differs."""
    rows = []
    for kind, sign in (("created", "+"), ("updated", "~"), ("deleted", "-")):
        for change in diff[kind]:
            if "record" in change:
                told = [f"{name} {_short(v)}" for name, v in change["record"].items() if v != change["key"]]
            else:
                told = [f"{n} {_short(f['before'])} -> {_short(f['after'])}" for n, f in change["fields"].items()]
            rows.append((sign, change["table"], change["key"], ", ".join(told)))
    return _table(("", "table", "key", "what"), rows) if rows else ["nothing has changed"]


def request_lines(seen: Any) -> Iterable[str]:
    """Yield a line for each request, with its path last since that is of any length, and below it what was special."""
    rows = [
        (
            entry["number"],
            entry["time"][11:23].rstrip("Z"),
            f"{entry['durationMs']:.1f}",
            entry["status"] or "none",
            len(entry["changed"]) or "",
            f"{entry['method']} {entry['path']}",
        )
        for entry in seen["requests"]
    ]
    if rows:
        head, *lines = _table(("no", "time", "ms", "status", "changed", "request"), rows, right=(0, 2, 4))
        yield head
        for line, entry in zip(lines, seen["requests"], strict=True):
            yield line
            yield from (f"{_REMARK}{printable(mark)}" for mark in _marks(entry))
    else:
        yield "no requests"
    if seen["evicted"]:
        yield f"{seen['evicted']} earlier ones were dropped"


def _marks(entry: Any) -> Iterable[str]:
    if entry["errorCode"]:
        yield entry["errorCode"]
    if entry["faults"]:
        yield f"struck by {', '.join(entry['faults'])}"
    yield from entry["mistakes"]
    yield from (f"unknown field {field}" for field in entry["unknownFields"])
    if entry["nearest"]:
        yield f"nearest {entry['nearest']}"
    if entry["traceback"]:
        yield "a defect of the server; --json has the traceback"


def fault_lines(seen: Any) -> Iterable[str]:
    """Return a line for each fault."""
    rows = [(fault["id"], fault["matched"], fault["struck"], json.dumps(fault["fault"])) for fault in seen["faults"]]
    return _table(("id", "matched", "struck", "fault"), rows, right=(1, 2)) if rows else ["no faults"]


def _short(value: object) -> str:
    return value if isinstance(value, str) and value else json.dumps(value, ensure_ascii=False)


def _table(head: Sequence[str], rows: Sequence[Sequence[object]], right: Sequence[int] = ()) -> Iterable[str]:
    """Yield aligned columns under a head, numbers to the right; the last column may be of any length."""
    cells = [list(head), *([printable(str(cell)) for cell in row] for row in rows)]
    widths = [max(len(row[column]) for row in cells) for column in range(len(head) - 1)]
    for number, row in enumerate(cells):
        columns = [
            cell.rjust(width) if column in right else cell.ljust(width)
            for column, (cell, width) in enumerate(zip(row, widths, strict=False))
        ]
        line = "  ".join([*columns, row[-1]]).rstrip()
        yield click.style(line, bold=True) if number == 0 else line


def printable(text: str) -> str:
    """Return text without what would move a terminal's cursor or colour it."""
    return "".join(char if char.isprintable() else ascii(char)[1:-1] for char in text)
