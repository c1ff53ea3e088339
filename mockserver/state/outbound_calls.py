"""Outbound calls: a call's course is fixed when it is triggered, and its status follows from the clock."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Annotated, ClassVar, Literal

from mockserver.errors import ApiError, Err
from mockserver.state.accounts import Agent, AgentRecord, ClientEnv
from mockserver.state.connectors import default_connector
from mockserver.state.schema import Column, Declaration, Record
from mockserver.state.state import State
from mockserver.values.e164 import E164
from mockserver.values.kinds import ID, Pattern
from mockserver.values.text import quoted

CallStatus = Literal["QUEUED", "CALLING", "SUCCESS", "FAILURE"]
CallResult = Literal["SUCCESS", "FAILURE"]

RETENTION = timedelta(hours=2)  # documented: about two hours after the call's end

BUSY_NUMBER = "+442079460990"
NO_ANSWER_NUMBER = "+442079460991"

CALL_SID = Pattern(
    "[Oo][Uu][Tt]-[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}", "call SID", "OUT- and a UUID", plain=True
)


@dataclass(frozen=True, slots=True, kw_only=True)
class OutboundCall(AgentRecord):
    """A call under way or ended; its status at a moment follows from the three times."""

    TABLE: ClassVar = Declaration(
        name="outboundCalls",
        order=60,
        noun="outbound call",
        owner="agents",
        doc="Calls under way or ended, as a saved state holds them.",
        minted=True,
    )

    call_sid: Annotated[str, CALL_SID, Column("The call's id: OUT- and a UUID.", key=True)]
    to_number: Annotated[str, E164, Column("The number that was dialled.")]
    client_env: Annotated[ClientEnv, Column("The environment that it was made from.", seed="environment")]
    connector_id: Annotated[str, ID, Column("The connector that it was made from, which may be gone.")]
    queued_at: Annotated[datetime, Column("When it was triggered.")]
    calling_at: Annotated[datetime, Column("When it was, or will be, dialled.")]
    ended_at: Annotated[datetime, Column("When it ended, or will end.")]
    result: Annotated[CallResult, Column("How it ends.", seed="status")]
    reason: Annotated[str, Column("Why it ends so.")] = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class CallOutcome(Record):
    """How outbound calls to a number go: `queued_seconds`, then `calling_seconds`, then `result`."""

    TABLE: ClassVar = Declaration(
        name="callOutcomes",
        order=70,
        noun="call outcome",
        doc="Outcomes by dialled number; calls to all other numbers succeed.",
        seed="outboundCalls",
        keyed=True,
    )

    to_number: Annotated[str, E164, Column("The dialled number.", key=True)]
    result: Annotated[CallResult, Column("How they end.", seed="status", always=True, nullable=False)] = "SUCCESS"
    reason: Annotated[str, Column("What the API gives as the reason, usually for failures only.")] = ""
    queued_seconds: Annotated[float, Column("Seconds of the world's time until it is dialled.", nullable=False)] = 2.0
    calling_seconds: Annotated[float, Column("Seconds of the world's time until it ends.", nullable=False)] = 10.0


_MAGIC_OUTCOMES = {
    number: CallOutcome(to_number=number, result="FAILURE", reason=reason, calling_seconds=seconds, position=0)
    for number, reason, seconds in ((BUSY_NUMBER, "busy", 1), (NO_ANSWER_NUMBER, "no answer", 30))
}


def trigger_outbound_call(
    state: State, agent: Agent, to_number: str, client_env: ClientEnv, variant_id: str, now: datetime
) -> OutboundCall:
    """Queue a call from the environment's connector of `variant_id` ("" for its default one) and return it.

    Raises OUTBOUND_CALLING_NOT_CONFIGURED, OUTBOUND_CALLING_UNAVAILABLE, then CONNECTORS_NOT_FOUND (statuses
    documented; codes, order and the choice of connector assumed).
    """
    calling = agent.outbound_calling.get(client_env, "enabled")
    if calling == "not-configured":
        raise ApiError(Err.OUTBOUND_CALLING_NOT_CONFIGURED, why=_setting(agent, client_env))
    if calling == "unavailable":
        raise ApiError(Err.OUTBOUND_CALLING_UNAVAILABLE, why=_setting(agent, client_env))
    connector = default_connector(state, agent.agent_id, client_env, variant_id)
    if connector is None:
        why = f"the agent has no connector for {client_env}" + (variant_id and f" and variant {quoted(variant_id)}")
        raise ApiError(Err.CONNECTORS_NOT_FOUND, why=why)
    _forget_expired_calls(state, agent.agent_id, now)
    outcome = _outcome_of(state, to_number)
    calling_at = now + timedelta(seconds=outcome.queued_seconds)
    call = OutboundCall(
        call_sid=state.fresh_id(OutboundCall, lambda: f"OUT-{state.mint.uuid4('outboundCalls')}"),
        account_id=agent.account_id,
        agent_id=agent.agent_id,
        client_env=client_env,
        to_number=to_number,
        connector_id=connector.connector_id,
        queued_at=now,
        calling_at=calling_at,
        ended_at=calling_at + timedelta(seconds=outcome.calling_seconds),
        result=outcome.result,
        reason=outcome.reason,
        position=state[OutboundCall].next_position(),
    )
    state[OutboundCall].put(call)
    return call


def get_outbound_call(state: State, agent: Agent, call_sid: str, client_env: ClientEnv, now: datetime) -> OutboundCall:
    """Return the agent's call of that environment.

    Raises OUTBOUND_CALLING_UNAVAILABLE, OUTBOUND_CALLS_NO_CONNECTOR where the environment has no connector
    (documented), and OUTBOUND_CALLS_NOT_FOUND for one that is unknown or ended over two hours ago (assumed).
    """
    if agent.outbound_calling.get(client_env, "enabled") == "unavailable":
        raise ApiError(Err.OUTBOUND_CALLING_UNAVAILABLE, why=_setting(agent, client_env))
    if default_connector(state, agent.agent_id, client_env) is None:
        raise ApiError(Err.OUTBOUND_CALLS_NO_CONNECTOR, why=f"the agent has no connector for {client_env}")
    call = state[OutboundCall].get(call_sid)
    if call is None or (call.agent_id, call.client_env) != (agent.agent_id, client_env) or _expired(call, now):
        refuse = state.policies.unknown_call == "bad-request"
        err = Err.OUTBOUND_CALLS_INVALID_CALL_SID if refuse else Err.OUTBOUND_CALLS_NOT_FOUND
        raise ApiError(err, why=f"the agent has no call {call_sid} in {client_env}, or it ended over two hours ago")
    return call


def status_at(call: OutboundCall, now: datetime) -> CallStatus:
    """Return the call's status at a moment; SUCCESS and FAILURE never change (documented)."""
    if now >= call.ended_at:
        return call.result
    return "CALLING" if now >= call.calling_at else "QUEUED"


def _setting(agent: Agent, client_env: ClientEnv) -> str:
    return f"the seed sets outboundCalling.{client_env} of {agent.agent_id} to {agent.outbound_calling[client_env]}"


def _outcome_of(state: State, to_number: str) -> CallOutcome:
    """Return how calls to a number go: by the seed, or by its magic value; otherwise they succeed."""
    outcome = state[CallOutcome].get(to_number)
    if outcome is None and state.policies.magic_values == "magic":
        outcome = _MAGIC_OUTCOMES.get(to_number)
    return outcome or CallOutcome(to_number=to_number, position=0)


def _expired(call: OutboundCall, now: datetime) -> bool:
    return now >= call.ended_at + RETENTION


def _forget_expired_calls(state: State, agent_id: str, now: datetime) -> None:
    """Remove expired calls, oldest first, so that a long run does not grow without bound."""
    for call in state[OutboundCall].where("agent_id", agent_id):
        if not _expired(call, now):
            return
        state[OutboundCall].pop(call.call_sid)
