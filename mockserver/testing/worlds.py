"""Whole worlds: seeds as plain data, of a chosen size, which every loader of seeds accepts."""

from hypothesis import strategies as st

from mockserver.state.accounts import OutboundCalling
from mockserver.testing.strategies import client_envs, connectors, phone_numbers, voices
from mockserver.testing.values import AccountSeed, AgentSeed, ClockSeed, Connector, OutcomeSeed, PhoneNumberSeed, World

API_KEY = "demo-key"
STOPPED: ClockSeed = {"frozenAt": "2026-07-02T10:00:00Z"}

_not_calling: st.SearchStrategy[OutboundCalling] = st.sampled_from(("not-configured", "unavailable"))


@st.composite
def worlds(
    draw: st.DrawFn,
    *,
    min_agents: int = 1,
    max_agents: int = 2,
    min_connectors: int = 0,
    max_connectors: int = 3,
    min_phone_numbers: int = 0,
    max_phone_numbers: int = 4,
    max_accounts: int = 2,
) -> World:
    """Return seeds: an account with the key `demo-key` and its agents, and perhaps others, whose agents it lacks.

    Agents are counted by account, connectors and numbers by agent. Time stands still at 10:00 on 2 July 2026, UTC.
    """
    sizes = [
        draw(st.integers(min_agents, max_agents))
        for _ in range(1 if max_accounts == 1 else draw(st.integers(1, max_accounts)))
    ]
    used_ids: set[str] = set()
    used_numbers: set[str] = set()
    accounts: list[AccountSeed] = []
    agent_number = 0
    for index, size in enumerate(sizes, 1):
        agents: list[AgentSeed] = []
        for _ in range(size):
            agent_number += 1
            agent_id = f"PROJECT-{agent_number}"
            owned = draw(
                st.lists(
                    connectors(f"ws-{index}", agent_id).filter(lambda it: it["connectorId"] not in used_ids),
                    min_size=min_connectors,
                    max_size=max_connectors,
                    unique_by=lambda it: it["connectorId"],
                )
            )
            used_ids.update(it["connectorId"] for it in owned)
            numbers = draw(
                st.lists(
                    phone_numbers().filter(lambda it: it not in used_numbers),
                    min_size=min_phone_numbers,
                    max_size=max_phone_numbers,
                    unique=True,
                )
            )
            used_numbers.update(numbers)
            agents.append(_agent(draw, agent_id, owned, list(numbers)))
        account: AccountSeed = {"accountId": f"ws-{index}", "agents": agents}
        accounts.append({**account, "apiKeys": [{"key": API_KEY if index == 1 else f"{API_KEY}-{index}"}]})
    world: World = {"accounts": accounts, "clock": {**STOPPED}}
    if outcomes := draw(st.dictionaries(phone_numbers(), _outcomes(), max_size=2)):
        world["outboundCalls"] = {str(number): outcome for number, outcome in outcomes.items()}
    if rejected := draw(st.lists(voices, max_size=1)):
        world["rejectedVoices"] = rejected
    return world


def _agent(draw: st.DrawFn, agent_id: str, owned: list[Connector], numbers: list[str]) -> AgentSeed:
    agent: AgentSeed = {"agentId": agent_id}
    if calling := draw(st.dictionaries(client_envs, _not_calling, max_size=1)):
        agent["outboundCalling"] = calling
    if owned:
        agent["connectors"] = owned
    if numbers:
        agent["phoneNumbers"] = [_number(draw, number, owned) for number in numbers]
    return agent


def _number(draw: st.DrawFn, number: str, owned: list[Connector]) -> PhoneNumberSeed:
    connector = draw(st.sampled_from([*owned, *owned, None]))
    if connector is None:
        return {"number": number, "clientEnv": draw(client_envs)}
    return {"number": number, "clientEnv": connector["clientEnv"], "connectorId": connector["connectorId"]}


@st.composite
def _outcomes(draw: st.DrawFn) -> OutcomeSeed:
    failed = draw(st.booleans())
    return {
        "status": "FAILURE" if failed else "SUCCESS",
        "reason": draw(st.sampled_from(("busy", "no answer"))) if failed else "",
        "queuedSeconds": draw(st.sampled_from((0.0, 2.0, 60.0))),
        "callingSeconds": draw(st.sampled_from((0.0, 10.0, 60.0))),
    }
