"""Phone numbers: records, and the verbs that stay within their table."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Annotated, ClassVar

from mockserver.errors import ApiError, Err
from mockserver.state.accounts import AgentRecord, ClientEnv
from mockserver.state.connectors import Connector, get_connector
from mockserver.state.schema import Column, Declaration, Follows, Magic
from mockserver.state.state import State, missing
from mockserver.values.e164 import E164, is_e164
from mockserver.values.kinds import ID
from mockserver.values.text import quoted

RATE_LIMITED_NUMBER = "+442079460992"
SLOW_NUMBER = "+442079460993"

_OF_THE_CONNECTOR = Follows("connector_id.client_env")


@dataclass(frozen=True, slots=True, kw_only=True)
class PhoneNumber(AgentRecord):
    """An imported number, routed to one connector or to none."""

    TABLE: ClassVar = Declaration(
        name="phoneNumbers",
        order=50,
        noun="number",
        owner="agents",
        counted=True,
        doc="Imported numbers that stand under no connector.",
        nested="connectors",
        nested_doc="The numbers that it answers.",
        bare=True,
        id_name="phoneNumber",
        also=("toNumber",),
        answer="PhoneNumberResponse",
        pasted=True,
        magic=(
            Magic("magic-slow-number", SLOW_NUMBER, {"delay": {"ms": 2000}}),
            Magic("magic-limited-number", RATE_LIMITED_NUMBER, {"status": 429, "retryAfter": 1}),
        ),
    )

    number: Annotated[str, E164, Column("A phone number in E.164 form.", key=True)]
    client_env: Annotated[
        ClientEnv,
        Column("The environment: by default its connector's, or else live.", follows=_OF_THE_CONNECTOR, always=True),
    ] = "live"
    connector_id: Annotated[
        str | None, ID, Column("The connector, of the same agent, that answers it.", refers="connectors")
    ] = None


def check_numbers(numbers: Iterable[str]) -> None:
    """Raise PHONE_NUMBERS_INVALID_PHONE_NUMBER_FORMAT for numbers that are not all in E.164 form."""
    if wrong := [number for number in numbers if not is_e164(number)]:
        why = (f"{quoted(number)} {E164.wrong}" for number in wrong)
        raise ApiError(Err.PHONE_NUMBERS_INVALID_PHONE_NUMBER_FORMAT, why=why)


def list_phone_numbers(state: State, agent_id: str, connector_id: str | None = None) -> list[PhoneNumber]:
    """Return the agent's numbers, or those of one connector, in order of creation."""
    if connector_id is None:
        return state[PhoneNumber].where("agent_id", agent_id)
    if state.policies.unknown_filter == "refuse":
        get_connector(state, agent_id, connector_id, Err.SCHEMA_VALIDATION_FAILED)
    return [row for row in state[PhoneNumber].where("connector_id", connector_id) if row.agent_id == agent_id]


def get_phone_number(state: State, agent_id: str, number: str, err: Err = Err.PHONE_NUMBERS_NOT_FOUND) -> PhoneNumber:
    """Return the agent's number; raises `err`."""
    row = state[PhoneNumber].get(number)
    if row is None or row.agent_id != agent_id:
        raise missing(err, number, "a number of the agent", state[PhoneNumber].some("agent_id", agent_id))
    return row


def lookup_connector(state: State, agent_id: str, number: str) -> Connector:
    """Return the connector that answers `number`.

    Raises PHONE_NUMBERS_NOT_FOUND for a number that the agent has not imported and CONNECTORS_NOT_FOUND for one that
    is routed nowhere (assumed: only a 400 is documented, see the policy `lookupMiss`).
    """
    refuse = state.policies.lookup_miss == "bad-request"
    unknown = Err.SCHEMA_VALIDATION_FAILED if refuse else Err.PHONE_NUMBERS_NOT_FOUND
    row = get_phone_number(state, agent_id, number, unknown)
    if row.connector_id is None:
        err = Err.SCHEMA_VALIDATION_FAILED if refuse else Err.CONNECTORS_NOT_FOUND
        raise ApiError(err, why=f"no connector answers {number}")
    connector = state[Connector].get(row.connector_id)
    assert connector is not None, f"{number} is routed to {row.connector_id}, which does not exist"
    return connector


def reassign_phone_number(state: State, agent_id: str, number: str, connector_id: str) -> PhoneNumber:
    """Route the number to another connector of the same agent and return it.

    Raises PHONE_NUMBERS_NOT_FOUND, then PHONE_NUMBERS_CONNECTOR_DOES_NOT_EXIST (assumed: order and codes).
    """
    row = get_phone_number(state, agent_id, number)
    connector = get_connector(state, agent_id, connector_id, Err.PHONE_NUMBERS_CONNECTOR_DOES_NOT_EXIST)
    policy = state.policies.cross_environment_reassign
    if policy == "refuse" and connector.client_env != row.client_env:
        why = f"{number} is in {row.client_env}, {connector_id} in {connector.client_env}"
        raise ApiError(Err.SCHEMA_VALIDATION_FAILED, why=why)
    client_env = row.client_env if policy == "keep" else connector.client_env
    reassigned = replace(row, connector_id=connector_id, client_env=client_env)
    state[PhoneNumber].put(reassigned)
    return reassigned


def delete_phone_number(state: State, agent_id: str, number: str) -> None:
    """Release the agent's number; raises PHONE_NUMBERS_NOT_FOUND."""
    get_phone_number(state, agent_id, number)
    state[PhoneNumber].pop(number)
