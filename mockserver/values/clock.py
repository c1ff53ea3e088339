"""Clock: a world's own time, which a test can freeze and advance; times and durations as people write them.

Nothing in the fake sleeps to simulate progress or reads the machine's clock.
"""

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache

from mockserver.values.kinds import Kind

# The years that a world's time can be in: well within datetime's own, whose ends would be errors in a request.
FIRST_YEAR, LAST_YEAR = 1970, 8999
_END = datetime(LAST_YEAR, 12, 31, tzinfo=UTC)

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


class Moment(Kind):
    """A time with a zone, in ISO 8601."""

    def __init__(self, first_year: int, last_year: int, within: str = "") -> None:
        expected = f"one with a zone, such as 2026-07-02T10:00:00Z{within}"
        super().__init__({"type": "string", "format": "date-time"}, "time", expected)
        self._first_year, self._last_year = first_year, last_year

    def check(self, value: object) -> None:
        """Raise ValueError for text without a zone, and for another year."""
        try:
            given = datetime.fromisoformat(value if isinstance(value, str) else "")
            moment = given.astimezone(UTC)
        except (ValueError, OverflowError):
            raise ValueError(self.wrong) from None
        if given.tzinfo is None or not self._first_year <= moment.year <= self._last_year:
            raise ValueError(self.wrong)

    parse = staticmethod(lambda text: datetime.fromisoformat(text).astimezone(UTC))
    dump = staticmethod(lambda moment: write_moment(moment))


ANY_TIME = Moment(1, 9999)
MOMENT = Moment(FIRST_YEAR, LAST_YEAR, f", from {FIRST_YEAR} to {LAST_YEAR}")  # in which a world may live


def parse_moment(text: str) -> datetime:
    """Return the time of ISO 8601 text with a zone, in a year that a world's time can be in; raises ValueError."""
    try:
        MOMENT.check(text)
    except ValueError as error:
        raise ValueError(f"{text[:100]!r} {error}") from None
    return datetime.fromisoformat(text).astimezone(UTC)


def write_moment(moment: datetime) -> str:
    """Return a moment as ISO 8601 in UTC."""
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")


def milliseconds(moment: datetime) -> str:
    """Return a moment as answers of the API give it: in UTC, with milliseconds (documented)."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


@lru_cache
def parse_duration(text: str) -> timedelta:
    """Return the span of numbers with units (d, h, m, s, ms); raises ValueError, also for over a hundred years."""
    if len(text) > 100 or not re.fullmatch(_WHOLE, text):
        raise ValueError(f"{text[:100]!r} is not a span of time such as 2h30m, 1.5s or 250ms")
    milliseconds = sum(float(it[0].removesuffix(it[2])) * _UNITS[it[2]] for it in _PART.finditer(text))
    if milliseconds > MAX_DURATION / timedelta(milliseconds=1):
        raise ValueError(f"{text!r} is more than a hundred years")
    return timedelta(milliseconds=milliseconds)


@dataclass(slots=True)
class Clock:
    """Real time, `ahead` of it by a span, or one moment at which it is `frozen_at`."""

    frozen_at: datetime | None = None
    ahead: timedelta = timedelta()

    def fork(self) -> "Clock":
        """Return an independent clock that tells the same time."""
        return Clock(self.frozen_at, self.ahead)

    def now(self) -> datetime:
        """Return the world's present moment, in UTC."""
        return self.frozen_at or datetime.now(UTC) + self.ahead

    def freeze(self, at: datetime | None = None) -> None:
        """Freeze the clock at `at`, an aware datetime, or at the present moment."""
        self.frozen_at = (at or self.now()).astimezone(UTC)

    def advance(self, by: timedelta) -> None:
        """Move the clock on by `by`, frozen or not; raises ValueError for a negative span and for a far future."""
        if by < timedelta():
            raise ValueError("time only moves forward")
        if self.now() + by > _END:
            raise ValueError(f"time ends with the year {_END.year}")
        if self.frozen_at is None:
            self.ahead += by
        else:
            self.frozen_at += by

    def resume(self) -> None:
        """Let the clock run again, from the frozen moment on."""
        if self.frozen_at is not None:
            self.ahead = self.frozen_at - datetime.now(UTC)
            self.frozen_at = None
