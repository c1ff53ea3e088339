"""Whatever is asked of a world: seeds are read back, refusals leave no trace, forks stay apart, diffs say it all."""

from contextlib import closing

from hypothesis import given, settings
from hypothesis import strategies as st

from mockserver import seeds
from mockserver.state.accounts import Agent
from mockserver.state.connectors import Connector
from mockserver.state.outbound_calls import OutboundCall
from mockserver.state.phone_numbers import PhoneNumber
from mockserver.state.state import State
from mockserver.testing import ApiRequest, World, api_requests, worlds
from tests.state.invariants import broken_invariants
from tests.testing.adapters import AsgiAdapter, EngineAdapter

FEW = settings(max_examples=30, deadline=None)


@st.composite
def conversations(draw: st.DrawFn) -> tuple[World, list[ApiRequest]]:
    """Return a world and requests that make sense in it, at least at first."""
    world = draw(worlds(min_connectors=1, min_phone_numbers=1))
    return world, draw(st.lists(api_requests(world, broken=False), min_size=1, max_size=8))


def after(world: World, requests: list[ApiRequest]) -> EngineAdapter:
    """Return an engine that has been asked."""
    adapter = EngineAdapter()
    adapter.start(world)
    for request in requests:
        adapter.request(request)
    return adapter


def records(state: State) -> object:
    """Return all that a state holds, in the order in which it lists it, without what is not a record."""
    return {table.name: list(table) for table in state.tables()}


@FEW
@given(worlds())
def test_what_a_seed_says_of_a_connector_or_a_number_is_what_the_api_answers(world: World) -> None:
    adapter = after(world, [])
    account = world["accounts"][0]
    for agent in account["agents"]:
        path = {"agentId": agent["agentId"]}
        owner = {"accountId": account["accountId"], "projectId": agent["agentId"]}
        assert adapter.request(ApiRequest("listConnectors", path)).body == {"connectors": agent.get("connectors", [])}
        assert adapter.request(ApiRequest("listPhoneNumbers", path)).body == {
            "phoneNumbers": [{**row, **owner} for row in agent.get("phoneNumbers", [])]
        }


@FEW
@given(st.data())
def test_a_refused_request_leaves_no_trace(data: st.DataObject) -> None:
    world = data.draw(worlds(min_connectors=1, min_phone_numbers=1))
    broken = api_requests(world, broken=True).filter(lambda request: min(request.statuses) >= 400)
    with closing(AsgiAdapter()) as adapter:
        adapter.start(world)
        state = adapter.app.state.worlds.default.state
        for request in data.draw(st.lists(broken, min_size=1, max_size=5)):
            before = records(state)
            answer = adapter.request(request)
            assert answer.status in request.statuses
            assert set(answer.body or ()) == {"success", "error", "error_id", "error_code", "error_message", "data"}
            assert records(state) == before
        assert broken_invariants(state) == []


@FEW
@given(conversations())
def test_a_state_that_is_saved_and_loaded_is_the_same(conversation: tuple[World, list[ApiRequest]]) -> None:
    state = after(*conversation).world.state
    loaded = seeds.load_text(seeds.dump_yaml(seeds.export(state)).decode())
    assert seeds.export(loaded) == seeds.export(state)
    assert listed(loaded) == listed(state)


def listed(state: State) -> dict[str, object]:
    """Return what each agent owns, in the order in which the API lists it."""
    return {
        f"{table.name} of {agent.agent_id}": table.where("agent_id", agent.agent_id)
        for agent in state[Agent]
        for table in (state[Connector], state[PhoneNumber], state[OutboundCall])
    }


@FEW
@given(conversations(), st.data())
def test_forks_are_independent(conversation: tuple[World, list[ApiRequest]], data: st.DataObject) -> None:
    world, requests = conversation
    adapter = after(world, requests)
    adapter.world.take_snapshot("before")
    before = records(adapter.world.snapshots["before"])
    for request in data.draw(st.lists(api_requests(world), max_size=8)):
        adapter.request(request)
    assert records(adapter.world.snapshots["before"]) == before
    assert records(adapter.world.seed) == records(seeds.load_data(world))
    adapter.world.restore_snapshot("before")
    assert records(adapter.world.state) == before
    assert broken_invariants(adapter.world.state) == []


@FEW
@given(conversations())
def test_the_diff_applied_to_the_seed_gives_the_state(conversation: tuple[World, list[ApiRequest]]) -> None:
    state = after(*conversation).world.state
    rebuilt = seeds.load_data(conversation[0]).fork()
    tables = {table.name: table for table in rebuilt.tables()}
    for change in state.differences():
        if change.after is None:
            tables[change.table].pop(change.key)
        else:
            tables[change.table].put(change.after)
    assert records(rebuilt) == records(state)
    assert broken_invariants(rebuilt) == []
