"""The data of a checked seed to a State: defaults are filled in here, in the words of the records."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from mockserver.state.accounts import Account, Agent, ApiKey
from mockserver.state.connectors import Connector
from mockserver.state.outbound_calls import CallOutcome, OutboundCall
from mockserver.state.phone_numbers import PhoneNumber
from mockserver.state.policies import Policies
from mockserver.state.state import Rules, State
from mockserver.values.environments import ClientEnv
from mockserver.values.ids import Mint
from mockserver.values.naming import snake
from mockserver.values.voices import DEFAULT_VOICE, language_of

# A checked seed has the shape that schema.py declares, which no static type of its own repeats.
Checked = Mapping[str, Any]

LONG_AGO = datetime.min.replace(tzinfo=UTC)


def build(data: Checked) -> State:
    """Return the sealed state that the data of a seed describes; the data must have been checked."""
    minted = {name: int(count) for name, count in (data.get("minted") or {}).items() if count is not None}
    state = State(_rules(data), Mint(minted))
    for account in data["accounts"]:
        _account(state, account)
    for number, outcome in (data.get("outboundCalls") or {}).items():
        _call_outcome(state, number, outcome)
    state.seal()
    return state


def _rules(data: Checked) -> Rules:
    policies = {snake(name): choice for name, choice in (data.get("policies") or {}).items()}
    clock = data.get("clock") or {}
    return Rules(
        policies=Policies(**policies),
        rejected_voices=frozenset(data.get("rejectedVoices") or ()),
        frozen_at=moment(clock["frozenAt"]) if clock.get("frozenAt") else None,
        ahead=timedelta(seconds=float(clock.get("aheadSeconds") or 0)),
    )


def moment(text: str) -> datetime:
    """Return the moment, in UTC, of a time with a zone; raises ValueError for any other text."""
    time = datetime.fromisoformat(text)
    if time.tzinfo is None:
        raise ValueError("a time without a zone")
    try:
        return time.astimezone(UTC)
    except OverflowError:
        raise ValueError("a time outside the years 1 to 9999") from None


def _account(state: State, data: Checked) -> None:
    account_id: str = data["accountId"]
    position = state.accounts.next_position()
    state.accounts.add(Account(account_id=account_id, slug=data.get("slug"), position=position))
    agents = data.get("agents") or []
    ids = {name: agent["agentId"] for agent in agents for name in (agent["agentId"], agent.get("slug")) if name}
    for key in data.get("apiKeys") or []:
        _api_key(state, account_id, key, ids)
    for agent in agents:
        _agent(state, account_id, agent)


def _api_key(state: State, account_id: str, data: Checked, ids: Mapping[str, str]) -> None:
    agents = data.get("agents")
    expires_at = data.get("expiresAt")
    state.api_keys.add(
        ApiKey(
            key=data["key"],
            account_id=account_id,
            agent_ids=None if agents is None else tuple(ids[name] for name in agents),
            expires_at=LONG_AGO if _flag(data.get("expired")) else expires_at and moment(expires_at),
            position=state.api_keys.next_position(),
        )
    )


def _agent(state: State, account_id: str, data: Checked) -> None:
    agent_id: str = data["agentId"]
    state.agents.add(
        Agent(
            account_id=account_id,
            agent_id=agent_id,
            name=data.get("name") or agent_id,
            slug=data.get("slug"),
            variant_ids=tuple(data.get("variants") or ()),
            outbound_calling=dict(data.get("outboundCalling") or {}),
            position=state.agents.next_position(),
        )
    )
    envs: dict[str | None, ClientEnv] = {None: "live"}
    for connector in data.get("connectors") or []:
        envs[connector["connectorId"]] = _connector(state, account_id, agent_id, connector)
    for connector in data.get("connectors") or []:
        for number in connector.get("phoneNumbers") or []:
            _phone_number(state, account_id, agent_id, number, envs, connector["connectorId"])
    for number in data.get("phoneNumbers") or []:
        _phone_number(state, account_id, agent_id, number, envs, None)
    for call in data.get("outboundCalls") or []:
        _outbound_call(state, account_id, agent_id, call)


def _connector(state: State, account_id: str, agent_id: str, data: Checked) -> ClientEnv:
    client_env: ClientEnv = data.get("clientEnv") or "live"
    voice_name: str = _given(data, "voiceName", DEFAULT_VOICE)
    language = language_of(voice_name)
    state.connectors.add(
        Connector(
            connector_id=data["connectorId"],
            account_id=account_id,
            agent_id=agent_id,
            name=_given(data, "name", data["connectorId"]),
            client_env=client_env,
            variant_id=_given(data, "variantId", ""),
            asr_lang_code=_given(data, "asrLangCode", language),
            tts_lang_code=_given(data, "ttsLangCode", language),
            voice_name=voice_name,
            disable_handoff=_flag(data.get("disableHandoff")),
            position=state.connectors.next_position(),
        )
    )
    return client_env


def _phone_number(
    state: State,
    account_id: str,
    agent_id: str,
    data: Checked | str,
    envs: Mapping[str | None, ClientEnv],
    connector_id: str | None,
) -> None:
    row: Checked = {"number": data} if isinstance(data, str) else data
    connector_id = row.get("connectorId") or connector_id
    state.phone_numbers.add(
        PhoneNumber(
            number=row["number"],
            account_id=account_id,
            agent_id=agent_id,
            client_env=row.get("clientEnv") or envs[connector_id],
            connector_id=connector_id,
            position=state.phone_numbers.next_position(),
        )
    )


def _outbound_call(state: State, account_id: str, agent_id: str, data: Checked) -> None:
    state.outbound_calls.add(
        OutboundCall(
            call_sid=data["callSid"],
            account_id=account_id,
            agent_id=agent_id,
            client_env=data["environment"],
            to_number=data["toNumber"],
            connector_id=data["connectorId"],
            queued_at=moment(data["queuedAt"]),
            calling_at=moment(data["callingAt"]),
            ended_at=moment(data["endedAt"]),
            result=data["status"],
            reason=data.get("reason") or "",
            position=state.outbound_calls.next_position(),
        )
    )


def _call_outcome(state: State, number: str, data: Checked) -> None:
    given = {
        "result": data.get("status"),
        "reason": data.get("reason"),
        "queued_seconds": data.get("queuedSeconds") and float(data["queuedSeconds"]),
        "calling_seconds": data.get("callingSeconds") and float(data["callingSeconds"]),
    }
    chosen: Checked = {name: value for name, value in given.items() if value is not None}
    position = state.call_outcomes.next_position()
    state.call_outcomes.add(CallOutcome(to_number=number, position=position, **chosen))


def _given(data: Checked, key: str, default: str) -> str:
    value: str | None = data.get(key)
    return default if value is None else value


def _flag(value: bool | str | None) -> bool:
    return value in (True, "true")
