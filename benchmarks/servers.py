"""Server processes: the mock server of a version, or the floor."""

import re
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection
from pathlib import Path
from time import perf_counter

import psutil

from benchmarks.floor import save
from benchmarks.requests import Request, send
from benchmarks.versions import CURRENT, FLOOR, Version, environment, pinned


@dataclass(frozen=True, slots=True)
class Server:
    """A server that accepts connections; `started` is a reading of `perf_counter`, `ready` is in seconds from there."""

    connection: HTTPConnection
    process: psutil.Process
    started: float
    ready: float

    @property
    def memory(self) -> float:
        """The resident memory in MiB."""
        return float(self.process.memory_info().rss) / 2**20

    @property
    def cpu_seconds(self) -> float:
        """The processor time that the process has taken."""
        times = self.process.cpu_times()
        return float(times.user + times.system)


@contextmanager
def serving(version: Version, seed: str | Path, requests: Sequence[Request], folder: Path) -> Iterator[Server]:
    """Run a version's server with a seed; the floor gives the answers that this version gives to the requests."""
    if version is FLOOR:
        with serving(CURRENT, seed, requests, folder) as server:
            save(folder / "answers.json", {each.method: send(server.connection, each) for each in requests})
        arguments = ["benchmarks.floor", str(folder / "answers.json")]
    else:
        arguments = ["mockserver", "serve", "--port", "0", "--seed", str(seed)]
    with _running(version, [version.python, "-m", *arguments]) as server:
        yield server


@contextmanager
def _running(version: Version, command: Sequence[str]) -> Iterator[Server]:
    started = perf_counter()
    process = subprocess.Popen(
        pinned(0, command), cwd=version.root, env=environment(), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE
    )
    assert process.stdout is not None
    with process:
        try:
            line = process.stdout.readline()
            ready = perf_counter() - started
            address = re.search(rb" ready on http://(127\.0\.0\.1):(\d+)", line)
            if address is None:
                raise RuntimeError(f"{' '.join(command)} printed {line!r}; expected a ready line")
            connection = HTTPConnection(address[1].decode(), int(address[2]))
            yield Server(connection, psutil.Process(process.pid), started, ready)
            connection.close()
        finally:
            process.terminate()
