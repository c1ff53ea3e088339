"""What is wrong with a seed, said where it stands, all of it at once."""

from dataclasses import dataclass
from difflib import get_close_matches

Path = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Mistake:
    """One thing wrong: `path` leads to it; `line` and `column` (from 1) are known for text."""

    path: Path
    what: str
    at_key: bool = False
    line: int | None = None
    column: int | None = None


class SeedError(Exception):
    """A seed that was refused, with every mistake in it; `str()` gives a line for each."""

    def __init__(self, source: str, mistakes: list[Mistake]) -> None:
        self.source = source
        self.mistakes = sorted(mistakes, key=lambda it: (it.line or 0, it.column or 0))
        super().__init__("\n".join(self.lines()))

    def lines(self) -> list[str]:
        """Return `source:line:column: path: what is wrong` for each mistake."""
        return [
            ": ".join(
                part
                for part in (
                    ":".join(str(part) for part in (self.source, it.line, it.column) if part is not None),
                    dotted(it.path),
                    it.what,
                )
                if part
            )
            for it in self.mistakes
        ]


def dotted(path: Path) -> str:
    """Return a path as people write it: `accounts[0].agents[1].name`."""
    text = ""
    for step in path:
        text += f"[{step}]" if isinstance(step, int) else f".{step}"
    return text.removeprefix(".")


def nearest(word: str, known: list[str]) -> str:
    """Return a hint at the known word that `word` resembles, or else the list of them all."""
    close = get_close_matches(word, known, n=1)
    return f"did you mean {close[0]}?" if close else f"allowed are {', '.join(known)}"
