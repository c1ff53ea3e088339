"""Faults of a world: posted as flat objects, and refused where they could never match."""

from collections.abc import Iterator, Mapping
from datetime import timedelta

from mockserver.api.operation import Operation
from mockserver.control.fault_bodies import ID_KINDS, ApplyThenBody, DelayBody, FaultBody
from mockserver.control.request import API, ControlOperation, ControlRequest, invalid
from mockserver.control.worlds import WORLD
from mockserver.errors import ApiError, Err
from mockserver.http.json import TypedDict, dump_json
from mockserver.values.durations import parse_duration
from mockserver.values.text import nearest
from mockserver.world.effects import EFFECTS, Answer, ApplyThen, Connection, Delay, Effect, Item, RateLimit
from mockserver.world.faults import Fault, paths_overlap


class FaultResponse(TypedDict):
    """A fault as it was posted, how many requests it matched, and on how many it fired; `struck` is the older name."""

    id: str
    matched: int
    fired: int
    struck: int
    fault: dict[str, object]


class GetFaultsResponse(TypedDict):
    """Faults in the order in which they are considered."""

    faults: list[FaultResponse]


MAX_FAULTS = 1_000
MAX_FAULT_BYTES = 64 * 1024


def list_faults(request: ControlRequest) -> GetFaultsResponse:
    """List a world's faults."""
    return {"faults": [_answer(fault) for fault in request.world.faults.values()]}


def add_fault(request: ControlRequest, body: FaultBody) -> FaultResponse:
    """Add a fault."""
    faults = request.world.faults
    if len(faults) >= MAX_FAULTS:
        raise invalid(f"a world holds at most {MAX_FAULTS:,} faults")
    if len(dump_json(dict(body))) > MAX_FAULT_BYTES:
        raise invalid(f"a fault is at most {MAX_FAULT_BYTES // 1024} KiB of JSON")
    operations = list(_matching(body))
    ids = {name: str(value) for name, value in body.items() if name in ID_KINDS}
    _check_ids(ids, operations)
    effect = _effect(body)
    _check_item(isinstance(effect, Item), body.get("itemId"), ids, operations)
    fault = Fault(
        fault_id=faults.next_id(),
        effect=effect,
        operation=body.get("operation"),
        method=body["method"].upper() if "method" in body else None,
        path=body.get("path"),
        ids=ids,
        item_id=body.get("itemId"),
        skip=body.get("skip", 0),
        times=body.get("times"),
        probability=body.get("probability", 1.0),
        spec=dict(body),
    )
    faults[fault.fault_id] = fault
    return _answer(fault)


def clear_faults(request: ControlRequest) -> GetFaultsResponse:
    """Remove all of a world's faults."""
    request.world.faults.clear()
    return {"faults": []}


def remove_fault(request: ControlRequest) -> GetFaultsResponse:
    """Remove a fault."""
    fault_id = request.path["fault"]
    if request.world.faults.pop(fault_id, None) is None:
        raise ApiError(Err.MOCK_NOT_FOUND, f"{request.world.name} has no fault {fault_id[:100]!r}")
    return list_faults(request)


def _matching(body: FaultBody) -> Iterator[Operation]:
    """Yield the API operations that a fault can match; raises MOCK_REQUEST_INVALID for a fault that matches none."""
    if "operation" in body and ("method" in body or "path" in body):
        raise invalid("a fault is matched by operation, or by method and path, not by both")
    if ("method" in body) != ("path" in body):
        raise invalid("method and path go together")
    if "operation" in body:
        if body["operation"] not in API:
            raise invalid(f"no operation is named {body['operation'][:100]!r}; {nearest(body['operation'], API)}")
        yield API[body["operation"]]
    elif "path" in body:
        method = body["method"].upper()
        matching = [it for it in API.values() if it.method == method and paths_overlap(body["path"], it.path)]
        if not matching:
            wanted = f"{method} {body['path']}"
            routes = [f"{operation.method} {operation.path}" for operation in API.values()]
            raise invalid(f"no operation is {wanted[:200]!r}; {nearest(wanted, routes)}")
        yield from matching
    else:
        yield from API.values()


def _check_ids(ids: Mapping[str, str], operations: list[Operation]) -> None:
    """Raise MOCK_REQUEST_INVALID for an id of the wrong form, and for one that none of the operations carries."""
    for name, value in ids.items():
        try:
            ID_KINDS[name].check(value)
        except ValueError as error:
            raise invalid(f"{name} {value[:100]!r} {error}") from None
        if not any(name in operation.ids for operation in operations):
            raise invalid(f"{operations[0].name} has no {name}, so the fault can never match")


def _check_item(fails: bool, item_id: str | None, ids: Mapping[str, str], operations: list[Operation]) -> None:
    """Raise MOCK_REQUEST_INVALID unless an item effect, and nothing else, names one item of a batch."""
    batches = {operation.items: operation.name for operation in operations if operation.items is not None}
    if not fails:
        if item_id is not None:
            raise invalid("itemId goes with item")
        return
    if not batches:
        raise invalid(f"{operations[0].name} has no items that can fail one by one")
    named = [name for name in ids if name in batches]
    if len(named) + (item_id is not None) != 1:
        possible = ", ".join(f"{name} of {operation}" for name, operation in batches.items())
        raise invalid(f"item needs exactly one id of the item that fails: itemId, or {possible}")


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


def _answer(fault: Fault) -> FaultResponse:
    return {
        "id": fault.fault_id,
        "matched": fault.matched,
        "fired": fault.fired,
        "struck": fault.fired,
        "fault": dict(fault.spec),
    }


OPERATIONS = (
    ControlOperation("listFaults", "GET", f"{WORLD}/faults", list_faults),
    ControlOperation("addFault", "POST", f"{WORLD}/faults", add_fault, status=201),
    ControlOperation("clearFaults", "DELETE", f"{WORLD}/faults", clear_faults),
    ControlOperation("removeFault", "DELETE", f"{WORLD}/faults/{{fault}}", remove_fault, errors=(Err.MOCK_NOT_FOUND,)),
)
