"""Rules of a world: what its seed says beside the records."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Annotated

from mockserver.state.policies import Policies
from mockserver.state.schema import Column
from mockserver.values.clock import FIRST_YEAR, LAST_YEAR, Clock
from mockserver.values.kinds import Number


class _Span(Number):
    parse = staticmethod(lambda seconds: timedelta(seconds=float(seconds)))
    dump = staticmethod(timedelta.total_seconds)


# Resuming a clock that was frozen at the first or last moment of a world puts it at most this far from real time.
AHEAD = _Span(-5_000_000_000, (LAST_YEAR - FIRST_YEAR + 1) * 366 * 86_400, "seconds")


@dataclass(frozen=True, slots=True, kw_only=True)
class ClockStart:
    """The time at which a world starts; without it, real time."""

    frozen_at: Annotated[datetime | None, Column("The moment at which the clock stands still.")] = None
    ahead: Annotated[
        timedelta, AHEAD, Column("How far a running clock is ahead of real time.", seed="aheadSeconds")
    ] = timedelta()

    def start(self) -> Clock:
        """Return the clock of a world that starts."""
        return Clock(self.frozen_at, self.ahead)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """The policies, the voices that fail the probe, and the start of the clock."""

    rejected_voices: Annotated[frozenset[str], Column("Voice names that fail the probe.")] = frozenset()
    policies: Annotated[Policies, Column("The overridable choices for what nobody documents.")] = field(
        default_factory=Policies
    )
    clock: Annotated[ClockStart, Column("The time at which a world starts.")] = field(default_factory=ClockStart)
