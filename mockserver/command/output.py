"""Tables for a terminal, made from what the control plane answers; the last column may be of any length."""

import json
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

import click

from mockserver.control import report
from mockserver.values.text import printable

if TYPE_CHECKING:
    from mockserver.control.faults import GetFaultsResponse
    from mockserver.control.journal import EntryResponse, GetRequestsResponse
    from mockserver.control.worlds import DiffResponse

_REMARK = " " * 6 + "- "


def diff_lines(diff: "DiffResponse") -> Iterable[str]:
    """Return a row for each record that differs."""
    rows = list(report.changes(diff))
    return _table(("", "table", "key", "what"), rows) if rows else ["nothing has changed"]


def request_lines(journal: "GetRequestsResponse") -> Iterator[str]:
    """Yield a row for each request, followed by a line for each remark about it."""
    entries = journal["requests"]
    if entries:
        head, *rows = _table(("no", "time", "ms", "status", "changed", "request"), map(_row, entries), right=(0, 2, 4))
        yield head
        for row, entry in zip(rows, entries, strict=True):
            yield row
            yield from (f"{_REMARK}{printable(remark)}" for remark in _remarks(entry))
    else:
        yield "no requests"
    if journal["evicted"]:
        yield f"{journal['evicted']} earlier ones were dropped"


def _row(entry: "EntryResponse") -> Sequence[object]:
    return (
        entry["number"],
        entry["time"][11:23].rstrip("Z"),
        f"{entry['durationMs']:.1f}",
        entry["status"] or "none",
        len(entry["changed"]) or "",
        report.request(entry),
    )


def _remarks(entry: "EntryResponse") -> Iterator[str]:
    if entry["errorCode"]:
        yield entry["errorCode"]
    yield from report.remarks(entry)
    if entry["traceback"]:
        yield "--json shows the traceback"


def fault_lines(listed: "GetFaultsResponse") -> Iterable[str]:
    """Return a row for each fault."""
    rows = [(fault["id"], fault["matched"], fault["fired"], json.dumps(fault["fault"])) for fault in listed["faults"]]
    return _table(("id", "matched", "fired", "fault"), rows, right=(1, 2)) if rows else ["no faults"]


def _table(head: Sequence[str], rows: Iterable[Sequence[object]], right: Sequence[int] = ()) -> Iterator[str]:
    """Yield aligned columns under a head; the columns with the numbers in `right` are aligned to the right."""
    cells = [list(head), *([printable(str(cell)) for cell in row] for row in rows)]
    widths = [max(len(row[column]) for row in cells) for column in range(len(head) - 1)]
    for number, row in enumerate(cells):
        columns = [
            cell.rjust(width) if column in right else cell.ljust(width)
            for column, (cell, width) in enumerate(zip(row, widths, strict=False))
        ]
        line = "  ".join([*columns, row[-1]]).rstrip()
        yield click.style(line, bold=True) if number == 0 else line
