"""What the rules of the state machine draw from: what its world holds at the moment, and some that it does not."""

from collections.abc import Callable
from typing import Protocol

from hypothesis import strategies as st

from mockserver.testing.api_requests import api_requests
from mockserver.testing.flaws import path_segments
from mockserver.testing.model import Model
from mockserver.testing.operations import OPERATIONS
from mockserver.testing.requests import ApiRequest
from mockserver.testing.strategies import (
    UNKNOWN_CONNECTOR,
    BatchUpdateItem,
    ConnectorUpdate,
    connector_updates,
    invalid_phone_numbers,
    phone_numbers,
    refused_updates,
)
from mockserver.testing.tables import Minted
from mockserver.testing.values import World


class Runner(Protocol):
    """A state machine that has begun."""

    model: Model
    refused: st.SearchStrategy[ApiRequest]


def _present(pick: Callable[[Model], list[str]], *others: str) -> st.SearchStrategy[str]:
    """Return what `pick` finds in the model at the time of the draw, and `others`."""

    def strategy(machine: Runner) -> st.SearchStrategy[str]:
        return st.sampled_from([*(it for it in pick(machine.model) if not isinstance(it, Minted)), *others])

    return st.runner().flatmap(strategy)


def refused_requests(world: World) -> st.SearchStrategy[ApiRequest]:
    """Return requests that a world refuses, whatever else has happened to it."""
    requests = api_requests(world, operations=("listConnectors", "importPhoneNumbers", "importPhoneNumber"), broken=True)
    return requests.filter(lambda request: min(request.statuses) >= 400 and request.flaw != "imported-number")

FRESH_NUMBERS = tuple(f"+44207946010{digit}" for digit in range(6))

worlds = st.runner().flatmap(lambda machine: machine.worlds)
agents = _present(lambda model: list(model.agents))
connectors = _present(lambda model: [row.connector_id for row in model.connectors], UNKNOWN_CONNECTOR)
numbers = _present(lambda model: [row.number for row in model.numbers], *FRESH_NUMBERS)
any_numbers = st.one_of(numbers, numbers, phone_numbers(), invalid_phone_numbers())
fresh_numbers = st.one_of(st.sampled_from(FRESH_NUMBERS), st.sampled_from(FRESH_NUMBERS), any_numbers)
call_sids = _present(lambda model: [row.call_sid for row in model.calls], f"OUT-{'0' * 8}-0000-4000-8000-{'0' * 12}")
callees = st.one_of(_present(lambda model: list(model.outcomes), FRESH_NUMBERS[0]), any_numbers)
updates: st.SearchStrategy[ConnectorUpdate] = st.one_of(
    st.runner().flatmap(lambda machine: connector_updates(list(machine.model.agents))),
    connector_updates(),
    refused_updates(),
)
update_items: st.SearchStrategy[BatchUpdateItem] = st.builds(
    lambda connector_id, update: {"connectorId": connector_id, **update}, connectors, updates
)
broken_requests = st.runner().flatmap(lambda machine: machine.refused)
operation_names = st.sampled_from(tuple(OPERATIONS))


def in_path(texts: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    """Return those texts that can stand in a path."""
    return path_segments(texts)
