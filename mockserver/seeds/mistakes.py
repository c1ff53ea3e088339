"""What is wrong with a seed, said where it stands, all of it at once."""

import re
from collections.abc import Collection
from dataclasses import dataclass
from functools import lru_cache

from mockserver.values.spelling import nearest_of

Path = tuple[str | int, ...]

MAX_SHOWN = 80
_MAX_COMPARED = 200
_MAX_LISTED = 25


@dataclass(frozen=True, slots=True)
class Mistake:
    """One thing wrong: `path` leads to it; `line` and `column` (from 1) are known for text."""

    path: Path
    what: str
    at_key: bool = False
    line: int | None = None
    column: int | None = None


class TooManyMistakesError(Exception):
    """So much is wrong that listing it all would take more memory than a machine may have; `str()` names one thing."""


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
    return "".join(_step(step) for step in path).removeprefix(".")


def _step(step: str | int) -> str:
    if isinstance(step, int):
        return f"[{step}]"
    return f".{step}" if re.fullmatch(r"[\w+-]{1,80}", step) else f"[{quoted(step)}]"


def shown(value: object) -> str:
    """Return a value as a sentence can name it, on one line whatever it is."""
    match value:
        case None:
            return "nothing"
        case str():
            return quoted(value)
        case bool():
            return str(value).lower()
        case dict():
            return "a mapping"
        case list():
            return "a list"
        case float():
            return str(value)
        case int() if abs(value) < 10**MAX_SHOWN:
            return str(value)
        case _:
            return f"a value of type {type(value).__name__}"


def quoted(text: str) -> str:
    """Return text in quotation marks, without its control characters and without most of its length."""
    return f'"{printable(text)}"'


def printable(text: str, limit: int = MAX_SHOWN) -> str:
    """Return text with its control characters escaped, and shortened to `limit` characters."""
    short = text if len(text) <= limit else f"{text[:limit]}…"
    return "".join(it if it.isprintable() else it.encode("unicode_escape").decode() for it in short)


def nearest(word: str, known: Collection[str]) -> str:
    """Return a hint at the known word that `word` resembles, or else the list of them all."""
    return _nearest(word, tuple(known))


@lru_cache(maxsize=1024)
def _nearest(word: str, known: tuple[str, ...]) -> str:
    if not known:
        return "there are none"
    close = nearest_of(word[:MAX_SHOWN], known) if len(known) <= _MAX_COMPARED else None
    if close is not None:
        return f"did you mean {printable(close)}?"
    more = f" and {len(known) - _MAX_LISTED:,} more" if len(known) > _MAX_LISTED else ""
    return f"allowed: {', '.join(map(printable, known[:_MAX_LISTED]))}{more}"
