"""Connectors: records, and the verbs that stay within their table.

Ids of another agent are treated as absent, so that nothing leaks from one agent to another.
"""

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Annotated, ClassVar

from mockserver.errors import Err
from mockserver.state.accounts import AgentRecord, ClientEnv
from mockserver.state.schema import Column, Declaration, Follows, Magic
from mockserver.state.state import State, missing
from mockserver.values.kinds import ID

RATE_LIMITED_CONNECTOR = "conn_magic_limited"
SLOW_CONNECTOR = "conn_magic_slow"
REJECTED_VOICE = "en-GB-Magic-Rejected"

DEFAULT_VOICE = "en-US-Neural2-A"

VOICE_PATTERN = r"^[a-z]{2,3}-([A-Z]{2}|[0-9]{3})-[^\n]+$"


@lru_cache(1_000)
def language_of(voice_name: str) -> str:
    """Return the language code that a voice name starts with (documented), or "" where it has none."""
    return "-".join(voice_name.split("-")[:2]) if re.fullmatch(VOICE_PATTERN, voice_name) else ""


_OF_THE_VOICE = Follows("voice_name", language_of)


@dataclass(frozen=True, slots=True, kw_only=True)
class Connector(AgentRecord):
    """The voice, language, variant and environment that answer a call; "" stands for a cleared value."""

    TABLE: ClassVar = Declaration(
        name="connectors",
        order=40,
        noun="connector",
        owner="agents",
        counted=True,
        doc="The agent's connectors.",
        answer="ConnectorResponse",
        pasted=True,
        minted=True,
        magic=(
            Magic("magic-slow-connector", SLOW_CONNECTOR, {"delay": {"ms": 2000}}),
            Magic("magic-limited-connector", RATE_LIMITED_CONNECTOR, {"status": 429, "retryAfter": 1}),
        ),
    )

    connector_id: Annotated[str, ID, Column("The connector's id.", key=True)]
    name: Annotated[str, Column("The display name; by default its id.", follows=Follows("connector_id"), always=True)]
    client_env: Annotated[ClientEnv, Column("The environment it serves; by default live.", always=True)] = "live"
    voice_name: Annotated[
        str, Column("The voice, named after its language; by default en-US-Neural2-A.", always=True)
    ] = DEFAULT_VOICE
    asr_lang_code: Annotated[
        str, Column("The language it understands, such as en-US; by default that of the voice.", follows=_OF_THE_VOICE)
    ]
    tts_lang_code: Annotated[
        str, Column("The language that is spoken; by default that of the voice.", follows=_OF_THE_VOICE)
    ]
    variant_id: Annotated[str, Column("The variant assigned; empty for none.")] = ""
    disable_handoff: Annotated[bool, Column("Whether calls cannot be handed to a person.")] = False


def list_connectors(state: State, agent_id: str) -> list[Connector]:
    """Return the agent's connectors in order of creation."""
    return state[Connector].where("agent_id", agent_id)


def get_connector(state: State, agent_id: str, connector_id: str, err: Err = Err.CONNECTORS_NOT_FOUND) -> Connector:
    """Return the agent's connector; raises `err`."""
    table = state[Connector]
    connector = table.get(connector_id)
    if connector is None or connector.agent_id != agent_id:
        raise missing(err, connector_id, "the id of a connector of the agent", table.some("agent_id", agent_id))
    return connector


def default_connector(state: State, agent_id: str, client_env: ClientEnv, variant_id: str = "") -> Connector | None:
    """Return the environment's connector of a variant; without a variant, its first one if none is unassigned."""
    connectors = [row for row in list_connectors(state, agent_id) if row.client_env == client_env]
    first = connectors[0] if connectors and not variant_id else None
    return next((row for row in connectors if row.variant_id == variant_id), first)
