"""Verbs on connectors and phone numbers that stay within one table.

Ids of another agent are treated as absent, so that nothing leaks from one agent to another.
"""

from collections.abc import Iterable
from dataclasses import replace
from typing import TypeVar

from mockserver.errors import ApiError, Err
from mockserver.state.records import ClientEnv, Connector, PhoneNumber
from mockserver.state.state import State
from mockserver.state.table import Table

Row = TypeVar("Row", Connector, PhoneNumber)


def list_connectors(state: State, agent_id: str) -> list[Connector]:
    """Return the agent's connectors in order of creation."""
    return state.connectors.where("agent_id", agent_id)


def get_connector(state: State, agent_id: str, connector_id: str) -> Connector:
    """Return the agent's connector; raises CONNECTORS_NOT_FOUND."""
    connector = state.connectors.get(connector_id)
    if connector is None or connector.agent_id != agent_id:
        raise ApiError(Err.CONNECTORS_NOT_FOUND)
    return connector


def batch_get_connectors(state: State, agent_id: str, connector_ids: list[str]) -> tuple[list[Connector], list[str]]:
    """Return the connectors found and the ids not found, both in the order asked."""
    return _batch_get(state, state.connectors, agent_id, connector_ids)


def lookup_connector(state: State, agent_id: str, number: str) -> Connector:
    """Return the connector that answers `number`.

    Raises PHONE_NUMBERS_NOT_FOUND for a number that the agent has not imported and CONNECTORS_NOT_FOUND for one that
    is routed nowhere (assumed: only a 400 is documented, see the policy `lookupMiss`).
    """
    row = state.phone_numbers.get(number)
    if row is None or row.agent_id != agent_id:
        raise _lookup_miss(state, Err.PHONE_NUMBERS_NOT_FOUND)
    if row.connector_id is None:
        raise _lookup_miss(state, Err.CONNECTORS_NOT_FOUND)
    connector = state.connectors.get(row.connector_id)
    assert connector is not None, f"{number} is routed to {row.connector_id}, which does not exist"
    return connector


def _lookup_miss(state: State, err: Err) -> ApiError:
    refuse = state.policies.lookup_miss == "bad-request"
    return ApiError(Err.SCHEMA_VALIDATION_FAILED if refuse else err)


def default_connector(state: State, agent_id: str, client_env: ClientEnv, variant_id: str = "") -> Connector | None:
    """Return the environment's connector of a variant; without a variant, its first one if none is unassigned."""
    connectors = [row for row in list_connectors(state, agent_id) if row.client_env == client_env]
    first = connectors[0] if connectors and not variant_id else None
    return next((row for row in connectors if row.variant_id == variant_id), first)


def list_phone_numbers(state: State, agent_id: str, connector_id: str | None = None) -> list[PhoneNumber]:
    """Return the agent's numbers, or those of one connector, in order of creation."""
    if connector_id is None:
        return state.phone_numbers.where("agent_id", agent_id)
    connector = state.connectors.get(connector_id)
    if connector is None or connector.agent_id != agent_id:
        if state.policies.unknown_filter == "refuse":
            raise ApiError(Err.SCHEMA_VALIDATION_FAILED)
        return []
    return state.phone_numbers.where("connector_id", connector_id)


def get_phone_number(state: State, agent_id: str, number: str) -> PhoneNumber:
    """Return the agent's number; raises PHONE_NUMBERS_NOT_FOUND."""
    row = state.phone_numbers.get(number)
    if row is None or row.agent_id != agent_id:
        raise ApiError(Err.PHONE_NUMBERS_NOT_FOUND)
    return row


def batch_get_phone_numbers(state: State, agent_id: str, numbers: list[str]) -> tuple[list[PhoneNumber], list[str]]:
    """Return the numbers found and those not found, both in the order asked."""
    return _batch_get(state, state.phone_numbers, agent_id, numbers)


def reassign_phone_number(state: State, agent_id: str, number: str, connector_id: str) -> PhoneNumber:
    """Route the number to another connector of the same agent and return it.

    Raises PHONE_NUMBERS_NOT_FOUND, then PHONE_NUMBERS_CONNECTOR_DOES_NOT_EXIST (assumed: order and codes).
    """
    row = get_phone_number(state, agent_id, number)
    connector = state.connectors.get(connector_id)
    if connector is None or connector.agent_id != agent_id:
        raise ApiError(Err.PHONE_NUMBERS_CONNECTOR_DOES_NOT_EXIST)
    policy = state.policies.cross_environment_reassign
    if policy == "refuse" and connector.client_env != row.client_env:
        raise ApiError(Err.SCHEMA_VALIDATION_FAILED)
    client_env = row.client_env if policy == "keep" else connector.client_env
    reassigned = replace(row, connector_id=connector_id, client_env=client_env)
    state.phone_numbers.put(reassigned)
    return reassigned


def delete_phone_number(state: State, agent_id: str, number: str) -> None:
    """Release the agent's number; raises PHONE_NUMBERS_NOT_FOUND."""
    get_phone_number(state, agent_id, number)
    state.phone_numbers.pop(number)


def unique(items: Iterable[str]) -> list[str]:
    """Return the items without repetition, in the order first seen."""
    return list(dict.fromkeys(items))


def _batch_get(state: State, table: Table[Row], agent_id: str, keys: list[str]) -> tuple[list[Row], list[str]]:
    if state.policies.duplicate_gets == "collapse":
        keys = unique(keys)
    rows = table.get_all(keys)
    found = [row for row in rows if row is not None and row.agent_id == agent_id]
    if len(found) == len(keys):
        return found, []
    return found, [key for key, row in zip(keys, rows, strict=True) if row is None or row.agent_id != agent_id]
