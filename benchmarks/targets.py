"""What the project aims at: each target names a measurement, and what is asked of it."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from benchmarks.curves import FLAT, LINEAR, SIZES
from benchmarks.in_process import sizes_label
from benchmarks.measurements import OURS, Measurement
from benchmarks.plugin_cases import CALL, EMPTY
from benchmarks.tables import figure, ratio

Kind = Literal["ratio at most", "ratio at least", "at most"]

# Something is flat that costs at most this much more in a world a thousand times as large: larger worlds miss the
# processor's caches more often.
_FLAT = 1.5
_LARGEST = sizes_label(SIZES[-1])


@dataclass(frozen=True, slots=True)
class Target:
    """A bound on a subject's ratio to the reference, or on its figure in the measurement's unit."""

    what: str
    case: str
    measure: str
    kind: Kind
    bound: float
    aim: float | None = None
    subject: str = OURS

    def wanted(self, measurement: Measurement) -> str:
        """Return the bound in words."""
        if self.kind == "at most":
            return f"at most {figure(self.bound, measurement.unit)}"
        aim = f", aim for {ratio(self.aim)}" if self.aim is not None else ""
        return f"{self.kind.removeprefix('ratio ')} {ratio(self.bound)} {measurement.reference}{aim}"

    def measured(self, measurement: Measurement) -> str:
        """Return what was measured, in the terms of the bound."""
        if self.kind == "at most":
            return figure(measurement.typical(self.subject), measurement.unit)
        return ratio(measurement.ratio(self.subject))

    def met(self, measurement: Measurement) -> bool:
        """Tell whether the bound is kept."""
        if self.kind == "at most":
            return measurement.typical(self.subject) <= self.bound
        value = measurement.ratio(self.subject)
        return value <= self.bound if self.kind == "ratio at most" else value >= self.bound


TARGETS = (
    Target("cold start to the first 200, demo seed", "cold-start", "first answer", "ratio at most", 1.5),
    Target("get by id, 32 connections", "get", "throughput", "ratio at least", 0.65, aim=0.75),
    Target("batch get of 20", "batch-get", "throughput", "ratio at least", 0.55, aim=0.70),
    Target("lookup by number", "lookup", "throughput", "ratio at least", 0.55),
    Target("batch update of 20, every tenth failing", "batch-update", "throughput", "ratio at least", 0.30),
    Target("p99 at 32 connections, get", "get", "p99", "ratio at most", 2),
    Target("p99 at 32 connections, batch get", "batch-get", "p99", "ratio at most", 2),
    Target("memory after start", "memory", "after start", "ratio at most", 1.5),
    Target("memory growth under the whole load", "memory", "growth under the whole load", "at most", 10),
    *(
        Target(f"an empty test with polyai_mock, mode {mode}", "plugin", f"{EMPTY}, mode {mode}", "at most", 100)
        for mode in ("process", "thread", "asgi")
    ),
    *(
        Target(f"a test with polyai_mock and one call, mode {mode}", "plugin", f"{CALL}, mode {mode}", "at most", 700)
        for mode in ("process", "thread", "asgi")
    ),
    Target("one call in asgi mode", "asgi-call", "one call", "ratio at most", 1.15),
    *(
        Target(f"{name} in a world of 100,000 records", name, "in process", "at most", 50, subject=_LARGEST)
        for name in ("fork", "reset", "snapshot")
    ),
    Target("seed load of 100,000 numbers", "seed-load", "100,000 numbers", "ratio at most", 2),
    *(
        Target(f"{name}, from 100 to 100,000 records", "curves", name, "ratio at most", _FLAT, subject=_LARGEST)
        for name in FLAT
    ),
    *(
        Target(
            f"{name}, from 100 to 100,000 records",
            "curves",
            name,
            "ratio at most",
            _FLAT * SIZES[-1] / SIZES[0],
            subject=_LARGEST,
        )
        for name in LINEAR
    ),
)


def judged(measurements: Iterable[Measurement]) -> list[tuple[Target, Measurement]]:
    """Return the targets of what was measured, each with its measurement."""
    found = {(taken.case, taken.measure): taken for taken in measurements}
    pairs = [(target, found.get((target.case, target.measure))) for target in TARGETS]
    return [(target, taken) for target, taken in pairs if taken is not None and target.subject in taken.rounds]
