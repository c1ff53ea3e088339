"""Faults that the state machine adds, in the words of the control plane, and which request each one fires on."""

from collections.abc import Mapping

from mockserver.testing.operations import OPERATIONS
from mockserver.testing.requests import ApiRequest
from mockserver.testing.values import JsonObject

ITEM_MESSAGE = "Upstream is busy."


def operation_fault(operation: str, status: int, applied: bool) -> JsonObject:
    """Return a fault that fires once on an operation, which answers with a status, having been carried out or not."""
    effect = {"status": status}
    return {"operation": operation, **({"applyThen": effect} if applied else effect), "times": 1}


def item_fault(item: Mapping[str, str]) -> JsonObject:
    """Return a fault that fires once on an item of a batch, by the name of its id."""
    return {**item, "item": ITEM_MESSAGE, "times": 1}


def fire(faults: list[JsonObject], request: ApiRequest) -> tuple[JsonObject | None, Mapping[str, str]]:
    """Return the fault that decides the answer to a request, and the errors of items that fail; remove them."""
    failing: dict[str, str] = {}
    names = OPERATIONS[request.operation].item
    for fault in list(faults):
        if fault.get("operation") == request.operation:
            faults.remove(fault)
            return fault, failing
        hit = [value for name, value in fault.items() if name in names and value in _items(request, name)]
        if hit:
            faults.remove(fault)
            failing.update(dict.fromkeys(hit, ITEM_MESSAGE))
    return None, failing


def _items(request: ApiRequest, name: str) -> list[object]:
    """Return the ids in a batch: its items, or what they have under a name."""
    lists = [value for value in request.json.values() if isinstance(value, list)]
    return [item[name] if isinstance(item, Mapping) else item for items in lists for item in items]
