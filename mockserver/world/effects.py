"""Fault effects: what a fault does to a request on which it fires, in the words in which faults are posted."""

import math
from http import HTTPStatus
from random import Random
from typing import Annotated, Literal

from mockserver.errors import Err
from mockserver.http.json import Bounds, Described, NotRequired, TypedDict, schema_says
from mockserver.values.clock import DURATION_SCHEMA

ConnectionFault = Literal["reset", "close", "truncate", "garbage", "drip"]

# Of these a part of the answer arrives, so that the operation has to be carried out first.
ARRIVING_IN_PART = frozenset({"truncate", "drip"})

EFFECTS = ("status", "delay", "connection", "item", "applyThen", "rateLimit")

MAX_DELAY_SECONDS = 300

Count = Annotated[int, Bounds(ge=0, le=1_000_000)]
Milliseconds = Annotated[float, Bounds(ge=0, le=MAX_DELAY_SECONDS * 1000)]


class LogNormalBody(TypedDict):
    """A log-normal delay about a median in milliseconds."""

    median: Milliseconds
    sigma: Annotated[float, Bounds(ge=0, le=10)]


@schema_says(minProperties=1, maxProperties=1)
class DelayBody(TypedDict):
    """Exactly one of a fixed, a uniform and a log-normal number of milliseconds."""

    ms: NotRequired[Milliseconds]
    uniform: NotRequired[Annotated[list[Milliseconds], Bounds(min_length=2, max_length=2)]]
    lognormal: NotRequired[LogNormalBody]


class RateLimitBody(TypedDict):
    """A number of requests in a span of the world's time."""

    requests: Count
    per: Annotated[str, Described(**DURATION_SCHEMA)]


class AnswerBody(TypedDict):
    """An error status as the answer, with the envelope of an error code or with a body of its own."""

    status: NotRequired[Annotated[int, Bounds(ge=400, le=599)]]
    errorCode: NotRequired[Annotated[str, Bounds(min_length=1, max_length=200)]]
    retryAfter: NotRequired[Count]
    body: NotRequired[dict[str, object]]


@schema_says(oneOf=[{"required": ["status"]}, {"required": ["connection"]}])
class ApplyThenBody(AnswerBody):
    """How the answer of an operation that was carried out is lost."""

    connection: NotRequired[ConnectionFault]


class FaultBody(ApplyThenBody):
    """What to match, how often to fire, and exactly one effect; the ids to match are added to it by name."""

    operation: NotRequired[str]
    method: NotRequired[str]
    path: NotRequired[str]
    itemId: NotRequired[Annotated[str, Bounds(min_length=1)]]
    skip: NotRequired[Count]
    times: NotRequired[Annotated[int, Bounds(ge=1, le=1_000_000)]]
    probability: NotRequired[Annotated[float, Bounds(ge=0, le=1)]]
    delay: NotRequired[DelayBody]
    item: NotRequired[Annotated[str, Bounds(min_length=1, max_length=2_000)]]
    applyThen: NotRequired[ApplyThenBody]
    rateLimit: NotRequired[RateLimitBody]


def seconds_of(delay: DelayBody, random: Random) -> float:
    """Return the seconds that one request is delayed, five minutes at most."""
    if "ms" in delay:
        milliseconds = delay["ms"]
    elif "uniform" in delay:
        milliseconds = random.uniform(*delay["uniform"])
    else:
        milliseconds = delay["lognormal"]["median"] * math.exp(delay["lognormal"]["sigma"] * random.gauss(0.0, 1.0))
    return min(milliseconds / 1000.0, MAX_DELAY_SECONDS)


def code_and_message(answer: AnswerBody) -> tuple[str, str]:
    """Return the error code and the text of an envelope: the catalogue's, where it has the code."""
    code, status = answer.get("errorCode"), answer["status"]
    known = Err.__members__.get(code or "")
    if known is not None:
        return known.name, known.message
    standard = HTTPStatus(status) if status in set(HTTPStatus) else HTTPStatus.INTERNAL_SERVER_ERROR
    return code or standard.name, standard.phrase
