"""Paired measurement: every round measures each version once, and ratios are taken within a round."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from benchmarks.versions import CURRENT, FLOOR, Version


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """What a run compares with this version, how often and how long it measures, and a folder for its files."""

    other: Version | None
    rounds: int
    seconds: int
    quick: bool
    folder: Path


@dataclass(frozen=True, slots=True)
class Figure:
    """A figure and its targets: ratios to the floor and to the other version, and the highest value."""

    name: str
    unit: str
    higher_is_better: bool = False
    to_floor: float | None = None
    to_other: float | None = None
    at_most: float | None = None


@dataclass(frozen=True, slots=True)
class Case:
    """A benchmark: `measure` returns each of its figures once; for FLOOR, those that have a floor."""

    name: str
    about: str
    figures: tuple[Figure, ...]
    measure: Callable[[Run, Version], Mapping[str, float]]
    has_floor: bool = True
    program: str | None = None


@dataclass(frozen=True, slots=True)
class Measurement:
    """A figure of a case, with the value of each round by the name of the version."""

    case: str
    figure: Figure
    values: Mapping[str, list[float]]

    def median(self, version: str) -> float:
        """Return the median of a version's values."""
        return median(self.values[version])

    def ratios(self, reference: str) -> list[float]:
        """Return the ratio of this version to a reference in each round."""
        return [mine / its for mine, its in zip(self.values[CURRENT.name], self.values[reference], strict=True)]


def measure(run: Run, case: Case) -> list[Measurement]:
    """Measure a case; each round starts with another version, so that none always comes first."""
    versions = [CURRENT, *([run.other] if run.other else []), *([FLOOR] if case.has_floor else [])]
    values: dict[str, dict[str, list[float]]] = {figure.name: {} for figure in case.figures}
    for number in range(run.rounds):
        first = number % len(versions)
        for version in versions[first:] + versions[:first]:
            for figure, value in case.measure(run, version).items():
                values[figure].setdefault(version.name, []).append(value)
    return [Measurement(case.name, figure, values[figure.name]) for figure in case.figures]
