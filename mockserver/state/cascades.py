"""Cascades: effects that cross tables, such as numbers that move with their connector.

Each verb checks everything before it writes: one that raises has changed nothing.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from mockserver.errors import ApiError, Err
from mockserver.state.accounts import Agent, ApiKey, ClientEnv, authorise_agent
from mockserver.state.connectors import (
    DEFAULT_VOICE,
    REJECTED_VOICE,
    Connector,
    default_connector,
    get_connector,
    language_of,
)
from mockserver.state.phone_numbers import PhoneNumber, check_numbers
from mockserver.state.schema import columns
from mockserver.state.state import State
from mockserver.values.text import MAX_SHOWN, nearest, quoted

# New values by attribute: an absent one is untouched, None clears; `agent_id`, an id or slug, moves the connector.
ConnectorUpdate = Mapping[str, str | None]

_NAMES = {column.attribute: column.name for column in columns(Connector)}


def update_connector(state: State, key: ApiKey, agent_id: str, connector_id: str, update: ConnectorUpdate) -> Connector:
    """Apply a partial update and return the connector.

    Raises CONNECTORS_NOT_FOUND, then CONNECTORS_VALIDATION_FAILED for a value that is refused, then for a move
    PROJECT_NOT_FOUND or USER_ACCESS_FORBIDDEN (order assumed).
    """
    connector = get_connector(state, agent_id, connector_id)
    _check_values(state, update)
    name = update.get("agent_id")
    target_id = agent_id if name is None else authorise_agent(state, key, name).agent_id
    _check_variant(state, target_id, update.get("variant_id"))

    # A cleared value reads back as "" (documented for variantId).
    values: dict[str, Any] = {attribute: value or "" for attribute, value in update.items() if attribute != "agent_id"}
    if "voice_name" in values:
        values["tts_lang_code"] = language_of(values["voice_name"])
    updated = replace(connector, **values)
    if target_id != agent_id:
        return _move_connector(state, updated, target_id)
    state[Connector].put(updated)
    return updated


def delete_connector(state: State, agent_id: str, connector_id: str) -> list[str]:
    """Delete the connector, release its numbers and return them; raises CONNECTORS_NOT_FOUND (documented)."""
    get_connector(state, agent_id, connector_id)
    numbers = [row.number for row in state[PhoneNumber].where("connector_id", connector_id)]
    for number in numbers:
        state[PhoneNumber].pop(number)
    state[Connector].pop(connector_id)
    return numbers


def import_phone_numbers(state: State, agent_id: str, numbers: list[str], client_env: ClientEnv) -> list[str]:
    """Import numbers, routed to the environment's default connector, and return those imported.

    All or nothing (assumed): raises PHONE_NUMBERS_INVALID_PHONE_NUMBER_FORMAT if one is malformed, and
    PHONE_NUMBERS_ALREADY_EXISTS if one is imported already, by whichever agent.
    """
    check_numbers(numbers)
    fresh = list(dict.fromkeys(numbers))
    if len(fresh) < len(numbers) and state.policies.duplicate_imports == "refuse":
        raise ApiError(Err.PHONE_NUMBERS_ALREADY_EXISTS, why="a number is listed twice")
    taken = dict.fromkeys(number for number in fresh if number in state[PhoneNumber])
    if taken and state.policies.existing_imports == "conflict":
        raise ApiError(Err.PHONE_NUMBERS_ALREADY_EXISTS, why=(f"{it} is imported already" for it in taken))
    fresh = [number for number in fresh if number not in taken]
    if fresh:
        agent = _agent(state, agent_id)
        connector_id = _import_target(state, agent, client_env)
        for number in fresh:
            _put_phone_number(state, agent, number, client_env, connector_id)
    return fresh


def import_phone_number(
    state: State, agent_id: str, number: str, client_env: ClientEnv | None = None, connector_id: str | None = None
) -> str:
    """Import one number, onto `connector_id` or else onto the environment's default connector, and return it.

    `client_env` None means the connector's, or `live`. Raises as `import_phone_numbers` does, and
    PHONE_NUMBERS_CONNECTOR_DOES_NOT_EXIST for a connector that the agent does not have (assumed).
    """
    check_numbers([number])
    existing = state[PhoneNumber].get(number)
    if existing is not None:
        there_already = (existing.agent_id, existing.connector_id) == (agent_id, connector_id)
        if there_already and state.policies.repeated_import == "accept":
            return number
        raise ApiError(Err.PHONE_NUMBERS_ALREADY_EXISTS, why=f"{number} is imported already")
    agent = _agent(state, agent_id)
    if connector_id is None:
        client_env = client_env or "live"
        connector_id = _import_target(state, agent, client_env)
    else:
        connector = get_connector(state, agent_id, connector_id, Err.PHONE_NUMBERS_CONNECTOR_DOES_NOT_EXIST)
        client_env = client_env or connector.client_env
    _put_phone_number(state, agent, number, client_env, connector_id)
    return number


def _agent(state: State, agent_id: str) -> Agent:
    agent = state[Agent].get(agent_id)
    assert agent is not None, f"agent {agent_id} does not exist"
    return agent


def _check_values(state: State, update: ConnectorUpdate) -> None:
    """Raise CONNECTORS_VALIDATION_FAILED for a value that no connector may have.

    An agent's id is never cleared, and a language as the policy says. Any voice with a language prefix will do that the
    world does not refuse (assumed): the service asks its speech provider, whose list of voices is open.
    """
    policies, why = state.policies, []
    if not update and policies.empty_update == "refuse":
        why.append("the update changes nothing")
    kept = ("agent_id",) if policies.null_language == "clear" else ("agent_id", "asr_lang_code", "voice_name")
    why += [f"{_NAMES[it]} must not be null" for it, value in update.items() if value is None and it in kept]
    voice_name = update.get("voice_name")
    if voice_name is not None:
        magic = voice_name == REJECTED_VOICE and policies.magic_values == "magic"
        if not language_of(voice_name):
            why.append(f"voiceName {quoted(voice_name)} does not begin with a language, as en-US-Neural2-A does")
        elif magic or voice_name in state.rules.rejected_voices:
            why.append(f"the voice {quoted(voice_name)} is one that this world refuses")
    if why:
        raise ApiError(Err.CONNECTORS_VALIDATION_FAILED, why=why)


def _check_variant(state: State, agent_id: str, variant_id: str | None) -> None:
    """Raise CONNECTORS_VALIDATION_FAILED for a variant that the agent does not list, where the policy asks for it."""
    if variant_id and state.policies.variant_check == "listed":
        known = _agent(state, agent_id).variant_ids
        if variant_id not in known:
            wrong, start = f"variantId {quoted(variant_id)} is not a variant of {agent_id}", variant_id[:MAX_SHOWN]
            raise ApiError(Err.CONNECTORS_VALIDATION_FAILED, why=lambda: f"{wrong}; {nearest(start, known)}")


def _move_connector(state: State, connector: Connector, agent_id: str) -> Connector:
    """Give the connector and its numbers to another agent of the account, where they are listed last."""
    connectors, numbers = state[Connector], state[PhoneNumber]
    for row in numbers.where("connector_id", connector.connector_id):
        if state.policies.moved_numbers == "follow":
            numbers.pop(row.number)
            numbers.put(replace(row, agent_id=agent_id, position=numbers.next_position()))
        else:
            numbers.put(replace(row, connector_id=None))
    connectors.pop(connector.connector_id)
    moved = replace(connector, agent_id=agent_id, position=connectors.next_position())
    connectors.put(moved)
    return moved


def _import_target(state: State, agent: Agent, client_env: ClientEnv) -> str | None:
    """Return the connector that an import into the environment is routed to, created now if there is none."""
    if state.policies.import_routing == "none":
        return None
    connector = default_connector(state, agent.agent_id, client_env)
    if connector is None and state.policies.auto_create_connector == "create":
        connector = Connector(
            connector_id=state.fresh_id(Connector, lambda: f"conn_{state.mint.hexadecimal('connectors', 8)}"),
            account_id=agent.account_id,
            agent_id=agent.agent_id,
            name=f"Default {client_env} connector",
            client_env=client_env,
            asr_lang_code=language_of(DEFAULT_VOICE),
            tts_lang_code=language_of(DEFAULT_VOICE),
            position=state[Connector].next_position(),
        )
        state[Connector].put(connector)
    return connector.connector_id if connector else None


def _put_phone_number(state: State, agent: Agent, number: str, client_env: ClientEnv, connector_id: str | None) -> None:
    state[PhoneNumber].put(
        PhoneNumber(
            number=number,
            account_id=agent.account_id,
            agent_id=agent.agent_id,
            client_env=client_env,
            connector_id=connector_id,
            position=state[PhoneNumber].next_position(),
        )
    )
