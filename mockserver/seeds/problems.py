"""Problems of a seed: what is wrong, and where."""

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
class Problem:
    """One thing wrong: `path` leads to it; `line` and `column` (from 1) are known for text."""

    path: Path
    what: str
    at_key: bool = False
    line: int | None = None
    column: int | None = None


class TooManyProblemsError(Exception):
    """More problems than are listed, which would take too much memory; `str()` names one."""


class SeedError(Exception):
    """A seed that was refused, with every problem in it; `str()` gives a line for each."""

    def __init__(self, source: str, problems: list[Problem]) -> None:
        self.source = source
        self.problems = sorted(problems, key=lambda it: (it.line or 0, it.column or 0))
        super().__init__("\n".join(self.lines()))

    def lines(self) -> list[str]:
        """Return `source:line:column: path: what is wrong` for each problem."""
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
            for it in self.problems
        ]


def dotted(path: Path) -> str:
    """Return a path as people write it: `accounts[0].agents[1].name`."""
    return "".join(_step(step) for step in path).removeprefix(".")


def _step(step: str | int) -> str:
    if isinstance(step, int):
        return f"[{step}]"
    return f".{step}" if re.fullmatch(r"[\w+-]{1,80}", step) else f"[{quoted(step)}]"


def shown(value: object) -> str:
    """Return a value as a message names it, on one line."""
    match value:
        case None:
            return "null"
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
    """Return text in quotation marks, printable and short."""
    return f'"{printable(text)}"'


def printable(text: str, limit: int = MAX_SHOWN) -> str:
    """Return text with its control characters escaped, and shortened to `limit` characters."""
    short = text if len(text) <= limit else f"{text[:limit]}…"
    return "".join(it if it.isprintable() else it.encode("unicode_escape").decode() for it in short)


def nearest(word: str, known: Collection[str]) -> str:
    """Return a hint: the known word that `word` resembles, or the list of known words."""
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
