"""A world's faults under control: posted as flat objects, refused where they could never strike."""

import re
from collections.abc import Iterator
from datetime import timedelta
from typing import Annotated

from mockserver.api.near_misses import CONNECTOR_FIELDS, NUMBER_FIELDS
from mockserver.api.operation import Operation, body_model, field_names
from mockserver.control.request import ControlCall, ControlOperation, invalid
from mockserver.control.worlds import WORLD
from mockserver.errors import ApiError, Err
from mockserver.http.json import Bounds, NotRequired, TypedDict, dump_json
from mockserver.seeds.mistakes import nearest
from mockserver.values.durations import parse_duration
from mockserver.values.e164 import is_e164
from mockserver.world.effects import (
    EFFECTS,
    Answer,
    ApplyThen,
    Connection,
    ConnectionFault,
    Delay,
    Effect,
    Item,
    RateLimit,
)
from mockserver.world.faults import Fault, patterns_meet

Count = Annotated[int, Bounds(ge=0, le=1_000_000)]
Milliseconds = Annotated[float, Bounds(ge=0, le=300_000)]
Status = Annotated[int, Bounds(ge=400, le=599)]


class LogNormalBody(TypedDict):
    """A log-normal delay about a median in milliseconds."""

    median: Milliseconds
    sigma: Annotated[float, Bounds(ge=0, le=10)]


class DelayBody(TypedDict):
    """Exactly one of a fixed, a uniform and a log-normal number of milliseconds."""

    ms: NotRequired[Milliseconds]
    uniform: NotRequired[Annotated[list[Milliseconds], Bounds(min_length=2, max_length=2)]]
    lognormal: NotRequired[LogNormalBody]


class RateLimitBody(TypedDict):
    """So many requests in a span of the world's time."""

    requests: Count
    per: str


class AnswerBody(TypedDict):
    """A status instead of an answer, with the envelope of an error code or with a body of its own."""

    status: NotRequired[Status]
    errorCode: NotRequired[Annotated[str, Bounds(min_length=1, max_length=200)]]
    retryAfter: NotRequired[Count]
    body: NotRequired[dict[str, object]]


class ApplyThenBody(AnswerBody):
    """How the answer of an operation that was carried out is lost."""

    connection: NotRequired[ConnectionFault]


class FaultBody(ApplyThenBody):
    """What to match, how often to strike, and exactly one effect."""

    operation: NotRequired[str]
    method: NotRequired[str]
    path: NotRequired[str]
    connectorId: NotRequired[str]
    phoneNumber: NotRequired[str]
    skip: NotRequired[Count]
    times: NotRequired[Annotated[int, Bounds(ge=1, le=1_000_000)]]
    probability: NotRequired[Annotated[float, Bounds(ge=0, le=1)]]
    delay: NotRequired[DelayBody]
    item: NotRequired[Annotated[str, Bounds(min_length=1, max_length=2_000)]]
    applyThen: NotRequired[ApplyThenBody]
    rateLimit: NotRequired[RateLimitBody]


class FaultResponse(TypedDict):
    """A fault as it was posted, and how often it matched and struck."""

    id: str
    matched: int
    struck: int
    fault: dict[str, object]


class GetFaultsResponse(TypedDict):
    """Faults in the order in which they are considered."""

    faults: list[FaultResponse]


MAX_FAULTS = 1_000
MAX_FAULT_BYTES = 64 * 1024


def list_faults(call: ControlCall) -> GetFaultsResponse:
    """List a world's faults."""
    return {"faults": [_pack(fault) for fault in call.world.faults]}


def add_fault(call: ControlCall, body: FaultBody) -> FaultResponse:
    """Add a fault."""
    if len(call.world.faults) >= MAX_FAULTS:
        raise invalid(f"a world holds at most {MAX_FAULTS:,} faults")
    if len(dump_json(dict(body))) > MAX_FAULT_BYTES:
        raise invalid(f"a fault is at most {MAX_FAULT_BYTES // 1024} KiB of JSON")
    operations = list(_matching(body))
    _check_target(body, operations)
    effect = _effect(body)
    if isinstance(effect, Item):
        _check_item(body, operations)
    faults = call.world.faults
    fault = Fault(
        fault_id=faults.next_id(),
        effect=effect,
        operation=body.get("operation"),
        method=body["method"].upper() if "method" in body else None,
        path=body.get("path"),
        connector_id=body.get("connectorId"),
        phone_number=body.get("phoneNumber"),
        skip=body.get("skip", 0),
        times=body.get("times"),
        probability=body.get("probability", 1.0),
        spec=dict(body),
    )
    faults.add(fault)
    return _pack(fault)


def clear_faults(call: ControlCall) -> GetFaultsResponse:
    """Remove all of a world's faults."""
    call.world.faults.clear()
    return {"faults": []}


def remove_fault(call: ControlCall) -> GetFaultsResponse:
    """Remove a fault."""
    fault_id = call.path["fault"]
    if not call.world.faults.remove(fault_id):
        raise ApiError(Err.MOCK_NOT_FOUND, f"{call.world.name} has no fault {fault_id[:100]!r}")
    return list_faults(call)


def _matching(body: FaultBody) -> Iterator[Operation]:
    """Yield the API operations that a fault can strike; raises MOCK_REQUEST_INVALID for one that matches nothing."""
    from mockserver.resources import OPERATIONS  # which only a fault needs to know here

    if "operation" in body and ("method" in body or "path" in body):
        raise invalid("a fault is matched by operation, or by method and path, not by both")
    if ("method" in body) != ("path" in body):
        raise invalid("method and path go together")
    if "operation" in body:
        names = [operation.name for operation in OPERATIONS]
        if body["operation"] not in names:
            raise invalid(f"no operation is named {body['operation'][:100]!r}; {nearest(body['operation'], names)}")
        yield OPERATIONS[names.index(body["operation"])]
    elif "path" in body:
        routes = [f"{operation.method} {operation.path}" for operation in OPERATIONS]
        wanted = f"{body['method'].upper()} {body['path']}"
        matching = [
            operation
            for operation in OPERATIONS
            if operation.method == body["method"].upper() and patterns_meet(body["path"], operation.path)
        ]
        if not matching:
            raise invalid(f"no operation is {wanted[:200]!r}; {nearest(wanted, routes)}")
        yield from matching
    else:
        yield from OPERATIONS


def _check_target(body: FaultBody, operations: list[Operation]) -> None:
    """Raise MOCK_REQUEST_INVALID for a connector or number that none of the operations can name."""
    if "phoneNumber" in body and not is_e164(body["phoneNumber"]):
        raise invalid(f"phoneNumber {body['phoneNumber'][:100]!r} is not in E.164 form, such as +442079460100")
    if "connectorId" in body and not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}", body["connectorId"]):
        raise invalid(f"connectorId {body['connectorId'][:100]!r} is not the id of a connector")
    for kind, names in (
        ("connectorId", CONNECTOR_FIELDS),
        ("phoneNumber", NUMBER_FIELDS),
    ):
        if kind in body and not any(names & _names_in(operation) for operation in operations):
            raise invalid(f"{operations[0].name} names no {kind}, so that the fault could never strike")


def _check_item(body: FaultBody, operations: list[Operation]) -> None:
    if ("connectorId" in body) == ("phoneNumber" in body):
        raise invalid("item needs the connectorId or the phoneNumber that fails")
    kind = "connectorId" if "connectorId" in body else "phoneNumber"
    batches = [operation for operation in operations if operation.per_item]
    names = {"connectorId"} if kind == "connectorId" else {"phoneNumbers"}
    if not any(names & _names_in(operation) for operation in batches):
        raise invalid("only items of batchUpdateConnectors (connectorId) and deletePhoneNumbers (phoneNumber) can fail")


def _names_in(operation: Operation) -> frozenset[str]:
    """Return the names of all that an operation is told: in its path, its query and its body."""
    names = {segment[1:-1] for segment in operation.path.split("/") if segment.startswith("{")}
    names |= {name for name, _ in operation.query}
    return frozenset(names) | (field_names(body_model(operation.handler)[0]) if operation.takes_body else frozenset())


def _effect(body: FaultBody) -> Effect:
    given = [effect for effect in EFFECTS if effect in body]
    if len(given) != 1:
        raise invalid(f"a fault has exactly one effect of {', '.join(EFFECTS)}; given {', '.join(given) or 'none'}")
    stray = {"errorCode", "retryAfter", "body"} & set(body)
    if stray and "status" not in body:
        raise invalid(f"{', '.join(sorted(stray))} goes with status")
    if "delay" in body:
        return _delay(body["delay"])
    if "item" in body:
        return Item(body["item"])
    if "rateLimit" in body:
        return RateLimit(body["rateLimit"]["requests"], _per(body["rateLimit"]["per"]))
    if "applyThen" in body:
        return ApplyThen(_answer_or_connection(body["applyThen"], "applyThen"))
    return _answer_or_connection(body, "a fault")


def _answer_or_connection(body: ApplyThenBody, what: str) -> Answer | Connection:
    if ("status" in body) == ("connection" in body):
        raise invalid(f"{what} has either a status or a connection")
    if "connection" in body:
        return Connection(body["connection"])
    return Answer(body["status"], body.get("errorCode"), body.get("retryAfter"), body.get("body"))


def _delay(body: DelayBody) -> Delay:
    if len(body) != 1:
        raise invalid("delay is exactly one of ms, uniform and lognormal")
    if "ms" in body:
        return Delay(low=body["ms"])
    if "uniform" in body:
        low, high = body["uniform"]
        if low > high:
            raise invalid("delay.uniform is the lower bound, then the upper one")
        return Delay(low=low, high=high)
    return Delay(median=body["lognormal"]["median"], sigma=body["lognormal"]["sigma"])


def _per(text: str) -> timedelta:
    try:
        per = parse_duration(text)
    except ValueError as error:
        raise invalid(f"rateLimit.per: {error}") from None
    if not per:
        raise invalid("rateLimit.per is longer than nothing")
    return per


def _pack(fault: Fault) -> FaultResponse:
    return {"id": fault.fault_id, "matched": fault.matched, "struck": fault.struck, "fault": dict(fault.spec)}


_FULL = (Err.MOCK_WORLDS_EXHAUSTED,)

OPERATIONS = (
    ControlOperation("GET", f"{WORLD}/faults", list_faults, errors=_FULL),
    ControlOperation("POST", f"{WORLD}/faults", add_fault, status=201, errors=_FULL),
    ControlOperation("DELETE", f"{WORLD}/faults", clear_faults, errors=_FULL),
    ControlOperation("DELETE", f"{WORLD}/faults/{{fault}}", remove_fault, errors=(Err.MOCK_NOT_FOUND, *_FULL)),
)
