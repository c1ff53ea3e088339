"""Lines for a terminal, made from what the control plane answers."""

import json
from collections.abc import Iterator
from typing import TYPE_CHECKING

from mockserver.control import report

if TYPE_CHECKING:
    from mockserver.control.faults import GetFaultsResponse
    from mockserver.control.journal import EntryResponse, GetRequestsResponse
    from mockserver.control.state import DiffResponse


def diff_lines(diff: "DiffResponse") -> Iterator[str]:
    """Yield a line for each record that differs."""
    changes = [" ".join(change) for change in report.changes(diff)]
    yield from changes or ["nothing has changed"]


def request_lines(journal: "GetRequestsResponse") -> Iterator[str]:
    """Yield a line for each request, followed by a line for each remark about it."""
    for entry in journal["requests"]:
        time, status = entry["time"][11:23].rstrip("Z"), entry["status"] or "none"
        yield f"{entry['number']:>5}  {time}  {entry['durationMs']:7.1f} ms  {status:4}  {report.request(entry)}"
        yield from (f"       - {remark}" for remark in _remarks(entry))
    if not journal["requests"]:
        yield "no requests"
    if journal["evicted"]:
        yield f"{journal['evicted']} earlier ones were dropped"


def _remarks(entry: "EntryResponse") -> Iterator[str]:
    if entry["errorCode"]:
        yield entry["errorCode"]
    yield from report.remarks(entry)
    if entry["changed"]:
        yield f"changed {len(entry['changed'])} records"
    if entry["traceback"]:
        yield "--json shows the traceback"


def fault_lines(listed: "GetFaultsResponse") -> Iterator[str]:
    """Yield a line for each fault."""
    for fault in listed["faults"]:
        yield f"{fault['id']}  matched {fault['matched']}, fired {fault['fired']}: {json.dumps(fault['fault'])}"
    if not listed["faults"]:
        yield "no faults"
