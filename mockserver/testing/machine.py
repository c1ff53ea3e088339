"""The state machine: operations in any order, whose every answer the reference model foretells."""

from collections.abc import Callable, Mapping
from typing import TypeVar

from hypothesis import Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from mockserver.state.records import PhoneNumber
from mockserver.testing import draws
from mockserver.testing.adapter import Adapter, check
from mockserver.testing.comparison import differences
from mockserver.testing.faults import Fault, Faults
from mockserver.testing.model import Model
from mockserver.testing.model_state import Minted
from mockserver.testing.operations import OPERATIONS
from mockserver.testing.requests import Answer, ApiRequest
from mockserver.testing.values import JsonObject
from mockserver.testing.worlds import worlds

Rule = TypeVar("Rule", bound=Callable[..., None])

Parameters = Mapping[str, str]


def _operation(name: str) -> Callable[[Rule], Rule]:
    """Leave a rule out where the adapter cannot ask for its operation."""
    needed = OPERATIONS[name]
    return precondition(lambda machine: machine.client.can(needed))


class TelephonyMachine(RuleBasedStateMachine):
    """Asks a client, by an adapter, for every telephony operation in any order, and compares it with the model.

    A subclass says what `adapter` to use, and may choose other `worlds` to begin with. The settings of its `TestCase`
    leave Hypothesis's explain phase out, whose explanations would be lines of this package.
    """

    worlds: st.SearchStrategy[JsonObject] = st.one_of(
        worlds(max_connectors=2, max_phone_numbers=2),
        worlds(
            min_agents=2,
            min_connectors=2,
            max_connectors=2,
            min_phone_numbers=2,
            max_phone_numbers=2,
            max_accounts=1,
        ),
    )

    def __init_subclass__(cls) -> None:
        super().__init_subclass__()
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
        self.faults = Faults()
        self._unsure = True
        self._looked_at: dict[str, list[PhoneNumber]] = {}

    @initialize(world=draws.worlds)
    def start(self, world: JsonObject) -> None:
        """Begin anew with a world, in which time stands still."""
        self.model = Model(world)
        if not self.model.reachable:
            raise ValueError("the world has no agent that the client's key reaches")
        self.refused = draws.refused_requests(world)
        self.client.start({**world, "clock": {"frozenAt": self.model.now.isoformat()}})

    def teardown(self) -> None:
        """End the example."""
        self.client.close()

    @_operation("listConnectors")
    @rule(path=draws.agents)
    def list_connectors(self, path: Parameters) -> None:
        """List connectors."""
        self.ask("listConnectors", path)

    @_operation("getConnector")
    @rule(path=draws.connector_paths)
    def get_connector(self, path: Parameters) -> None:
        """Get a connector."""
        self.ask("getConnector", path)

    @_operation("batchGetConnectors")
    @rule(path=draws.agents, body=draws.bodies({"connectorIds": draws.some(draws.connectors)}))
    def batch_get_connectors(self, path: Parameters, body: JsonObject) -> None:
        """Get several connectors."""
        self.ask("batchGetConnectors", path, body=body)

    @_operation("lookupConnector")
    @rule(path=draws.agents, body=draws.bodies({"phoneNumber": draws.any_numbers}))
    def lookup_connector(self, path: Parameters, body: JsonObject) -> None:
        """Look up what answers a number."""
        self.ask("lookupConnector", path, body=body)

    @_operation("updateConnector")
    @rule(path=draws.connector_paths, body=draws.updates)
    def update_connector(self, path: Parameters, body: JsonObject) -> None:
        """Update a connector, or move it."""
        self.ask("updateConnector", path, body=body)

    @_operation("batchUpdateConnectors")
    @rule(path=draws.agents, body=draws.bodies({"updates": draws.some(draws.update_items)}))
    def batch_update_connectors(self, path: Parameters, body: JsonObject) -> None:
        """Update several connectors."""
        self.ask("batchUpdateConnectors", path, body=body)

    @_operation("deleteConnector")
    @rule(path=draws.connector_paths)
    def delete_connector(self, path: Parameters) -> None:
        """Delete a connector and its numbers."""
        self.ask("deleteConnector", path)

    @_operation("listPhoneNumbers")
    @rule(path=draws.agents, query=st.fixed_dictionaries({}, optional={"connectorId": draws.connectors}))
    def list_phone_numbers(self, path: Parameters, query: Parameters) -> None:
        """List numbers."""
        self.ask("listPhoneNumbers", path, query)

    @_operation("getPhoneNumber")
    @rule(path=draws.number_paths)
    def get_phone_number(self, path: Parameters) -> None:
        """Get a number."""
        self.ask("getPhoneNumber", path)

    @_operation("batchGetPhoneNumbers")
    @rule(path=draws.agents, body=draws.bodies({"phoneNumbers": draws.number_batches}))
    def batch_get_phone_numbers(self, path: Parameters, body: JsonObject) -> None:
        """Get several numbers."""
        self.ask("batchGetPhoneNumbers", path, body=body)

    @_operation("importPhoneNumbers")
    @rule(path=draws.agents, body=draws.import_bodies)
    def import_phone_numbers(self, path: Parameters, body: JsonObject) -> None:
        """Import several numbers."""
        self.ask("importPhoneNumbers", path, body=body)

    @_operation("importPhoneNumber")
    @rule(path=draws.new_number_paths, body=draws.import_settings)
    def import_phone_number(self, path: Parameters, body: JsonObject) -> None:
        """Import a number."""
        self.ask("importPhoneNumber", path, body=body)

    @_operation("reassignPhoneNumber")
    @rule(path=draws.number_paths, body=draws.bodies({"connectorId": draws.connectors}))
    def reassign_phone_number(self, path: Parameters, body: JsonObject) -> None:
        """Route a number to another connector."""
        self.ask("reassignPhoneNumber", path, body=body)

    @_operation("deletePhoneNumber")
    @rule(path=draws.number_paths)
    def delete_phone_number(self, path: Parameters) -> None:
        """Release a number."""
        self.ask("deletePhoneNumber", path)

    @_operation("deletePhoneNumbers")
    @rule(path=draws.agents, body=draws.bodies({"phoneNumbers": draws.number_batches}))
    def delete_phone_numbers(self, path: Parameters, body: JsonObject) -> None:
        """Release several numbers."""
        self.ask("deletePhoneNumbers", path, body=body)

    @_operation("triggerOutboundCall")
    @rule(path=draws.agents, body=draws.calls)
    def trigger_outbound_call(self, path: Parameters, body: JsonObject) -> None:
        """Trigger a call."""
        self.ask("triggerOutboundCall", path, body=body)

    @_operation("getOutboundCallStatus")
    @rule(path=draws.call_paths, query=st.fixed_dictionaries({"environment": draws.called_envs}))
    def get_outbound_call_status(self, path: Parameters, query: Parameters) -> None:
        """Get how a call stands."""
        self.ask("getOutboundCallStatus", path, query)

    # What goes wrong, and what passes

    @precondition(lambda self: self.client.has("request") and not self.faults)
    @rule(request=draws.broken_requests)
    def send_broken(self, request: ApiRequest) -> None:
        """Send what no client should: it is refused, and nothing changes."""
        answer = self.client.answer(request)
        self._unsure = True
        if answer.status not in request.statuses:
            right = " or ".join(map(str, request.statuses))
            raise AssertionError(f"{request!r} was answered with {answer.status}, where {right} is right")

    @precondition(lambda self: self.client.has("add_fault", "clear_faults"))
    @rule(operation=draws.operation_names, status=st.sampled_from((503, 500, 429)), applied=st.booleans())
    def fail_next(self, operation: str, status: int, applied: bool) -> None:
        """Let one operation answer with a status once, having been carried out or not."""
        self._add(Fault(operation=operation, status=status, applied=applied))

    @precondition(lambda self: self.client.has("add_fault", "clear_faults"))
    @rule(item=draws.connectors | draws.numbers)
    def fail_next_item(self, item: str) -> None:
        """Let a connector or a number fail in one batch."""
        self._add(Fault(item=item))

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
        """Every list has in it what it should, in order, and every call stands as it should.

        Nothing is asked after a step that could not change it: what is asked here is most of what a failure costs.
        """
        if not self._unsure:
            return
        self._unsure = False
        for agent in self.model.reachable:
            self._read("listConnectors", agent)
            self._read("listPhoneNumbers", agent)
        for row in list(self.model.connectors):
            routed = [it for it in self.model.numbers if it.connector_id == row.connector_id]
            if row.agent_id not in self.model.reachable or isinstance(row.connector_id, Minted):
                continue
            if routed != self._looked_at.get(row.connector_id):
                self._read("listPhoneNumbers", row.agent_id, {"connectorId": row.connector_id})
                if not self._unsure:
                    self._looked_at[row.connector_id] = routed
        for call in list(self.model.calls):
            if not isinstance(call.call_sid, Minted):
                query = {"environment": call.client_env}
                self._read("getOutboundCallStatus", call.agent_id, query, callSid=call.call_sid)

    def _read(self, operation: str, agent: str, query: Parameters | None = None, **path: str) -> None:
        if self.client.can(OPERATIONS[operation]):
            self.ask(operation, {"agentId": agent, **path}, query)

    def _add(self, fault: Fault) -> None:
        self.faults.add(fault)
        self.client.add_fault(fault.body)

    def ask(
        self, operation: str, path: Parameters, query: Parameters | None = None, body: JsonObject | None = None
    ) -> None:
        """Ask for an operation, and hold the answer against the model's."""
        request = ApiRequest(operation, path, query or {}, body)
        struck, failing = self.faults.strike(request)
        self._unsure |= struck is not None or not OPERATIONS[operation].reads
        answered = self.client.answer(request)
        if struck is None:
            expected = self.model.answer(request, failing)
        else:
            if struck.applied:
                self.model.answer(request, failing)
            expected = Answer(struck.status)
        wrong = differences(expected, answered, self.model.adopt)
        if wrong:  # not `assert`: pytest would add the asserted expression to the message
            raise AssertionError("\n".join([f"{request.method} {request.target}", *(f"  {line}" for line in wrong)]))
