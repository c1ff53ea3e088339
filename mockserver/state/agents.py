"""Agents: listed, created, duplicated, and deleted with everything that they own."""

from dataclasses import replace
from datetime import datetime

from mockserver.errors import ApiError, Err
from mockserver.state.accounts import Account, Agent, AgentRecord, ApiKey, find_agent
from mockserver.state.catalogue import record_types
from mockserver.state.state import State
from mockserver.values.kinds import ID, Pattern

NEW_AGENT_ID = Pattern("[a-zA-Z0-9-]+", "agent id", "letters, digits and hyphens")


def list_agents(state: State, key: ApiKey, account: Account) -> list[Agent]:
    """Return the account's agents that the key reaches, in order of creation (assumed)."""
    return [agent for agent in state[Agent].where("account_id", account.account_id) if key.reaches(agent)]


def create_agent(state: State, account_id: str, name: str, agent_id: str | None, now: datetime) -> Agent:
    """Create an agent and return it; without `agent_id` it gets a generated one.

    Raises PROJECT_ID_INVALID, then PROJECT_ID_ALREADY_EXISTS for an id or slug that an agent of any account has
    (codes documented, their use here assumed).
    """
    if agent_id is None:
        agent_id = _fresh_agent_id(state)
    elif NEW_AGENT_ID.matches(agent_id) is None or ID.matches(agent_id) is None:
        raise ApiError(Err.PROJECT_ID_INVALID, why=f"{agent_id[:100]!r} {NEW_AGENT_ID.wrong}")
    elif find_agent(state, agent_id) is not None:
        raise ApiError(Err.PROJECT_ID_ALREADY_EXISTS, why=f"{agent_id} is the id or the slug of an agent")
    position = state[Agent].next_position()
    agent = Agent(
        agent_id=agent_id, account_id=account_id, name=name, created_at=now, updated_at=now, position=position
    )
    state[Agent].put(agent)
    return agent


def duplicate_agent(state: State, agent: Agent, name: str, agent_id: str | None, now: datetime) -> Agent:
    """Create an agent with the variants of another one, but nothing of its telephony (assumed), and return it.

    Raises as `create_agent` does.
    """
    copy = replace(create_agent(state, agent.account_id, name, agent_id, now), variant_ids=agent.variant_ids)
    state[Agent].put(copy)
    return copy


def delete_agent(state: State, agent: Agent) -> None:
    """Delete an agent with everything that it owns; its id is free afterwards (assumed)."""
    for declared in record_types():
        if issubclass(declared, AgentRecord):
            table = state[declared]
            for row in table.where("agent_id", agent.agent_id):
                table.pop(table.key_of(row))
    for key in state[ApiKey].where("account_id", agent.account_id):
        if key.agent_ids is not None and agent.agent_id in key.agent_ids:
            remaining = tuple(it for it in key.agent_ids if it != agent.agent_id)
            state[ApiKey].put(replace(key, agent_ids=remaining))
    state[Agent].pop(agent.agent_id)


def _fresh_agent_id(state: State) -> str:
    while find_agent(state, agent_id := f"PROJECT-{state.mint.alphanumeric('agents', 8)}") is not None:
        pass
    return agent_id
