"""Seeds of any size, loaded and checked, against what libyaml needs to read the same file."""

import gc
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import yaml

from benchmarks import made
from benchmarks.measurements import OURS, Measurement, Take, alternate
from benchmarks.run import Case, Run
from mockserver import seeds

PARSE = "yaml.parse"
LOAD = "yaml.load"

_SIZES = (1_000, 10_000, 100_000)


def _measure(run: Run) -> Iterator[Measurement]:
    for numbers in _SIZES[: run.count(3, 1)]:
        path = made.seed_file(run.folder, connectors=numbers // 100, numbers=numbers)
        takes = {OURS: _timing(seeds.load_file, path), PARSE: _timing(_parse, path), LOAD: _timing(_load, path)}
        name = f"{numbers:,} numbers"
        seeds.load_file(path)  # what is imported once only is imported now
        for taken in alternate("seed-load", run.rounds, takes, {"seconds": "ms"}, reference=PARSE):
            yield Measurement(taken.case, name, taken.unit, taken.reference, taken.rounds)


def _parse(path: Path) -> int:
    """Read all of libyaml's events, and make nothing of them."""
    return sum(1 for _ in yaml.parse(path.read_text(encoding="utf-8"), Loader=yaml.CSafeLoader))


def _load(path: Path) -> object:
    return yaml.load(path.read_text(encoding="utf-8"), Loader=yaml.CSafeLoader)


def _timing(work: Callable[[Path], object], path: Path) -> Take:
    def take() -> dict[str, float]:
        gc.collect()
        began = time.perf_counter()
        work(path)
        return {"seconds": (time.perf_counter() - began) * 1000}

    return take


SEED_LOAD = Case("seed-load", "load and check a seed of 1,000, 10,000 and 100,000 numbers", _measure)
