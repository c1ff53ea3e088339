"""Socket load by wrk: requests in turn over some connections, all of which must be answered well."""

import re
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

from benchmarks.measuring import Run
from benchmarks.requests import Request
from benchmarks.servers import Server
from benchmarks.versions import pinned

_SCRIPT = Path(__file__).with_name("load.lua")


def load(server: Server, requests: Sequence[Request], connections: int, run: Run) -> Mapping[str, float]:
    """Return requests per second, and the processor time of the server in µs a request.

    Raises RuntimeError for an error response and for a broken connection.
    """
    files = [run.folder / f"request-{number}" for number in range(len(requests))]
    for file, request in zip(files, requests, strict=True):
        file.write_bytes(request.raw)
    options = ["-t1", f"-c{connections}", f"-d{run.seconds}s", "--timeout", "30s", "-s", str(_SCRIPT)]
    command = ["wrk", *options, f"http://127.0.0.1:{server.connection.port}/", "--", *map(str, files)]
    before = server.cpu_seconds
    ended = subprocess.run(pinned(1, command), capture_output=True, text=True, check=False)
    cpu_seconds = server.cpu_seconds - before
    figures = re.search(r"^FIGURES\t(\d+)\t(\d+)\t(\d+)\t(\d+)$", ended.stdout, re.MULTILINE)
    if figures is None:
        raise RuntimeError(f"wrk failed: {ended.stdout}{ended.stderr}")
    count, microseconds, refused, broken = map(int, figures.groups())
    if refused or broken or not count:
        raise RuntimeError(f"of {count} requests, {refused} were refused; {broken} connections failed")
    return {"requests": count / microseconds * 1e6, "CPU time": cpu_seconds / count * 1e6}
