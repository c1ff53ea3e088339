"""Text of messages: values and paths as they are shown, and the known word that a misspelt one resembles."""

import json
import re
from collections.abc import Collection, Iterable
from itertools import islice

MAX_SHOWN = 80
_MAX_COMPARED = 100
_MAX_LISTED = 25


def printable(text: str, limit: int | None = None) -> str:
    """Return text with the characters escaped that would move a terminal's cursor, cut to `limit` characters."""
    short = text if limit is None or len(text) <= limit else f"{text[:limit]}…"
    return "".join(it if it.isprintable() else ascii(it)[1:-1] for it in short)


def escaped(document: str) -> str:
    """Return a JSON document with every character escaped that is not printable; the YAML of a state has none."""
    return "".join(it if it.isprintable() or it == "\n" else json.dumps(it)[1:-1] for it in document)


def quoted(text: str) -> str:
    """Return text in quotation marks, printable and short."""
    return f'"{printable(text, MAX_SHOWN)}"'


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
    return f"a value of type {type(value).__name__}"


def dotted(path: Iterable[str | int]) -> str:
    """Return a path as people write it: `accounts[0].agents[1].name`."""
    return "".join(_step(step) for step in path).removeprefix(".")


def _step(step: str | int) -> str:
    if isinstance(step, int):
        return f"[{step}]"
    return f".{step}" if re.fullmatch(r"[\w+-]{1,80}", step) else f"[{quoted(step)}]"


def nearest_of(word: str, known: Iterable[str]) -> str | None:
    """Return the known word that `word` resembles most, or None where none comes near; the first 100 are compared."""
    from difflib import get_close_matches  # only mistakes need it

    return next(iter(get_close_matches(word[:200], list(islice(known, _MAX_COMPARED)), n=1)), None)


def nearest(word: str, known: Collection[str]) -> str:
    """Return a hint: the known word that `word` resembles, or the list of known words."""
    if not known:
        return "there are none"
    starts = {it[:MAX_SHOWN]: it for it in islice(known, _MAX_COMPARED)}
    close = nearest_of(word[:MAX_SHOWN], starts)
    if close is not None:
        return f"did you mean {printable(starts[close], MAX_SHOWN)}?"
    more = f" and {len(known) - _MAX_LISTED:,} more" if len(known) > _MAX_LISTED else ""
    return f"allowed: {', '.join(printable(it, MAX_SHOWN) for it in islice(known, _MAX_LISTED))}{more}"
