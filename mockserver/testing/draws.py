"""What the rules of the state machine draw from: mostly what its world holds at the moment, and some that it does not.

They look at the running machine when they draw, so that a failing example is printed with plain values.
"""

from collections.abc import Callable, Iterable, Sequence
from typing import Protocol, TypeVar

from hypothesis import strategies as st

from mockserver.testing.api_requests import api_requests
from mockserver.testing.flaws import path_segments
from mockserver.testing.model import Model
from mockserver.testing.model_state import Minted
from mockserver.testing.operations import OPERATIONS
from mockserver.testing.requests import ApiRequest
from mockserver.testing.strategies import (
    UNKNOWN_CONNECTOR,
    connector_updates,
    invalid_phone_numbers,
    phone_numbers,
    refused_updates,
)
from mockserver.testing.values import JsonObject

T = TypeVar("T")
Value = st.SearchStrategy[object]
Body = st.SearchStrategy[JsonObject]
Path = st.SearchStrategy[dict[str, str]]


class Runner(Protocol):
    """A state machine that has begun."""

    worlds: st.SearchStrategy[JsonObject]
    refused: st.SearchStrategy[ApiRequest]
    model: Model


def refused_requests(world: JsonObject) -> st.SearchStrategy[ApiRequest]:
    """Return requests that a world refuses, whatever else has happened to it."""
    requests = api_requests(
        world, operations=("listConnectors", "importPhoneNumbers", "importPhoneNumber"), broken=True
    )
    return requests.filter(lambda request: min(request.statuses) >= 400 and request.flaw != "imported-number")


def _now(strategy: Callable[[Runner], st.SearchStrategy[T]]) -> st.SearchStrategy[T]:
    return st.runner().flatmap(strategy)


def _rarely(rare: st.SearchStrategy[T], usual: st.SearchStrategy[T], once_in: int) -> st.SearchStrategy[T]:
    """Return what is usual, and once in so many draws what is rare."""
    return st.integers(1, once_in).flatmap(lambda draw: rare if draw == once_in else usual)


def _mostly(known: Iterable[T], others: Sequence[T]) -> st.SearchStrategy[T]:
    """Return one of `known`, and every now and then one of `others`."""
    usual = [it for it in known if not isinstance(it, Minted)]
    return _rarely(st.sampled_from(others), st.sampled_from(usual or others), 6)


def _in_place(name: str, rows: Callable[[Model], Sequence[tuple[str, str]]], *unknown: str) -> Path:
    """Return path parameters: agents with what they own, and every now and then with what they do not."""

    def strategy(machine: Runner) -> Path:
        model = machine.model
        owned = [(agent, it) for agent, it in rows(model) if not isinstance(it, Minted)]
        names = dict.fromkeys([*(it for _, it in owned), *unknown])
        strange = [(agent, it) for agent in model.agents for it in names if (agent, it) not in owned]
        pairs = _rarely(st.sampled_from(strange), st.sampled_from(owned or strange), 5)
        return pairs.map(lambda pair: {"agentId": pair[0], name: pair[1]})

    return _now(strategy)


FRESH_NUMBERS = tuple(f"+44207946010{digit}" for digit in range(6))
NO_CALL = f"OUT-{'0' * 8}-0000-4000-8000-{'0' * 12}"

worlds = _now(lambda machine: machine.worlds)
broken_requests = _now(lambda machine: machine.refused)
operation_names = st.sampled_from(tuple(OPERATIONS))

agents: Path = _now(
    lambda machine: _mostly(machine.model.reachable, list(machine.model.agents)).map(lambda agent: {"agentId": agent})
)
connector_paths = _in_place(
    "connectorId", lambda model: [(row.agent_id, row.connector_id) for row in model.connectors], UNKNOWN_CONNECTOR
)
number_paths = _in_place(
    "phoneNumber", lambda model: [(row.agent_id, row.number) for row in model.numbers], FRESH_NUMBERS[0], "nonsense"
)
call_paths = _in_place("callSid", lambda model: [(row.agent_id, row.call_sid) for row in model.calls], NO_CALL, "OUT-1")

connectors = _now(lambda machine: _mostly([row.connector_id for row in machine.model.connectors], [UNKNOWN_CONNECTOR]))
numbers = _now(lambda machine: _mostly([row.number for row in machine.model.numbers], FRESH_NUMBERS[:2]))
invalid_numbers = invalid_phone_numbers().map(str)
any_numbers = _rarely(st.one_of(phone_numbers(), invalid_numbers), numbers, 6)
new_numbers = _rarely(st.one_of(numbers, invalid_numbers), st.sampled_from(FRESH_NUMBERS), 12)
new_number_paths: Path = st.builds(
    lambda path, number: {**path, "phoneNumber": number}, agents, path_segments(new_numbers)
)
callees = _now(lambda machine: _mostly([*machine.model.outcomes, FRESH_NUMBERS[0]], ["nonsense"]))
called_envs = _now(lambda machine: _mostly([row.client_env for row in machine.model.calls], ["live", "sandbox"]))
serving_envs = _now(lambda machine: _mostly([row.client_env for row in machine.model.connectors], ["pre-release"]))
variants_there = _now(lambda machine: _mostly([row.variant_id for row in machine.model.connectors], ["VARIANT-0"]))

moves = _now(lambda machine: st.sampled_from(machine.model.reachable)).map(lambda agent: {"projectId": agent})
accepted = st.one_of(connector_updates(), moves, _now(lambda machine: connector_updates(machine.model.reachable)))
updates = _rarely(refused_updates() | _now(lambda machine: connector_updates(list(machine.model.agents))), accepted, 5)
update_items: Body = st.builds(lambda connector, update: {"connectorId": connector, **update}, connectors, updates)


def bodies(required: dict[str, Value], **optional: Value) -> Body:
    """Return bodies with these fields."""
    return st.fixed_dictionaries(required, optional=optional)


def some(items: st.SearchStrategy[T]) -> st.SearchStrategy[list[T]]:
    """Return batches."""
    return st.lists(items, min_size=1, max_size=4)


number_batches = st.one_of(some(numbers), some(any_numbers))
import_bodies = bodies({"phoneNumbers": some(new_numbers)}, clientEnv=serving_envs)
import_settings = bodies({}, clientEnv=serving_envs, connectorId=connectors)
calls = bodies({"toNumber": callees, "environment": serving_envs}, variantId=variants_there)
