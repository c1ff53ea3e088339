"""Worlds: complete seeds of a chosen size, as plain data, and what each resource adds to them."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from itertools import count
from typing import Any, Literal

from hypothesis import strategies as st

from mockserver.testing.values import STOPPED, JsonObject, World

API_KEY = "demo-key"

Rows = Callable[[str, JsonObject], st.SearchStrategy[JsonObject]]
Settings = Mapping[str, st.SearchStrategy[object]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Resource:
    """Records of an owner: where they are in its seed, and the name of their id.

    `owner` is what has them: each agent, or each account. `rows` draws one, given the account's id and what else is in
    the owner's seed; nothing if there can be none. `agent` and `world` are settings of an agent and of the whole world,
    which are left out where empty.
    """

    owner: Literal["agents", "accounts"] = "agents"
    records: str
    key: str
    rows: Rows
    max_size: int = 3
    agent: Settings = field(default_factory=dict)
    world: Settings = field(default_factory=dict)


# By module name, which is also that of the sizes of `worlds()`; each module enters itself when it is imported.
RESOURCES: dict[str, Resource] = {}


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
    agent_ids = map("PROJECT-{}".format, count(1))

    def add_records(kind: str, owner: dict[str, Any], account_id: str) -> None:
        for name, resource in RESOURCES.items():
            if kind == "agents":
                owner |= _settings(draw, resource.agent)
            rows = resource.rows(account_id, owner) if resource.owner == kind else st.nothing()
            if not rows.is_empty and (drawn := draw(_unique(rows, resource.key, taken[name], *bounds[name]))):
                taken[name].update(row[resource.key] for row in drawn)
                owner[resource.records] = drawn

    accounts = []
    for index in range(1, draw(st.integers(1, max_accounts)) + 1):
        account_id = f"ws-{index}"
        agents: list[dict[str, Any]] = []
        for _ in range(draw(st.integers(min_agents, max_agents))):
            agents.append({"agentId": next(agent_ids)})
            add_records("agents", agents[-1], account_id)
        key = {"key": API_KEY if index == 1 else f"{API_KEY}-{index}"}
        accounts.append({"accountId": account_id, "agents": agents, "apiKeys": [key]})
        add_records("accounts", accounts[-1], account_id)
    world: dict[str, Any] = {"accounts": accounts, "clock": {**STOPPED}}
    for resource in RESOURCES.values():
        world |= _settings(draw, resource.world)
    return World(world)


def _unique(
    rows: st.SearchStrategy[JsonObject], key: str, taken: set[object], min_size: int, max_size: int
) -> st.SearchStrategy[list[JsonObject]]:
    """Return lists of records with ids that no other owner has."""
    rows = rows.filter(lambda row: row[key] not in taken)
    return st.lists(rows, min_size=min_size, max_size=max_size, unique_by=lambda row: row[key])


def _settings(draw: st.DrawFn, settings: Settings) -> JsonObject:
    """Return the settings that are not empty."""
    return {name: drawn for name, strategy in settings.items() if (drawn := draw(strategy))}
