"""Bodies that describe a fault, and the ids by which a fault can match a request."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, get_type_hints

from mockserver.api.operation import path_parameters
from mockserver.control.request import API
from mockserver.http.json import Bounds, Described, NotRequired, TypedDict, schema_says
from mockserver.state.catalogue import id_kinds
from mockserver.values.durations import DURATION_SCHEMA
from mockserver.values.kinds import TEXT, Kind
from mockserver.world.effects import EFFECTS, ConnectionFault

# Every id that a path, a query or a body can carry, with its kind.
ID_KINDS: Mapping[str, Kind] = {
    **{name: TEXT for operation in API.values() for name in path_parameters(operation.path)},
    **id_kinds(),
}

Count = Annotated[int, Bounds(ge=0, le=1_000_000)]
Milliseconds = Annotated[float, Bounds(ge=0, le=300_000)]
Status = Annotated[int, Bounds(ge=400, le=599)]


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

    status: NotRequired[Status]
    errorCode: NotRequired[Annotated[str, Bounds(min_length=1, max_length=200)]]
    retryAfter: NotRequired[Count]
    body: NotRequired[dict[str, object]]


@schema_says(oneOf=[{"required": ["status"]}, {"required": ["connection"]}])
class ApplyThenBody(AnswerBody):
    """How the answer of an operation that was carried out is lost."""

    connection: NotRequired[ConnectionFault]


class FaultFields(ApplyThenBody):
    """What to match, how often to fire, and exactly one effect; the ids to match are added to it by name."""

    operation: NotRequired[Annotated[str, Described(type="string", enum=list(API))]]
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


if TYPE_CHECKING:
    FaultBody = FaultFields
else:
    FaultBody = TypedDict(
        "FaultBody",
        {
            **get_type_hints(FaultFields, include_extras=True),
            **{name: NotRequired[Annotated[str, Described(**kind.schema)]] for name, kind in ID_KINDS.items()},
        },
    )
    FaultBody.__doc__ = FaultFields.__doc__
    schema_says(
        oneOf=[{"required": [effect]} for effect in EFFECTS],
        dependentRequired={
            "method": ["path"],
            "path": ["method"],
            "errorCode": ["status"],
            "retryAfter": ["status"],
            "body": ["status"],
        },
    )(FaultBody)
