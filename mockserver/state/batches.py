"""Batches: what the operations on several keys share."""

from collections.abc import Iterable
from typing import TypeVar

from mockserver.state.accounts import AgentRecord
from mockserver.state.state import State

Owned = TypeVar("Owned", bound=AgentRecord)


def batch_get(state: State, declared: type[Owned], agent_id: str, keys: list[str]) -> tuple[list[Owned], list[str]]:
    """Return the agent's records of some keys and the keys not found, both in the order asked."""
    if state.policies.duplicate_gets == "collapse":
        keys = unique(keys)
    rows = state[declared].get_all(keys)
    found = [row for row in rows if row is not None and row.agent_id == agent_id]
    if len(found) == len(keys):
        return found, []
    return found, [key for key, row in zip(keys, rows, strict=True) if row is None or row.agent_id != agent_id]


def unique(items: Iterable[str]) -> list[str]:
    """Return the items without repetition, in the order first seen."""
    return list(dict.fromkeys(items))
