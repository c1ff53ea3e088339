"""Faults of a world: posted as flat objects, and refused where they could never match."""

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Annotated, get_type_hints

from mockserver.api.operation import Operation, path_parameters
from mockserver.control.request import API, ControlOperation, ControlRequest, invalid
from mockserver.control.worlds import WORLD
from mockserver.errors import ApiError, Err
from mockserver.http.json import Described, NotRequired, TypedDict, dump_json, schema_says
from mockserver.state.catalogue import id_kinds
from mockserver.values.clock import parse_duration
from mockserver.values.kinds import TEXT, Kind
from mockserver.values.text import nearest
from mockserver.world import effects
from mockserver.world.effects import EFFECTS
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

# Every id that a path, a query or a body can carry, with its kind.
ID_KINDS: Mapping[str, Kind] = {
    **{name: TEXT for operation in API.values() for name in path_parameters(operation.path)},
    **id_kinds(),
}

if TYPE_CHECKING:
    FaultBody = effects.FaultBody
else:
    FaultBody = TypedDict(
        "FaultBody",
        {
            **get_type_hints(effects.FaultBody, include_extras=True),
            "operation": NotRequired[Annotated[str, Described(type="string", enum=list(API))]],
            **{name: NotRequired[Annotated[str, Described(**kind.schema)]] for name, kind in ID_KINDS.items()},
        },
    )
    FaultBody.__doc__ = effects.FaultBody.__doc__
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
    _check_effect(body)
    _check_item(body, ids, operations)
    fault = Fault(fault_id=faults.next_id(), spec=body, ids=ids)
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


def _check_item(body: FaultBody, ids: Mapping[str, str], operations: list[Operation]) -> None:
    """Raise MOCK_REQUEST_INVALID unless an item effect, and nothing else, names one item of a batch."""
    batches = {operation.items: operation.name for operation in operations if operation.items is not None}
    if "item" not in body:
        if "itemId" in body:
            raise invalid("itemId goes with item")
        return
    if not batches:
        raise invalid(f"{operations[0].name} has no items that can fail one by one")
    named = [name for name in ids if name in batches]
    if len(named) + ("itemId" in body) != 1:
        possible = ", ".join(f"{name} of {operation}" for name, operation in batches.items())
        raise invalid(f"item needs exactly one id of the item that fails: itemId, or {possible}")


def _check_effect(body: FaultBody) -> None:
    """Raise MOCK_REQUEST_INVALID unless a fault has exactly one effect, and all that belongs to it."""
    given = [effect for effect in EFFECTS if effect in body]
    if len(given) != 1:
        raise invalid(f"a fault has exactly one effect of {', '.join(EFFECTS)}; given {', '.join(given) or 'none'}")
    stray = {"errorCode", "retryAfter", "body"} & set(body)
    if stray and "status" not in body:
        raise invalid(f"{', '.join(sorted(stray))} goes with status")
    if "applyThen" in body and ("status" in body["applyThen"]) == ("connection" in body["applyThen"]):
        raise invalid("applyThen has either a status or a connection")
    if "delay" in body:
        if len(body["delay"]) != 1:
            raise invalid("delay is exactly one of ms, uniform and lognormal")
        if "uniform" in body["delay"] and body["delay"]["uniform"] != sorted(body["delay"]["uniform"]):
            raise invalid("delay.uniform is the lower bound, then the upper one")
    if "rateLimit" in body:
        try:
            per = parse_duration(body["rateLimit"]["per"])
        except ValueError as error:
            raise invalid(f"rateLimit.per: {error}") from None
        if not per:
            raise invalid("rateLimit.per is longer than nothing")


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
