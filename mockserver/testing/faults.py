"""The faults that the state machine plants, and which request each one strikes."""

from collections.abc import Mapping
from dataclasses import dataclass

from mockserver.testing.requests import ApiRequest
from mockserver.testing.values import JsonObject

ITEM_MESSAGE = "Upstream is busy."


@dataclass(frozen=True, slots=True)
class Fault:
    """What strikes once: an operation, which answers with `status`, `applied` or not; or an `item` of a batch."""

    operation: str = ""
    status: int = 0
    applied: bool = False
    item: str = ""

    @property
    def body(self) -> JsonObject:
        """The fault in the words of the control plane."""
        if self.item:
            name = "phoneNumber" if self.item.startswith("+") else "connectorId"
            return {name: self.item, "item": ITEM_MESSAGE, "times": 1}
        effect = {"applyThen": {"status": self.status}} if self.applied else {"status": self.status}
        return {"operation": self.operation, **effect, "times": 1}

    def matches(self, request: ApiRequest) -> bool:
        """Tell whether the fault is about a request."""
        return self.item in _items(request) if self.item else self.operation == request.operation


class Faults:
    """The faults that have not struck yet, in the order in which they were added."""

    def __init__(self) -> None:
        self._standing: list[Fault] = []

    def __len__(self) -> int:
        return len(self._standing)

    def add(self, fault: Fault) -> None:
        """Add a fault."""
        self._standing.append(fault)

    def clear(self) -> None:
        """Remove all faults."""
        self._standing.clear()

    def strike(self, request: ApiRequest) -> tuple[Fault | None, Mapping[str, str]]:
        """Return the fault that decides the answer to a request, and the items that fail; they do not strike again."""
        failing: dict[str, str] = {}
        for fault in list(self._standing):
            if fault.matches(request):
                self._standing.remove(fault)
                if not fault.item:
                    return fault, failing
                failing[fault.item] = ITEM_MESSAGE
        return None, failing


def _items(request: ApiRequest) -> list[object]:
    """Return the connectors or numbers of a batch whose items can fail one by one."""
    body = request.body or {}
    if request.operation == "deletePhoneNumbers":
        numbers = body.get("phoneNumbers")
        return list(numbers) if isinstance(numbers, list) else []
    updates = body.get("updates")
    return [update["connectorId"] for update in updates] if isinstance(updates, list) else []
