"""Faults that the state machine adds, and which request each one fires on."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from mockserver.testing.operations import OPERATIONS
from mockserver.testing.requests import ApiRequest
from mockserver.testing.values import JsonObject

ITEM_MESSAGE = "Upstream is busy."


@dataclass(frozen=True, slots=True)
class Fault:
    """A fault that fires once: on an operation, which answers with `status`, `applied` or not; or on a batch's item."""

    operation: str = ""
    status: int = 0
    applied: bool = False
    item: Mapping[str, str] = field(default_factory=dict)

    @property
    def body(self) -> JsonObject:
        """The fault in the words of the control plane."""
        if self.item:
            return {**self.item, "item": ITEM_MESSAGE, "times": 1}
        effect = {"applyThen": {"status": self.status}} if self.applied else {"status": self.status}
        return {"operation": self.operation, **effect, "times": 1}

    def matches(self, request: ApiRequest) -> bool:
        """Tell whether the fault is about a request."""
        if not self.item:
            return self.operation == request.operation
        names = OPERATIONS[request.operation].item
        return any(name in names and value in _items(request, name) for name, value in self.item.items())


def fire(faults: list[Fault], request: ApiRequest) -> tuple[Fault | None, Mapping[str, str]]:
    """Return the fault that decides the answer to a request, and the errors of items that fail; remove them."""
    failing: dict[str, str] = {}
    for fault in list(faults):
        if fault.matches(request):
            faults.remove(fault)
            if not fault.item:
                return fault, failing
            failing.update(dict.fromkeys(fault.item.values(), ITEM_MESSAGE))
    return None, failing


def _items(request: ApiRequest, name: str) -> list[object]:
    """Return the ids in a batch: its items, or what they have under a name."""
    lists = [value for value in request.json.values() if isinstance(value, list)]
    return [item[name] if isinstance(item, Mapping) else item for items in lists for item in items]
