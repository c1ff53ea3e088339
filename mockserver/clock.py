"""A world's own time, which a test can freeze and advance; nothing in the fake sleeps or reads the machine's clock."""

from datetime import UTC, datetime, timedelta


class Clock:
    """Real time plus an offset, or one frozen moment."""

    __slots__ = ("_frozen", "_offset")

    def __init__(self) -> None:
        self._offset = timedelta()
        self._frozen: datetime | None = None

    @property
    def frozen(self) -> bool:
        """Whether time stands still."""
        return self._frozen is not None

    def now(self) -> datetime:
        """Return the world's present moment, in UTC."""
        return self._frozen or datetime.now(UTC) + self._offset

    def freeze(self, at: datetime | None = None) -> None:
        """Stop time at `at`, an aware datetime, or at the present moment."""
        self._frozen = (at or self.now()).astimezone(UTC)

    def advance(self, by: timedelta) -> None:
        """Move time on by `by`, frozen or not; a negative span raises ValueError."""
        if by < timedelta():
            raise ValueError("time only moves forward")
        if self._frozen is None:
            self._offset += by
        else:
            self._frozen += by

    def resume(self) -> None:
        """Let time run again, from the frozen moment on."""
        if self._frozen is not None:
            self._offset = self._frozen - datetime.now(UTC)
            self._frozen = None
