"""A world's own time, which a test can freeze and advance; nothing in the fake sleeps or reads the machine's clock."""

from datetime import UTC, datetime, timedelta

# The years in which a world may live: well within datetime's own, whose ends would be errors in a request's midst.
FIRST_YEAR, LAST_YEAR = 1970, 8999
_END = datetime(LAST_YEAR, 12, 31, tzinfo=UTC)


def parse_moment(text: str) -> datetime:
    """Return the time of ISO 8601 text with a zone, in a year that a world may live in; raises ValueError."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None or not FIRST_YEAR <= moment.year <= LAST_YEAR:
        raise ValueError(
            f"{text[:100]!r} is not a time with a zone, such as 2026-07-02T10:00:00Z, from {FIRST_YEAR} to {LAST_YEAR}"
        )
    return moment.astimezone(UTC)


def write_moment(moment: datetime) -> str:
    """Return a moment as ISO 8601 in UTC."""
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")


class Clock:
    """Real time plus an offset, or one frozen moment."""

    __slots__ = ("_frozen", "_offset")

    def __init__(self, frozen_at: datetime | None = None, ahead: timedelta = timedelta()) -> None:
        self._offset = ahead
        self._frozen = frozen_at

    @property
    def frozen_at(self) -> datetime | None:
        """The moment at which time stands still, or None while it runs."""
        return self._frozen

    @property
    def ahead(self) -> timedelta:
        """How far running time is ahead of real time."""
        return self._offset

    def now(self) -> datetime:
        """Return the world's present moment, in UTC."""
        return self._frozen or datetime.now(UTC) + self._offset

    def freeze(self, at: datetime | None = None) -> None:
        """Stop time at `at`, an aware datetime, or at the present moment."""
        self._frozen = (at or self.now()).astimezone(UTC)

    def advance(self, by: timedelta) -> None:
        """Move time on by `by`, frozen or not; raises ValueError for a negative span and for a far future."""
        if by < timedelta():
            raise ValueError("time only moves forward")
        if self.now() + by > _END:
            raise ValueError(f"time ends with the year {_END.year}")
        if self._frozen is None:
            self._offset += by
        else:
            self._frozen += by

    def resume(self) -> None:
        """Let time run again, from the frozen moment on."""
        if self._frozen is not None:
            self._offset = self._frozen - datetime.now(UTC)
            self._frozen = None
