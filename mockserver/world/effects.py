"""Fault effects: what a fault does to a request on which it fires."""

import math
from collections.abc import Mapping
from datetime import timedelta
from http import HTTPStatus
from random import Random
from typing import Literal, NamedTuple

from mockserver.errors import Err

ConnectionFault = Literal["reset", "close", "truncate", "garbage", "drip"]

EFFECTS = ("status", "delay", "connection", "item", "applyThen", "rateLimit")

MAX_DELAY_SECONDS = 300.0


class Answer(NamedTuple):
    """An error status as the answer; `body` replaces the envelope."""

    status: int
    error_code: str | None = None
    retry_after: int | None = None
    body: Mapping[str, object] | None = None

    @property
    def code_and_message(self) -> tuple[str, str]:
        """The error code and the text of the envelope: the catalogue's, where it has the code."""
        known = Err.__members__.get(self.error_code or "")
        if known is not None:
            return known.name, known.message
        standard = HTTPStatus(self.status) if self.status in set(HTTPStatus) else HTTPStatus.INTERNAL_SERVER_ERROR
        return self.error_code or standard.name, standard.phrase


class Connection(NamedTuple):
    """A connection that is broken: see `mockserver.api.broken`."""

    kind: ConnectionFault

    @property
    def arrives_in_part(self) -> bool:
        """Whether a part of the answer arrives, so that the operation has to be carried out first."""
        return self.kind in ("truncate", "drip")


class Delay(NamedTuple):
    """Milliseconds to wait: always `low`, or uniform from `low` to `high`, or log-normal about a median."""

    low: float = 0.0
    high: float | None = None
    median: float | None = None
    sigma: float = 0.0

    def seconds(self, random: Random) -> float:
        """Return the delay of one request, five minutes at most."""
        if self.median is not None:
            milliseconds = self.median * math.exp(self.sigma * random.gauss(0.0, 1.0))
        elif self.high is not None:
            milliseconds = random.uniform(self.low, self.high)
        else:
            milliseconds = self.low
        return min(milliseconds / 1000.0, MAX_DELAY_SECONDS)


class Item(NamedTuple):
    """One item of a batch that fails with a message while the others succeed."""

    message: str


class ApplyThen(NamedTuple):
    """The operation is carried out, then its answer is lost."""

    effect: Answer | Connection


class RateLimit(NamedTuple):
    """At most `requests` in each span of `per` of the world's time; the others get 429 with Retry-After."""

    requests: int
    per: timedelta


Effect = Answer | Connection | Delay | Item | ApplyThen | RateLimit
