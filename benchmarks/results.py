"""The results of a run: all that was measured, and all that one has to know to judge it; kept as JSON."""

import json
import shlex
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from benchmarks.measurements import Measurement


@dataclass(frozen=True, slots=True, kw_only=True)
class Results:
    """A run and what came of it; `notices` say what could not be done."""

    date: str
    command: str
    rounds: int
    seconds: float
    quick: bool
    load_generator: str
    pinning: str
    machine: dict[str, str]
    versions: dict[str, str]
    notices: tuple[str, ...]
    measurements: tuple[Measurement, ...]


def command(arguments: Sequence[str]) -> str:
    """Return the command of a run as anybody could give it: of files elsewhere, only the names."""
    elsewhere = [Path(part).is_absolute() or Path(part).parts[:1] == ("..",) for part in arguments]
    parts = [Path(part).name if away else part for part, away in zip(arguments, elsewhere, strict=True)]
    return shlex.join(["python", "-m", "benchmarks", *parts])


def save(results: Results, file: Path) -> None:
    """Write results, with every raw figure, and each ratio for readers without a median at hand."""
    data = asdict(results)
    for row, taken in zip(data["measurements"], results.measurements, strict=True):
        row["ratios"] = {subject: taken.ratio(subject) for subject in taken.rounds}
    file.write_text(json.dumps(data, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")


def read(file: Path) -> Results:
    """Return results that were saved."""
    data = json.loads(file.read_text(encoding="utf-8"))
    for row in data["measurements"]:
        del row["ratios"]
    data["measurements"] = tuple(Measurement(**row) for row in data["measurements"])
    data["notices"] = tuple(data["notices"])
    return Results(**data)
