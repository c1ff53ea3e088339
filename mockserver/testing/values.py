"""What the strategies make, in the API's own words: plain data with a type for each thing."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, NewType, NotRequired, TypedDict

from mockserver.state.accounts import OutboundCalling
from mockserver.state.outbound_calls import CallResult
from mockserver.values.environments import ClientEnv

JsonObject = Mapping[str, object]

E164 = NewType("E164", str)
NotE164 = NewType("NotE164", str)

ItemKind = Literal["known", "unknown", "duplicate", "refused"]


class Connector(TypedDict):
    """A connector as the API answers with it, which is also how it may stand in a seed."""

    connectorId: str
    name: str
    accountId: str
    projectId: str
    clientEnv: ClientEnv
    variantId: str
    asrLangCode: str
    ttsLangCode: str
    voiceName: str
    disableHandoff: bool


class ConnectorUpdate(TypedDict, total=False):
    """The body of a PATCH: an absent field is left alone, None clears it; `projectId` moves the connector."""

    variantId: str | None
    asrLangCode: str | None
    voiceName: str | None
    projectId: str | None


class BatchUpdateItem(ConnectorUpdate):
    """The update of one connector in a batch."""

    connectorId: str


@dataclass(frozen=True, slots=True)
class BatchUpdate:
    """The updates of a batch, and what is special about each; all but `unknown` and `refused` ones succeed."""

    updates: tuple[BatchUpdateItem, ...]
    kinds: tuple[ItemKind, ...]

    @property
    def body(self) -> JsonObject:
        """The body of the request."""
        return {"updates": list(self.updates)}

    @property
    def succeeds(self) -> tuple[bool, ...]:
        """For each update, the `success` of its result."""
        return tuple(kind in ("known", "duplicate") for kind in self.kinds)


class PhoneNumberSeed(TypedDict):
    """A number of an agent; without `connectorId` nothing answers it."""

    number: str
    clientEnv: ClientEnv
    connectorId: NotRequired[str]


class AgentSeed(TypedDict):
    """An agent and what it owns."""

    agentId: str
    outboundCalling: NotRequired[dict[ClientEnv, OutboundCalling]]
    connectors: NotRequired[list[Connector]]
    phoneNumbers: NotRequired[list[PhoneNumberSeed]]


class ApiKeySeed(TypedDict):
    """A key that reaches all agents of its account."""

    key: str


class AccountSeed(TypedDict):
    """An account and what it owns."""

    accountId: str
    apiKeys: NotRequired[list[ApiKeySeed]]
    agents: NotRequired[list[AgentSeed]]


class OutcomeSeed(TypedDict, total=False):
    """How calls to a number go."""

    status: CallResult
    reason: str
    queuedSeconds: float
    callingSeconds: float


class ClockSeed(TypedDict):
    """The moment at which a world's time stands still."""

    frozenAt: str


class World(TypedDict):
    """A whole seed, as plain data; the key of its first account is that of the client under test."""

    accounts: list[AccountSeed]
    outboundCalls: NotRequired[dict[str, OutcomeSeed]]
    rejectedVoices: NotRequired[list[str]]
    clock: NotRequired[ClockSeed]
