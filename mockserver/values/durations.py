"""Durations as people write them: `2h30m`, `1.5s`, `250ms`."""

import re
from datetime import timedelta
from functools import lru_cache

_UNITS = {"d": 86_400_000.0, "h": 3_600_000.0, "m": 60_000.0, "s": 1_000.0, "ms": 1.0}
_PART = re.compile(r"[0-9]{1,9}(\.[0-9]{1,9})?(ms|d|h|m|s)")
_WHOLE = f"({_PART.pattern})+"

MAX_DURATION = timedelta(days=36_500)

DURATION_SCHEMA = {
    "type": "string",
    "format": "span",
    "description": "Numbers with the units d, h, m, s and ms, such as 2h30m: at most a hundred years.",
    "pattern": f"^{_WHOLE}$",
    "maxLength": 100,
}


@lru_cache
def parse_duration(text: str) -> timedelta:
    """Return the span of numbers with units (d, h, m, s, ms); raises ValueError, also for over a hundred years."""
    if len(text) > 100 or not re.fullmatch(_WHOLE, text):
        raise ValueError(f"{text[:100]!r} is not a span of time such as 2h30m, 1.5s or 250ms")
    milliseconds = sum(float(it[0].removesuffix(it[2])) * _UNITS[it[2]] for it in _PART.finditer(text))
    if milliseconds > MAX_DURATION / timedelta(milliseconds=1):
        raise ValueError(f"{text!r} is more than a hundred years")
    return timedelta(milliseconds=milliseconds)
