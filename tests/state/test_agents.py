"""Agents on the state alone: created, copied, and deleted with all that they own."""

from datetime import UTC, datetime

import pytest

from mockserver import seeds
from mockserver.errors import ApiError, Err
from mockserver.state.accounts import Account, Agent, ApiKey
from mockserver.state.agents import create_agent, delete_agent, duplicate_agent, list_agents
from mockserver.state.catalogue import record_types
from mockserver.state.connectors import Connector
from mockserver.state.phone_numbers import PhoneNumber
from mockserver.state.state import State
from tests.client import AGENT, OTHER_AGENT
from tests.state.invariants import broken_invariants

NOW = datetime(2026, 7, 2, 10, tzinfo=UTC)
ACCOUNT = "ws-fd112d8f"


def the_agent(state: State, agent_id: str = AGENT) -> Agent:
    """Return an agent of the seed."""
    agent = state[Agent].get(agent_id)
    assert agent is not None
    return agent


def test_a_created_agent_owns_nothing_and_is_listed_last(state: State) -> None:
    created = create_agent(state, ACCOUNT, "Night desk", None, NOW)
    assert created.agent_id.startswith("PROJECT-")
    assert (created.created_at, created.updated_at) == (NOW, NOW)
    key, account = state[ApiKey].get("demo-key"), state[Account].get(ACCOUNT)
    assert key is not None
    assert account is not None
    assert list_agents(state, key, account)[-1] is created
    assert broken_invariants(state) == []


@pytest.mark.parametrize(
    ("agent_id", "err"),
    [
        (AGENT, Err.PROJECT_ID_ALREADY_EXISTS),
        ("acme-sales", Err.PROJECT_ID_ALREADY_EXISTS),
        ("a b", Err.PROJECT_ID_INVALID),
        ("", Err.PROJECT_ID_INVALID),
    ],
)
def test_an_agent_with_an_impossible_id_is_not_created(state: State, agent_id: str, err: Err) -> None:
    with pytest.raises(ApiError) as raised:
        create_agent(state, ACCOUNT, "x", agent_id, NOW)
    assert raised.value.err is err
    with pytest.raises(ApiError) as raised:
        duplicate_agent(state, the_agent(state), "x", agent_id, NOW)
    assert raised.value.err is err
    assert state.differences() == []


def test_a_copy_has_the_variants_and_nothing_of_the_telephony() -> None:
    state = seeds.load("demo")
    agent = the_agent(state)
    copy = duplicate_agent(state, agent, "Copy", "copy-1", NOW)
    assert (copy.variant_ids, copy.slug, copy.outbound_calling) == (agent.variant_ids, None, {})
    assert [(change.table, change.key) for change in state.differences()] == [("agents", "copy-1")]


def test_a_deleted_agent_leaves_nothing_and_its_id_is_free(state: State) -> None:
    delete_agent(state, the_agent(state))
    for declared in record_types():
        assert [row for row in state[declared] if getattr(row, "agent_id", None) == AGENT] == []
    assert len(state[Connector].where("agent_id", OTHER_AGENT)) == 1
    assert broken_invariants(state) == []
    create_agent(state, ACCOUNT, "Again", AGENT, NOW)
    assert state[PhoneNumber].where("agent_id", AGENT) == []


def test_a_key_that_was_limited_to_a_deleted_agent_reaches_none_of_that_id(state: State) -> None:
    delete_agent(state, the_agent(state))
    limited = state[ApiKey].get("support-only")
    assert limited is not None
    assert limited.agent_ids == ()
    assert not limited.reaches(create_agent(state, ACCOUNT, "Again", AGENT, NOW))


def test_times_are_exported_only_where_they_are_not_the_default(state: State) -> None:
    create_agent(state, ACCOUNT, "Night desk", "night-desk", NOW)
    first, *_, created = seeds.export(state)["accounts"][0]["agents"]
    assert set(first) == {"agentId", "slug", "name", "connectors", "phoneNumbers"}
    assert created == {"agentId": "night-desk", "name": "Night desk", "createdAt": "2026-07-02T10:00:00Z"}
    assert list(seeds.load_data(seeds.export(state))[Agent]) == list(state[Agent])
