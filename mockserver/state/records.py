"""The rows of the tables: frozen records in domain words.

`position` orders the rows of a table by creation; whoever creates a row takes it from `Table.next_position()`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal, get_args

ClientEnv = Literal["sandbox", "pre-release", "live"]
CLIENT_ENVS: tuple[ClientEnv, ...] = get_args(ClientEnv)

OutboundCalling = Literal["enabled", "not-configured", "unavailable"]
CallStatus = Literal["QUEUED", "CALLING", "SUCCESS", "FAILURE"]
CallResult = Literal["SUCCESS", "FAILURE"]


class _Looks:
    """Room for what a record looks like to some beholder, kept by whoever shows it: no part of what the record is."""

    __slots__ = ("look",)

    look: tuple[object, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Record(_Looks):
    """What all rows share; `position` says when, not what, and so does not count for equality."""

    position: int = field(compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Account(Record):
    """A workspace; `slug` is its second name."""

    account_id: str
    slug: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiKey(Record):
    """A key of one account; `agent_ids` None reaches all of the account's agents."""

    key: str
    account_id: str
    agent_ids: tuple[str, ...] | None = None
    expires_at: datetime | None = None

    def reaches(self, agent: "Agent") -> bool:
        """Tell whether this key may act on `agent`."""
        return agent.account_id == self.account_id and (self.agent_ids is None or agent.agent_id in self.agent_ids)


@dataclass(frozen=True, slots=True, kw_only=True)
class Agent(Record):
    """A voice agent, which the API also calls a project."""

    agent_id: str
    account_id: str
    name: str
    slug: str | None = None
    variant_ids: tuple[str, ...] = ()
    outbound_calling: Mapping[ClientEnv, OutboundCalling] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Connector(Record):
    """The voice, language, variant and environment that answer a call; "" stands for a cleared value."""

    connector_id: str
    agent_id: str
    name: str
    client_env: ClientEnv
    variant_id: str
    asr_lang_code: str
    tts_lang_code: str
    voice_name: str
    disable_handoff: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class PhoneNumber(Record):
    """An imported number, routed to one connector or to none."""

    number: str
    agent_id: str
    client_env: ClientEnv
    connector_id: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class CallOutcome(Record):
    """How calls to one dialled number go: `queued_seconds`, then `calling_seconds`, then `result`."""

    to_number: str
    result: CallResult = "SUCCESS"
    reason: str = ""
    queued_seconds: float = 2.0
    calling_seconds: float = 10.0


@dataclass(frozen=True, slots=True, kw_only=True)
class OutboundCall(Record):
    """A triggered call with its whole future; the status at a moment follows from the three times."""

    call_sid: str
    agent_id: str
    client_env: ClientEnv
    to_number: str
    connector_id: str
    queued_at: datetime
    calling_at: datetime
    ended_at: datetime
    result: CallResult
    reason: str
