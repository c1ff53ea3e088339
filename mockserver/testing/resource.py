"""Resource declarations: what each module of `mockserver.testing.resources` adds to a world."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Literal

from hypothesis import strategies as st

from mockserver.testing.values import JsonObject

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
