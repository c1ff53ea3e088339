"""Problems of a seed: what is wrong, and where."""

from dataclasses import dataclass

from mockserver.values.text import dotted, printable

Path = tuple[str | int, ...]

MAX_PROBLEMS = 30


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing wrong: `path` leads to it; `line` and `column` (from 1) are known for text."""

    path: Path
    what: str
    at_key: bool = False
    line: int | None = None
    column: int | None = None


class TooManyProblemsError(Exception):
    """More problems than are listed."""


class Problems(list[Problem]):
    """The problems found so far, at most `MAX_PROBLEMS`."""

    def add(self, path: Path, what: str, *, at_key: bool = False) -> None:
        """Add a problem; raises TooManyProblemsError where the list is full."""
        if len(self) >= MAX_PROBLEMS:
            raise TooManyProblemsError
        self.append(Problem(path, what, at_key))


class SeedError(Exception):
    """A seed that was refused, with every problem in it; `str()` gives a line for each."""

    def __init__(self, source: str, problems: list[Problem]) -> None:
        self.source = source
        self.problems = sorted(problems, key=lambda it: (it.line or 0, it.column or 0))
        super().__init__("\n".join(self.lines()))

    def lines(self) -> list[str]:
        """Return `source:line:column: path: what is wrong` for each problem."""
        return [": ".join(filter(None, (self._place(it), dotted(it.path), it.what))) for it in self.problems]

    def _place(self, problem: Problem) -> str:
        return ":".join(
            str(part) for part in (printable(self.source), problem.line, problem.column) if part is not None
        )
