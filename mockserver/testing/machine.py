"""State machine: operations in any order, whose every answer the reference model predicts."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from typing import Any

from hypothesis import Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from mockserver.testing.adapter import Adapter, check
from mockserver.testing.api_requests import requests_in
from mockserver.testing.comparison import differences
from mockserver.testing.fields import ANYWHERE, Place, Values
from mockserver.testing.model import Model
from mockserver.testing.operations import OPERATIONS, Operation
from mockserver.testing.requests import Answer, ApiRequest
from mockserver.testing.tables import Tables, frozen_at
from mockserver.testing.values import JsonObject
from mockserver.testing.worlds import worlds

ITEM_MESSAGE = "Upstream is busy."


def _drawn(choose: Callable[["ApiMachine"], Values]) -> Values:
    """Draw by what the running machine's world holds, so that a failing example is printed with plain values."""
    return st.runner().flatmap(choose)


class ApiMachine(RuleBasedStateMachine):
    """Asks a client, by an adapter, for every operation in any order, and compares it with the model.

    It has a rule for each operation, of the operation's name in Python's spelling. A subclass says what `adapter` to
    use, and may choose fewer `operations`, by name, and other `worlds` to begin with. The settings of its `TestCase`
    leave Hypothesis's explain phase out, whose explanations would be lines of this package.
    """

    operations: Sequence[str] = tuple(OPERATIONS)
    worlds: st.SearchStrategy[JsonObject] = worlds()

    def __init_subclass__(cls) -> None:
        super().__init_subclass__()
        if "operations" in vars(cls):
            for name, operation in OPERATIONS.items():
                setattr(cls, operation.hook, _rule(operation) if name in cls.operations else None)
        given = cls.TestCase.settings
        phases = [phase for phase in given.phases if phase is not Phase.explain]
        cls.TestCase.settings = settings(given, phases=phases)

    def adapter(self) -> Adapter:
        """Return the adapter of one example; it is started, and closed at the end."""
        raise NotImplementedError(f"{type(self).__name__} needs a method adapter(), which returns an Adapter")

    def __init__(self) -> None:
        super().__init__()
        self.client = self.adapter()
        check(self.client)
        self.faults: list[JsonObject] = []
        self._unsure = True
        self._confirmed: dict[str, Answer | None] = {}

    @initialize(world=_drawn(lambda machine: machine.worlds))
    def start(self, world: JsonObject) -> None:
        """Start in a world in which time stands still."""
        if world.get("policies"):
            raise ValueError(f"policies: the model knows only the defaults; leave out {', '.join(world['policies'])}")
        frozen = {**world, "clock": {"frozenAt": frozen_at(world).isoformat()}}
        self.model = Model(self.client.start(frozen) or frozen)
        if not self.model.at("agents", {"accountId": self.model.account_id}):
            raise ValueError("the world has no agent that the client's key reaches")

    def teardown(self) -> None:
        """End the example."""
        self.client.close()

    # What goes wrong, and what passes

    @precondition(lambda self: self.client.has("request") and not self.faults)
    @rule(request=_drawn(lambda machine: machine.refused_requests))
    def send_broken(self, request: ApiRequest) -> None:
        """Send a request that is refused, and changes nothing."""
        answer = self.client.answer(request)
        self._unsure = True
        if answer.status not in request.statuses:
            right = " or ".join(map(str, request.statuses))
            raise AssertionError(f"{request!r} was answered with {answer.status}, where {right} is right")

    @precondition(lambda self: self.client.has("add_fault", "clear_faults"))
    @rule(
        operation=_drawn(lambda machine: st.sampled_from(machine.operations)),
        status=st.sampled_from((503, 500, 429)),
        applied=st.booleans(),
    )
    def fail_next(self, operation: str, status: int, applied: bool) -> None:
        """Let one operation answer with a status once, having been carried out or not."""
        effect = {"status": status}
        self._add({"operation": operation, **({"applyThen": effect} if applied else effect), "times": 1})

    @precondition(lambda self: self.client.has("add_fault", "clear_faults") and bool(self.items))
    @rule(item=_drawn(lambda machine: st.sampled_from(machine.items)))
    def fail_next_item(self, item: Mapping[str, str]) -> None:
        """Let an item fail in one batch."""
        self._add({**item, "item": ITEM_MESSAGE, "times": 1})

    @precondition(lambda self: bool(self.faults))
    @rule()
    def clear_faults(self) -> None:
        """Remove all faults."""
        self.faults.clear()
        self.client.clear_faults()

    @precondition(lambda self: self.client.has("advance_clock"))
    @rule(seconds=st.sampled_from((5, 60, 3600, 10_000)))
    def advance_clock(self, seconds: int) -> None:
        """Let time pass."""
        self.client.advance_clock(seconds)
        self.model.pass_time(seconds)
        self._unsure = True

    # Always

    @invariant()
    def everything_agrees(self) -> None:
        """Every list has in it what it should, in order, and everything else that is watched is as it should be.

        Nothing is asked after a step that could not change it, and beside the lists of an agent only what should have
        changed: what is asked here is most of what a failure costs.
        """
        if not self._unsure:
            return
        self._unsure = False
        for request, is_list in _watched(self.model):
            if not self.can(OPERATIONS[request.operation]):
                continue
            expected = None if is_list else self.model.answer(request)
            if is_list or expected != self._confirmed.get(request.target):
                self.ask(request)
                if not self._unsure:
                    self._confirmed[request.target] = expected

    @property
    def items(self) -> list[dict[str, str]]:
        """The ids that can fail in a batch."""
        fields = [field for name in self.operations for field in OPERATIONS[name].item.items()]
        return [{name: value} for name, field in fields if field.known for value in field.known(self.model, ANYWHERE)]

    @property
    def refused_requests(self) -> st.SearchStrategy[ApiRequest]:
        """Requests with a flaw that is refused."""
        possible = [name for name in self.operations if OPERATIONS[name].valid_places(self.model)]
        requests = requests_in(self.model, possible, broken=True)
        return requests.filter(lambda request: min(request.statuses) >= 400)

    def can(self, operation: Operation) -> bool:
        """Tell whether an operation is asked for."""
        return operation.name in self.operations and self.client.can(operation)

    def _add(self, fault: JsonObject) -> None:
        self.faults.append(fault)
        self.client.add_fault(fault)

    def ask(self, request: ApiRequest) -> None:
        """Ask for an operation, and compare the answer with the model's."""
        fault, failing = _fire(self.faults, request)
        self._unsure |= fault is not None or not OPERATIONS[request.operation].reads
        answered = self.client.answer(request)
        if fault is None or "applyThen" in fault:
            expected = self.model.answer(request, failing)
        if fault is not None:
            expected = Answer(fault.get("applyThen", fault)["status"])
        wrong = differences(expected, answered, self.model.adopt)
        if wrong:  # not `assert`, to whose message pytest would add
            raise AssertionError("\n".join([f"{request.method} {request.target}", *(f"  {line}" for line in wrong)]))


def _fire(faults: list[JsonObject], request: ApiRequest) -> tuple[JsonObject | None, Mapping[str, str]]:
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


def _watched(model: Model) -> Iterator[tuple[ApiRequest, bool]]:
    """Yield the requests that show what is watched, and whether each is for a whole list."""
    for operation in OPERATIONS.values():
        for place in operation.places(model) if operation.watched else ():
            if not operation.query.required:
                yield ApiRequest(operation.name, place), len(place) == 1
            for name, field in operation.query.fields.items():
                for value in field.known(model, place) if field.known is not None else ():
                    yield ApiRequest(operation.name, place, {name: value}), False


def _rule(operation: Operation) -> Callable[..., None]:
    """Return the rule that asks for an operation."""

    def ask(self: ApiMachine, **parts: Any) -> None:
        self.ask(ApiRequest(operation.name, **parts))

    def anywhere(part: Callable[[Tables, Place], Values], machine: ApiMachine) -> Values:
        return part(machine.model, ANYWHERE)

    ask.__name__ = operation.hook
    drawn: dict[str, Any] = {name: _drawn(partial(anywhere, part)) for name, part in operation.parts.items()}
    declare: Callable[[Callable[..., None]], Callable[..., None]] = rule(**drawn)
    return precondition(lambda it: it.can(operation))(declare(ask))


for _operation in OPERATIONS.values():
    setattr(ApiMachine, _operation.hook, _rule(_operation))


class TelephonyMachine(ApiMachine):
    """The machine of the operations of telephony: connectors, phone numbers and outbound calls."""

    operations = tuple(name for name, operation in OPERATIONS.items() if "/telephony/" in operation.path)
    worlds = worlds(max_connectors=2, max_phone_numbers=2) | worlds(
        min_agents=2, min_connectors=2, max_connectors=2, min_phone_numbers=2, max_phone_numbers=2, max_accounts=1
    )
