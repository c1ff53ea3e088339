"""How costs grow with the size of a world; what one size costs is measured in a process of its own.

A process that held the worlds of all sizes would make the small ones look slow: its garbage collector passes over all.
"""

import json
import subprocess
from collections.abc import Iterator

from benchmarks import made
from benchmarks.in_process import sizes_label
from benchmarks.measurements import FailedError, Measurement, Take, alternate
from benchmarks.run import Case, Run
from benchmarks.servers import ROOT, environment, python

SIZES = (100, 1_000, 10_000, 100_000)
FLAT = ("get", "lookup", "update", "delete", "fork", "reset")
LINEAR = ("list", "export")

_CALLS = 200


def _measure(run: Run) -> Iterator[Measurement]:
    sizes = SIZES[: run.count(4, 2)]
    takes = {sizes_label(size): _taking(run, size) for size in sizes}
    units = dict.fromkeys((*FLAT, *LINEAR), "µs")
    yield from alternate("curves", run.rounds, takes, units, reference=sizes_label(sizes[0]))


def _taking(run: Run, size: int) -> Take:
    seed = made.seed_file(run.folder, connectors=size // 10, numbers=size)
    command = python("benchmarks.curve_point", seed, size, run.count(_CALLS, 20))

    def take() -> dict[str, float]:
        with run.cores.starting_server():
            ended = subprocess.run(command, cwd=ROOT, env=environment(), capture_output=True, text=True, check=False)
        if ended.returncode:
            raise FailedError(f"{size:,} records: {ended.stderr[-2000:]}")
        taken: dict[str, float] = json.loads(ended.stdout)
        return taken

    return take


CURVES = Case("curves", "how costs grow from 100 to 100,000 records", _measure)
