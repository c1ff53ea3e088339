"""Every effect that crosses tables: connectors that take their numbers along, imports that need a connector.

Each verb checks everything before it writes: one that raises has changed nothing.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Literal

from mockserver.errors import ApiError, Err
from mockserver.state.access import authorise_agent
from mockserver.state.magic import rejects_voice
from mockserver.state.records import ApiKey, ClientEnv, Connector, PhoneNumber
from mockserver.state.state import State
from mockserver.state.telephony import default_connector, get_connector, unique
from mockserver.state.voices import DEFAULT_VOICE, language_of
from mockserver.values.e164 import is_e164

# New values for a connector: an absent name is untouched, None clears; `agent_id` (an id or slug) moves it.
Updatable = Literal["variant_id", "asr_lang_code", "voice_name", "agent_id"]
ConnectorUpdate = Mapping[Updatable, str | None]


def update_connector(state: State, key: ApiKey, agent_id: str, connector_id: str, update: ConnectorUpdate) -> Connector:
    """Apply a partial update and return the connector.

    Raises CONNECTORS_NOT_FOUND, then CONNECTORS_VALIDATION_FAILED for a value that is refused, then for a move
    PROJECT_NOT_FOUND or USER_ACCESS_FORBIDDEN (order assumed).
    """
    connector = get_connector(state, agent_id, connector_id)
    _check_values(state, update)
    target_id = agent_id
    if (name := update.get("agent_id")) is not None:
        target_id = authorise_agent(state, key, name).agent_id
    _check_variant(state, target_id, update.get("variant_id"))

    # A cleared value reads back as "" (documented for variantId).
    variant_id = update.get("variant_id", connector.variant_id) or ""
    asr_lang_code = update.get("asr_lang_code", connector.asr_lang_code) or ""
    voice_name = update.get("voice_name", connector.voice_name) or ""
    tts_lang_code = language_of(voice_name) if "voice_name" in update else connector.tts_lang_code
    before = (connector.variant_id, connector.asr_lang_code, connector.voice_name, connector.tts_lang_code)
    if before != (variant_id, asr_lang_code, voice_name, tts_lang_code):
        connector = replace(
            connector,
            variant_id=variant_id,
            asr_lang_code=asr_lang_code,
            voice_name=voice_name,
            tts_lang_code=tts_lang_code,
        )
        if target_id == agent_id:
            state.connectors.put(connector)
    return connector if target_id == agent_id else _move_connector(state, connector, target_id)


def delete_connector(state: State, agent_id: str, connector_id: str) -> list[str]:
    """Delete the connector, release its numbers and return them; raises CONNECTORS_NOT_FOUND (documented)."""
    get_connector(state, agent_id, connector_id)
    numbers = [row.number for row in state.phone_numbers.where("connector_id", connector_id)]
    for number in numbers:
        state.phone_numbers.pop(number)
    state.connectors.pop(connector_id)
    return numbers


def import_phone_numbers(state: State, agent_id: str, numbers: list[str], client_env: ClientEnv) -> list[str]:
    """Import numbers, routed to the environment's default connector, and return those imported.

    All or nothing (assumed): raises PHONE_NUMBERS_INVALID_PHONE_NUMBER_FORMAT if one is malformed, and
    PHONE_NUMBERS_ALREADY_EXISTS if one is imported already, by whichever agent.
    """
    if not all(map(is_e164, numbers)):
        raise ApiError(Err.PHONE_NUMBERS_INVALID_PHONE_NUMBER_FORMAT)
    fresh = unique(numbers)
    if len(fresh) < len(numbers) and state.policies.duplicate_imports == "refuse":
        raise ApiError(Err.PHONE_NUMBERS_ALREADY_EXISTS)
    if state.policies.existing_imports == "skip":
        fresh = [number for number in fresh if number not in state.phone_numbers]
    elif any(number in state.phone_numbers for number in fresh):
        raise ApiError(Err.PHONE_NUMBERS_ALREADY_EXISTS)
    if fresh:
        connector_id = _import_target(state, agent_id, client_env)
        for number in fresh:
            _put_phone_number(state, agent_id, number, client_env, connector_id)
    return fresh


def import_phone_number(
    state: State,
    agent_id: str,
    number: str,
    client_env: ClientEnv | None = None,
    connector_id: str | None = None,
) -> str:
    """Import one number, onto `connector_id` or else onto the environment's default connector, and return it.

    `client_env` None means the connector's, or `live`. Raises as `import_phone_numbers` does, and
    PHONE_NUMBERS_CONNECTOR_DOES_NOT_EXIST for a connector that the agent does not have (assumed).
    """
    if not is_e164(number):
        raise ApiError(Err.PHONE_NUMBERS_INVALID_PHONE_NUMBER_FORMAT)
    existing = state.phone_numbers.get(number)
    if existing is not None:
        there_already = (existing.agent_id, existing.connector_id) == (agent_id, connector_id)
        if there_already and state.policies.repeated_import == "accept":
            return number
        raise ApiError(Err.PHONE_NUMBERS_ALREADY_EXISTS)
    if connector_id is None:
        client_env = client_env or "live"
        connector_id = _import_target(state, agent_id, client_env)
    else:
        connector = state.connectors.get(connector_id)
        if connector is None or connector.agent_id != agent_id:
            raise ApiError(Err.PHONE_NUMBERS_CONNECTOR_DOES_NOT_EXIST)
        client_env = client_env or connector.client_env
    _put_phone_number(state, agent_id, number, client_env, connector_id)
    return number


def _check_values(state: State, update: ConnectorUpdate) -> None:
    """Raise CONNECTORS_VALIDATION_FAILED for a value that no connector may have."""
    voice_name = update.get("voice_name")
    if (
        (not update and state.policies.empty_update == "refuse")
        or (voice_name is not None and not _passes_probe(state, voice_name))
        or (None in update.values() and not _may_clear(state, update))
    ):
        raise ApiError(Err.CONNECTORS_VALIDATION_FAILED)


def _may_clear(state: State, update: ConnectorUpdate) -> bool:
    """Tell whether an update's nulls are allowed: never an agent's, and a language's as the policy says."""
    nulls = {name for name, value in update.items() if value is None}
    return "agent_id" not in nulls and (
        state.policies.null_language == "clear" or nulls.isdisjoint({"asr_lang_code", "voice_name"})
    )


def _passes_probe(state: State, voice_name: str) -> bool:
    """Tell whether the voice can be used: any name with a language prefix that the world does not reject (assumed).

    The service asks its speech provider, whose list of voices is open; so is this.
    """
    return language_of(voice_name) != "" and not rejects_voice(state, voice_name)


def _check_variant(state: State, agent_id: str, variant_id: str | None) -> None:
    """Raise CONNECTORS_VALIDATION_FAILED for a variant that the agent does not list, where the policy asks for it."""
    if not variant_id or state.policies.variant_check == "none":
        return
    agent = state.agents.get(agent_id)
    assert agent is not None, f"agent {agent_id} does not exist"
    if variant_id not in agent.variant_ids:
        raise ApiError(Err.CONNECTORS_VALIDATION_FAILED)


def _move_connector(state: State, connector: Connector, agent_id: str) -> Connector:
    """Give the connector and its numbers to another agent, where they are listed last."""
    rows = state.phone_numbers.where("connector_id", connector.connector_id)
    for row in rows:
        if state.policies.moved_numbers == "follow":
            state.phone_numbers.pop(row.number)
            position = state.phone_numbers.next_position()
            state.phone_numbers.put(replace(row, agent_id=agent_id, position=position))
        else:
            state.phone_numbers.put(replace(row, connector_id=None))
    state.connectors.pop(connector.connector_id)
    moved = replace(connector, agent_id=agent_id, position=state.connectors.next_position())
    state.connectors.put(moved)
    return moved


def _import_target(state: State, agent_id: str, client_env: ClientEnv) -> str | None:
    """Return the connector that an import into the environment is routed to, made now if there is none."""
    if state.policies.import_routing == "none":
        return None
    connector = default_connector(state, agent_id, client_env)
    if connector is None and state.policies.auto_create_connector == "create":
        connector = Connector(
            connector_id=_fresh_connector_id(state),
            agent_id=agent_id,
            name=f"Default {client_env} connector",
            client_env=client_env,
            variant_id="",
            asr_lang_code=language_of(DEFAULT_VOICE),
            tts_lang_code=language_of(DEFAULT_VOICE),
            voice_name=DEFAULT_VOICE,
            disable_handoff=False,
            position=state.connectors.next_position(),
        )
        state.connectors.put(connector)
    return connector.connector_id if connector else None


def _fresh_connector_id(state: State) -> str:
    while (connector_id := f"conn_{state.mint.hexadecimal('connectors', 8)}") in state.connectors:
        pass
    return connector_id


def _put_phone_number(
    state: State, agent_id: str, number: str, client_env: ClientEnv, connector_id: str | None
) -> None:
    state.phone_numbers.put(
        PhoneNumber(
            number=number,
            agent_id=agent_id,
            client_env=client_env,
            connector_id=connector_id,
            position=state.phone_numbers.next_position(),
        )
    )
