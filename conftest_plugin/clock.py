"""The clock of a test's world."""

from datetime import datetime, timedelta

from conftest_plugin.control import Call


class MockClock:
    """A world's time."""

    def __init__(self, call: Call) -> None:
        self._call = call

    @property
    def now(self) -> datetime:
        """The world's present moment."""
        return datetime.fromisoformat(self._call("GET", "/clock")["now"])

    def freeze(self, at: datetime | str | None = None) -> None:
        """Stop time at a moment (with a zone), or now."""
        moment = at.isoformat() if isinstance(at, datetime) else at
        self._call("POST", "/clock", {"freeze": moment or True})

    def advance(self, by: timedelta | str | float) -> None:
        """Move time on, by a timedelta, by seconds, or by text such as `2h30m`."""
        if isinstance(by, timedelta):
            by = by.total_seconds()
        self._call("POST", "/clock", {"advance": by if isinstance(by, str) else _span(by)})

    def resume(self) -> None:
        """Let time run again."""
        self._call("POST", "/clock", {"resume": True})


def _span(seconds: float) -> str:
    """Return seconds as the control plane reads a span, whose numbers have at most nine digits."""
    days, rest = divmod(abs(seconds), 86_400)
    return f"{'-' if seconds < 0 else ''}{days:.0f}d{rest:.6f}s"
