"""Clock of a test's world."""

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from mockserver.control.client import is_refusal

if TYPE_CHECKING:
    from conftest_plugin.world import MockWorld

__tracebackhide__ = is_refusal


class MockClock:
    """The time in a world; every method raises ControlError for a value that the control plane refuses."""

    def __init__(self, world: "MockWorld") -> None:
        self._world = world
        self._call = world.call

    def __repr__(self) -> str:
        return f"<MockClock of {self._world!r}>"

    @property
    def now(self) -> datetime:
        """The current time in the world."""
        return datetime.fromisoformat(self._call("GET", "/clock")["now"])

    def freeze(self, at: datetime | str | None = None) -> None:
        """Stop the clock, at a time with a zone or at the current one."""
        moment = at.isoformat() if isinstance(at, datetime) else at
        self._call("POST", "/clock", {"freeze": moment or True})

    def advance(self, by: timedelta | str | float) -> None:
        """Move the clock forward by a timedelta, by seconds, or by text such as `2h30m`."""
        if isinstance(by, timedelta):
            by = by.total_seconds()
        self._call("POST", "/clock", {"advance": by if isinstance(by, str) else _span(by)})

    def resume(self) -> None:
        """Let the clock run again."""
        self._call("POST", "/clock", {"resume": True})


def _span(seconds: float) -> str:
    """Return seconds as a span of the control plane, whose numbers have at most nine digits."""
    days, rest = divmod(abs(seconds), 86_400)
    return f"{'-' if seconds < 0 else ''}{days:.0f}d{rest:.6f}s"
