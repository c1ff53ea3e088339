"""Worlds: complete seeds of a chosen size, as plain data."""

from itertools import count

from hypothesis import strategies as st

from mockserver.testing.resource import RESOURCES, Resource, Settings
from mockserver.testing.tables import STOPPED
from mockserver.testing.values import JsonObject, World

API_KEY = "demo-key"


@st.composite
def worlds(
    draw: st.DrawFn, /, *, min_agents: int = 1, max_agents: int = 2, max_accounts: int = 2, **sizes: int
) -> World:
    """Return seeds: an account with the key `demo-key` and its agents, and perhaps others, whose agents it lacks.

    Agents are counted by account, and the records of each resource by their owner: `sizes` are `min_` and `max_` with
    its name. Time stands still at 10:00 on 2 July 2026, UTC. TypeError is raised for a name that is not a resource's.
    """
    bounds = {
        name: (sizes.pop(f"min_{name}", 0), sizes.pop(f"max_{name}", resource.max_size))
        for name, resource in RESOURCES.items()
    }
    if sizes:
        raise TypeError(f"worlds() has no {', '.join(sizes)}; it has min_… and max_… of agents, {', '.join(bounds)}")
    taken: dict[str, set[object]] = {name: set() for name in bounds}
    accounts: list[JsonObject] = []
    agent_ids = map("PROJECT-{}".format, count(1))
    for index in range(1, draw(st.integers(1, max_accounts)) + 1):
        account_id = f"ws-{index}"
        agents: list[JsonObject] = []
        for _ in range(draw(st.integers(min_agents, max_agents))):
            agent: dict[str, object] = {"agentId": next(agent_ids)}
            for name, resource in RESOURCES.items():
                agent |= _settings(draw, resource.agent)
                if resource.owner == "agents":
                    agent |= _records(draw, resource, account_id, agent, bounds[name], taken[name])
            agents.append(agent)
        key = {"key": API_KEY if index == 1 else f"{API_KEY}-{index}"}
        account: dict[str, object] = {"accountId": account_id, "agents": agents, "apiKeys": [key]}
        for name, resource in RESOURCES.items():
            if resource.owner == "accounts":
                account |= _records(draw, resource, account_id, account, bounds[name], taken[name])
        accounts.append(account)
    world: dict[str, object] = {"accounts": accounts, "clock": {**STOPPED}}
    for resource in RESOURCES.values():
        world |= _settings(draw, resource.world)
    return World(world)


def _records(
    draw: st.DrawFn,
    resource: Resource,
    account_id: str,
    owner: JsonObject,
    bounds: tuple[int, int],
    taken: set[object],
) -> JsonObject:
    """Return an owner's records, with ids that no other owner has; nothing without any."""
    rows = resource.rows(account_id, owner)
    if rows.is_empty:
        return {}
    rows = rows.filter(lambda row: row[resource.key] not in taken)
    drawn = draw(st.lists(rows, min_size=bounds[0], max_size=bounds[1], unique_by=lambda row: row[resource.key]))
    taken.update(row[resource.key] for row in drawn)
    return {resource.records: drawn} if drawn else {}


def _settings(draw: st.DrawFn, settings: Settings) -> JsonObject:
    """Return the settings that are not empty."""
    return {name: drawn for name, strategy in settings.items() if (drawn := draw(strategy))}
