"""A seed as the reference model reads it: the records that it means, with all that it leaves unsaid.

The server's own loader has no part in this, so that the two agree only where both are right. What the model cannot
foretell is refused, and not overlooked.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import get_args

from mockserver.state.accounts import Agent, OutboundCalling
from mockserver.state.connectors import Connector
from mockserver.state.outbound_calls import CallOutcome, CallResult, OutboundCall
from mockserver.state.phone_numbers import PhoneNumber
from mockserver.testing.formats import language_of
from mockserver.testing.seed_reader import Part
from mockserver.testing.values import JsonObject
from mockserver.testing.worlds import STOPPED
from mockserver.values.environments import CLIENT_ENVS, ClientEnv

POLICIES = {
    "autoCreateConnector": "create",
    "importRouting": "default-connector",
    "importConnectorId": "route",
    "missingImportBody": "accept",
    "existingImports": "conflict",
    "repeatedImport": "conflict",
    "duplicateImports": "collapse",
    "duplicateGets": "collapse",
    "duplicateDeletes": "error",
    "malformedDeletes": "per-item",
    "unknownFilter": "empty",
    "lookupMiss": "not-found",
    "crossEnvironmentReassign": "follow",
    "movedNumbers": "follow",
    "variantCheck": "none",
    "nullLanguage": "clear",
    "emptyUpdate": "accept",
    "unknownCall": "not-found",
    "magicValues": "ordinary",
}

_RESULTS: tuple[CallResult, ...] = get_args(CallResult)
_CALLING: tuple[OutboundCalling, ...] = get_args(OutboundCalling)


@dataclass(frozen=True, slots=True)
class Seed:
    """The records of a seed in the order in which the API lists them; `account_id` is that of the client's key."""

    account_id: str
    agents: dict[str, Agent]
    connectors: list[Connector]
    numbers: list[PhoneNumber]
    calls: list[OutboundCall]
    outcomes: dict[str, CallOutcome]
    rejected_voices: frozenset[str]
    now: datetime

    def reaches(self, agent: Agent) -> bool:
        """Tell whether the client's key may use an agent."""
        return agent.account_id == self.account_id


def read(seed: JsonObject) -> Seed:
    """Return what a seed's plain data says.

    The client's key is the first that never expires and reaches every agent of its account. Time stands still at
    `clock.frozenAt`, without a clock at 10:00 on 2 July 2026, UTC. ValueError is raised for policies that are not the
    defaults, for a clock that runs ahead, where there is no such key, and for what is no seed.
    """
    whole = Part(seed)
    whole.allow("accounts", "outboundCalls", "rejectedVoices", "policies", "clock", "minted")
    _refuse_policies(whole.part("policies"))
    accounts = whole.parts("accounts")
    agents = [(account.text("accountId"), agent) for account in accounts for agent in account.parts("agents")]
    by_number = whole.part("outboundCalls")
    return Seed(
        account_id=_clients_account(accounts),
        agents={agent.agent_id: agent for agent in (_agent(account_id, part) for account_id, part in agents)},
        connectors=[_connector(account, agent, it) for account, agent in agents for it in agent.parts("connectors")],
        numbers=[number for account, agent in agents for number in _numbers(account, agent)],
        calls=[_call(account, agent, part) for account, agent in agents for part in agent.parts("outboundCalls")],
        outcomes={number: _outcome(number, by_number.part(number)) for number in by_number.row},
        rejected_voices=frozenset(str(voice) for _, voice in whole.items("rejectedVoices")),
        now=_now(whole.part("clock")),
    )


def _refuse_policies(policies: Part) -> None:
    others = [name for name, choice in policies.row.items() if choice != POLICIES.get(name)]
    if others:
        raise ValueError(f"policies: the model knows only the defaults; leave out {', '.join(others)}")


def _now(clock: Part) -> datetime:
    clock.allow("frozenAt", "aheadSeconds")
    stopped = clock.moment("frozenAt")
    if stopped is None and clock.seconds("aheadSeconds", 0):
        raise ValueError("clock.aheadSeconds: in the model time stands still; give clock.frozenAt in its place")
    return stopped or datetime.fromisoformat(STOPPED["frozenAt"])


def _clients_account(accounts: list[Part]) -> str:
    found: list[str] = []
    for account in accounts:
        account.allow("accountId", "slug", "apiKeys", "agents")
        for key in account.parts("apiKeys"):
            key.allow("key", "agents", "expired", "expiresAt")
            limited = key.row.get("agents") is not None
            if not limited and not key.flag("expired") and key.moment("expiresAt") is None:
                found.append(account.text("accountId"))
    if not found:
        raise ValueError("accounts: the model needs a key that never expires and reaches every agent of its account")
    return found[0]


def _agent(account_id: str, part: Part) -> Agent:
    part.allow(
        *("agentId", "slug", "name", "accountId", "variants", "outboundCalling"),
        *("connectors", "phoneNumbers", "outboundCalls"),
    )
    calling = part.part("outboundCalling")
    calling.allow(*CLIENT_ENVS)
    return Agent(
        agent_id=part.text("agentId"),
        account_id=account_id,
        name=part.text("name", part.text("agentId")),
        slug=part.optional_text("slug"),
        outbound_calling={env: calling.choice(env, _CALLING) for env in CLIENT_ENVS if env in calling.row},
        position=0,
    )


def _connector(account_id: str, agent: Part, part: Part) -> Connector:
    part.allow(
        *("connectorId", "name", "clientEnv", "voiceName", "asrLangCode", "ttsLangCode", "variantId"),
        *("disableHandoff", "phoneNumbers", "projectId", "accountId"),
    )
    voice = part.text("voiceName", "en-US-Neural2-A")
    return Connector(
        connector_id=part.text("connectorId"),
        account_id=account_id,
        agent_id=agent.text("agentId"),
        name=part.text("name", part.text("connectorId")),
        client_env=_env(part, "live"),
        variant_id=part.text("variantId", ""),
        asr_lang_code=part.text("asrLangCode", language_of(voice)),
        tts_lang_code=part.text("ttsLangCode", language_of(voice)),
        voice_name=voice,
        disable_handoff=part.flag("disableHandoff"),
        position=0,
    )


def _numbers(account_id: str, agent: Part) -> Iterator[PhoneNumber]:
    """Yield an agent's numbers: those under its connectors come before those of its own."""
    envs: dict[str, ClientEnv] = {}
    for connector in agent.parts("connectors"):
        envs[connector.text("connectorId")] = _env(connector, "live")
    for connector in agent.parts("connectors"):
        for part in connector.numbers("phoneNumbers"):
            yield _number(account_id, agent, part, connector.text("connectorId"), envs)
    for part in agent.numbers("phoneNumbers"):
        yield _number(account_id, agent, part, part.optional_text("connectorId"), envs)


def _number(
    account_id: str, agent: Part, part: Part, connector_id: str | None, envs: dict[str, ClientEnv]
) -> PhoneNumber:
    part.allow("number", "clientEnv", "connectorId", "projectId", "accountId")
    if connector_id is not None and connector_id not in envs:
        raise ValueError(f"{part.place('connectorId')}: {connector_id!r} is not a connector of this agent")
    return PhoneNumber(
        number=part.phone_number("number"),
        account_id=account_id,
        agent_id=agent.text("agentId"),
        client_env=_env(part, "live" if connector_id is None else envs[connector_id]),
        connector_id=connector_id,
        position=0,
    )


def _env(part: Part, default: ClientEnv) -> ClientEnv:
    return part.choice("clientEnv", CLIENT_ENVS, default)


def _outcome(number: str, part: Part) -> CallOutcome:
    part.allow("status", "reason", "queuedSeconds", "callingSeconds")
    return CallOutcome(
        to_number=number,
        result=part.choice("status", _RESULTS, "SUCCESS"),
        reason=part.text("reason", ""),
        queued_seconds=part.seconds("queuedSeconds", 2),
        calling_seconds=part.seconds("callingSeconds", 10),
        position=0,
    )


def _call(account_id: str, agent: Part, part: Part) -> OutboundCall:
    part.allow(
        *("callSid", "toNumber", "environment", "connectorId", "queuedAt", "callingAt", "endedAt"),
        *("status", "reason"),
    )
    return OutboundCall(
        call_sid=part.text("callSid"),
        account_id=account_id,
        agent_id=agent.text("agentId"),
        client_env=part.choice("environment", CLIENT_ENVS),
        to_number=part.phone_number("toNumber"),
        connector_id=part.text("connectorId"),
        queued_at=_moment(part, "queuedAt"),
        calling_at=_moment(part, "callingAt"),
        ended_at=_moment(part, "endedAt"),
        result=part.choice("status", _RESULTS),
        reason=part.text("reason", ""),
        position=0,
    )


def _moment(part: Part, name: str) -> datetime:
    moment = part.moment(name)
    if moment is None:
        raise part.wrong(name, "a time with a zone")
    return moment
