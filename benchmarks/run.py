"""What one run of the benchmarks was asked for, which every case is handed."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from benchmarks.cores import Cores
from benchmarks.load import Generator
from benchmarks.measurements import Measurement


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """The choices of a run.

    `seconds` is how long each load lasts; `quick` asks for as little as shows that everything works; `peers` are those
    wanted, by name; `document` is the public OpenAPI document, without which some peers are skipped; `folder` is for
    files that the run needs; `say` tells whoever watches.
    """

    rounds: int
    seconds: float
    quick: bool
    generator: Generator
    cores: Cores
    folder: Path
    peers: tuple[str, ...]
    peers_folder: Path
    document: Path | None
    say: Callable[[str], None]

    def count(self, usual: int, quick: int) -> int:
        """Return how often to do something: `usual`, or `quick` in a quick run."""
        return quick if self.quick else usual


@dataclass(frozen=True, slots=True)
class Case:
    """A thing to measure; it yields its measurements as they are made."""

    name: str
    about: str
    measure: Callable[[Run], Iterator[Measurement]]
