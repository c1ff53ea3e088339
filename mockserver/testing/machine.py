"""The state machine: operations in any order, whose every answer the reference model foretells."""

from collections.abc import Callable, Mapping
from typing import TypeVar

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from mockserver.state.records import ClientEnv
from mockserver.testing import pools, strategies
from mockserver.testing.adapter import Adapter
from mockserver.testing.comparison import differences
from mockserver.testing.faults import Fault, Faults
from mockserver.testing.model import Model
from mockserver.testing.operations import OPERATIONS
from mockserver.testing.requests import Answer, ApiRequest
from mockserver.testing.values import BatchUpdateItem, ConnectorUpdate, JsonObject, World
from mockserver.testing.worlds import worlds

Rule = TypeVar("Rule", bound=Callable[..., None])

envs = strategies.client_envs


def _operation(name: str) -> Callable[[Rule], Rule]:
    """Leave a rule out where the adapter cannot ask for its operation."""
    needed = OPERATIONS[name]
    return precondition(lambda machine: machine.client.can(needed))  # type: ignore[attr-defined,no-any-return]


class TelephonyMachine(RuleBasedStateMachine):
    """Asks a client, by an adapter, for every telephony operation in any order, and compares it with the model.

    A subclass says what `adapter` to use, and may choose other `worlds` to begin with.
    """

    worlds: st.SearchStrategy[World] = worlds()

    def adapter(self) -> Adapter:
        """Return the adapter of one example; it is started, and closed at the end."""
        raise NotImplementedError(f"{type(self).__name__} needs a method adapter(), which returns an Adapter")

    def __init__(self) -> None:
        super().__init__()
        self.client = self.adapter()
        self.faults = Faults()

    @initialize(world=pools.worlds)
    def start(self, world: World) -> None:
        """Begin anew with a world."""
        self.model = Model(world)
        self.refused = pools.refused_requests(world)
        self.client.start(world)

    def teardown(self) -> None:
        """End the example."""
        self.client.close()

    # Connectors

    @_operation("listConnectors")
    @rule(agent=pools.agents)
    def list_connectors(self, agent: str) -> None:
        self.ask("listConnectors", agent)

    @_operation("getConnector")
    @rule(agent=pools.agents, connector=pools.connectors)
    def get_connector(self, agent: str, connector: str) -> None:
        self.ask("getConnector", agent, {"connectorId": connector})

    @_operation("batchGetConnectors")
    @rule(agent=pools.agents, connectors=st.lists(pools.connectors, min_size=1, max_size=4))
    def batch_get_connectors(self, agent: str, connectors: list[str]) -> None:
        self.ask("batchGetConnectors", agent, body={"connectorIds": connectors})

    @_operation("lookupConnector")
    @rule(agent=pools.agents, number=pools.any_numbers)
    def lookup_connector(self, agent: str, number: str) -> None:
        self.ask("lookupConnector", agent, body={"phoneNumber": number})

    @_operation("updateConnector")
    @rule(agent=pools.agents, connector=pools.connectors, update=pools.updates)
    def update_connector(self, agent: str, connector: str, update: ConnectorUpdate) -> None:
        self.ask("updateConnector", agent, {"connectorId": connector}, body=update)

    @_operation("batchUpdateConnectors")
    @rule(agent=pools.agents, updates=st.lists(pools.update_items, min_size=1, max_size=4))
    def batch_update_connectors(self, agent: str, updates: list[BatchUpdateItem]) -> None:
        self.ask("batchUpdateConnectors", agent, body={"updates": updates})

    @_operation("deleteConnector")
    @rule(agent=pools.agents, connector=pools.connectors)
    def delete_connector(self, agent: str, connector: str) -> None:
        self.ask("deleteConnector", agent, {"connectorId": connector})

    # Phone numbers

    @_operation("listPhoneNumbers")
    @rule(agent=pools.agents, connector=st.none() | pools.connectors)
    def list_phone_numbers(self, agent: str, connector: str | None) -> None:
        self.ask("listPhoneNumbers", agent, query={} if connector is None else {"connectorId": connector})

    @_operation("getPhoneNumber")
    @rule(agent=pools.agents, number=pools.in_path(pools.any_numbers))
    def get_phone_number(self, agent: str, number: str) -> None:
        self.ask("getPhoneNumber", agent, {"phoneNumber": number})

    @_operation("batchGetPhoneNumbers")
    @rule(agent=pools.agents, numbers=st.lists(pools.numbers, min_size=1, max_size=4) | st.lists(pools.any_numbers, min_size=1, max_size=4))
    def batch_get_phone_numbers(self, agent: str, numbers: list[str]) -> None:
        self.ask("batchGetPhoneNumbers", agent, body={"phoneNumbers": numbers})

    @_operation("importPhoneNumbers")
    @rule(agent=pools.agents, numbers=st.lists(pools.fresh_numbers, min_size=1, max_size=3), env=st.none() | envs)
    def import_phone_numbers(self, agent: str, numbers: list[str], env: ClientEnv | None) -> None:
        self.ask("importPhoneNumbers", agent, body=_given(phoneNumbers=numbers, clientEnv=env))

    @_operation("importPhoneNumber")
    @rule(
        agent=pools.agents,
        number=pools.in_path(pools.fresh_numbers),
        env=st.none() | envs,
        connector=st.none() | pools.connectors,
    )
    def import_phone_number(self, agent: str, number: str, env: ClientEnv | None, connector: str | None) -> None:
        self.ask("importPhoneNumber", agent, {"phoneNumber": number}, body=_given(clientEnv=env, connectorId=connector))

    @_operation("reassignPhoneNumber")
    @rule(agent=pools.agents, number=pools.in_path(pools.any_numbers), connector=pools.connectors)
    def reassign_phone_number(self, agent: str, number: str, connector: str) -> None:
        self.ask("reassignPhoneNumber", agent, {"phoneNumber": number}, body={"connectorId": connector})

    @_operation("deletePhoneNumber")
    @rule(agent=pools.agents, number=pools.in_path(pools.any_numbers))
    def delete_phone_number(self, agent: str, number: str) -> None:
        self.ask("deletePhoneNumber", agent, {"phoneNumber": number})

    @_operation("deletePhoneNumbers")
    @rule(agent=pools.agents, numbers=st.lists(pools.any_numbers, min_size=1, max_size=4))
    def delete_phone_numbers(self, agent: str, numbers: list[str]) -> None:
        self.ask("deletePhoneNumbers", agent, body={"phoneNumbers": numbers})

    # Outbound calls

    @_operation("triggerOutboundCall")
    @rule(agent=pools.agents, number=pools.callees, env=envs, variant=st.none() | strategies.variants)
    def trigger_outbound_call(self, agent: str, number: str, env: ClientEnv, variant: str | None) -> None:
        self.ask("triggerOutboundCall", agent, body=_given(toNumber=number, environment=env, variantId=variant))

    @_operation("getOutboundCallStatus")
    @rule(agent=pools.agents, call=pools.call_sids, env=envs)
    def get_outbound_call_status(self, agent: str, call: str, env: ClientEnv) -> None:
        self.ask("getOutboundCallStatus", agent, {"callSid": call}, query={"environment": env})

    # What goes wrong, and what passes

    @precondition(lambda self: self.client.has("request") and not self.faults)
    @rule(request=pools.broken_requests)
    def send_broken(self, request: ApiRequest) -> None:
        """Send what no client should: it is refused, and nothing changes."""
        answer = self.client.answer(request)
        assert answer.status in request.statuses, (
            f"{request!r} was answered with {answer.status}, where {' or '.join(map(str, request.statuses))} is right"
        )

    @precondition(lambda self: self.client.has("add_fault", "clear_faults"))
    @rule(operation=pools.operation_names, status=st.sampled_from((503, 500, 429)), applied=st.booleans())
    def fail_next(self, operation: str, status: int, applied: bool) -> None:
        """Let one operation answer with a status once, having been carried out or not."""
        self._add(Fault(operation=operation, status=status, applied=applied))

    @precondition(lambda self: self.client.has("add_fault", "clear_faults"))
    @rule(item=pools.connectors | pools.numbers)
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
    @rule(seconds=st.sampled_from((2, 10, 60, 7200)))
    def advance_clock(self, seconds: int) -> None:
        """Let time pass."""
        self.client.advance_clock(seconds)
        self.model.pass_time(seconds)

    # Always

    @invariant()
    def lists_agree(self) -> None:
        """Every list of every agent that the key reaches has in it what it should, in order."""
        for agent in self.model.agents:
            self._read("listConnectors", agent)
            self._read("listPhoneNumbers", agent)
        for row in list(self.model.connectors):
            self._read("listPhoneNumbers", row.agent_id, {"connectorId": row.connector_id})

    def _read(self, operation: str, agent: str, query: Mapping[str, str] | None = None) -> None:
        if self.client.can(OPERATIONS[operation]):
            self.ask(operation, agent, query=query)

    def _add(self, fault: Fault) -> None:
        self.faults.add(fault)
        self.client.add_fault(fault.body)

    def ask(
        self,
        operation: str,
        agent: str,
        path: Mapping[str, str] | None = None,
        *,
        query: Mapping[str, str] | None = None,
        body: JsonObject | None = None,
    ) -> None:
        """Ask for an operation, and hold the answer against the model's."""
        request = ApiRequest(operation, {"agentId": agent, **(path or {})}, query or {}, body)
        struck, failing = self.faults.strike(request)
        answered = self.client.answer(request)
        if struck is None:
            expected = self.model.answer(request, failing)
        else:
            if struck.applied:
                self.model.answer(request, failing)
            expected = Answer(struck.status)
        wrong = differences(expected, answered, self.model.adopt)
        assert not wrong, "\n".join([f"{request.method} {request.target}", *(f"  {line}" for line in wrong)])


def _given(**fields: object) -> JsonObject:
    """Return the fields that are not None."""
    return {name: value for name, value in fields.items() if value is not None}
