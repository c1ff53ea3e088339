"""Load on a server: wrk where it is installed, else a generator in Python; both report the same figures."""

import re
import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from benchmarks.asyncio_load import python_load
from benchmarks.exchanges import HOST, Request
from benchmarks.measurements import FailedError

Generator = Literal["wrk", "python"]

_DONE = """
done = function(summary, latency, requests)
  local errors = summary.errors
  io.write(string.format("FIGURES %d %d %d %d %d %d\\n", summary.requests, summary.duration,
    latency:percentile(50), latency:percentile(99),
    errors.status, errors.connect + errors.read + errors.write + errors.timeout))
end
"""


@dataclass(frozen=True, slots=True)
class Figures:
    """What a load came to: answers a second, and milliseconds until half and 99 of 100 answers were there."""

    throughput: float
    p50: float
    p99: float
    bad: int


class LoadError(FailedError):
    """The load could not be measured, or was not answered well."""


def generator() -> Generator:
    """Return the load generator that there is."""
    return "wrk" if shutil.which("wrk") else "python"


def generator_name(kind: Generator) -> str:
    """Return what a generator is called in reports."""
    if kind == "python":
        return "the Python one of this package"
    said = subprocess.run(["wrk", "-v"], capture_output=True, text=True, check=False)  # noqa: S607  # found on PATH
    return said.stdout.split("[")[0].strip() or "wrk"


def load(
    kind: Generator, port: int, requests: Sequence[Request], connections: int, seconds: float, folder: Path
) -> Figures:
    """Load a server with requests in turn; raises LoadError where an answer was not good."""
    raws = [request.raw(port) for request in requests]
    if kind == "python":
        figures = Figures(*python_load(port, raws, connections, seconds))
    else:
        figures = _wrk(port, raws, connections, seconds, folder)
    if figures.bad:
        raise LoadError(f"{figures.bad} requests were not answered well, of {figures.throughput * seconds:,.0f}")
    if not figures.throughput:
        raise LoadError(f"{connections} connections had no answer within {seconds:g} s")
    return figures


def _wrk(port: int, raws: Sequence[bytes], connections: int, seconds: float, folder: Path) -> Figures:
    script = folder / "load.lua"
    listed = ",\n".join(f'"{_escaped(raw)}"' for raw in raws)
    turn = "local turn = 0\nrequest = function() turn = turn % #raws + 1; return raws[turn] end"
    script.write_text(f"local raws = {{\n{listed}\n}}\n{turn}\n{_DONE}", encoding="ascii")
    options = ["-t1", f"-c{connections}", f"-d{max(1, round(seconds))}s", "--timeout", "30s"]
    command = ["wrk", *options, "-s", str(script), f"http://{HOST}:{port}/"]
    said = subprocess.run(command, capture_output=True, text=True, check=False)
    found = re.search(r"^FIGURES (\d+) (\d+) (\d+) (\d+) (\d+) (\d+)$", said.stdout, re.MULTILINE)
    if found is None:
        raise LoadError(f"wrk: {said.stdout}{said.stderr}")
    count, microseconds, p50, p99, refused, broken = map(int, found.groups())
    return Figures(count / microseconds * 1e6, p50 / 1000, p99 / 1000, refused + broken)


def _escaped(raw: bytes) -> str:
    """Return bytes as they stand in a string of Lua."""
    return "".join(chr(byte) if 32 <= byte < 127 and byte not in b'"\\' else f"\\{byte:03d}" for byte in raw)
