"""Verbs on outbound calls: a call's whole course is fixed when it is triggered, and read off the world's clock."""

from datetime import datetime, timedelta

from mockserver.errors import ApiError, Err
from mockserver.state.magic import outcome_of
from mockserver.state.records import Agent, CallStatus, ClientEnv, OutboundCall
from mockserver.state.state import State
from mockserver.state.telephony import default_connector

RETENTION = timedelta(hours=2)  # documented: about two hours after the call's end


def trigger_outbound_call(
    state: State,
    agent: Agent,
    to_number: str,
    client_env: ClientEnv,
    variant_id: str,
    now: datetime,
) -> OutboundCall:
    """Queue a call from the environment's connector of `variant_id` ("" for its default one) and return it.

    Raises OUTBOUND_CALLING_NOT_CONFIGURED, OUTBOUND_CALLING_UNAVAILABLE, then CONNECTORS_NOT_FOUND (statuses
    documented; codes, order and the choice of connector assumed).
    """
    calling = agent.outbound_calling.get(client_env, "enabled")
    if calling == "not-configured":
        raise ApiError(Err.OUTBOUND_CALLING_NOT_CONFIGURED)
    if calling == "unavailable":
        raise ApiError(Err.OUTBOUND_CALLING_UNAVAILABLE)
    connector = default_connector(state, agent.agent_id, client_env, variant_id)
    if connector is None:
        raise ApiError(Err.CONNECTORS_NOT_FOUND)
    _forget_expired_calls(state, agent.agent_id, now)
    outcome = outcome_of(state, to_number)
    calling_at = now + timedelta(seconds=outcome.queued_seconds)
    call = OutboundCall(
        call_sid=_fresh_call_sid(state),
        agent_id=agent.agent_id,
        client_env=client_env,
        to_number=to_number,
        connector_id=connector.connector_id,
        queued_at=now,
        calling_at=calling_at,
        ended_at=calling_at + timedelta(seconds=outcome.calling_seconds),
        result=outcome.result,
        reason=outcome.reason,
        position=state.outbound_calls.next_position(),
    )
    state.outbound_calls.put(call)
    return call


def get_outbound_call(state: State, agent: Agent, call_sid: str, client_env: ClientEnv, now: datetime) -> OutboundCall:
    """Return the agent's call of that environment.

    Raises OUTBOUND_CALLING_UNAVAILABLE, OUTBOUND_CALLS_NO_CONNECTOR where the environment has no connector
    (documented), and OUTBOUND_CALLS_NOT_FOUND for one that is unknown or ended over two hours ago (assumed).
    """
    if agent.outbound_calling.get(client_env, "enabled") == "unavailable":
        raise ApiError(Err.OUTBOUND_CALLING_UNAVAILABLE)
    if default_connector(state, agent.agent_id, client_env) is None:
        raise ApiError(Err.OUTBOUND_CALLS_NO_CONNECTOR)
    call = state.outbound_calls.get(call_sid)
    if call is None or (call.agent_id, call.client_env) != (agent.agent_id, client_env) or _expired(call, now):
        refuse = state.policies.unknown_call == "bad-request"
        raise ApiError(Err.OUTBOUND_CALLS_INVALID_CALL_SID if refuse else Err.OUTBOUND_CALLS_NOT_FOUND)
    return call


def status_at(call: OutboundCall, now: datetime) -> CallStatus:
    """Return the call's status at a moment; SUCCESS and FAILURE never change (documented)."""
    if now >= call.ended_at:
        return call.result
    return "CALLING" if now >= call.calling_at else "QUEUED"


def _expired(call: OutboundCall, now: datetime) -> bool:
    return now >= call.ended_at + RETENTION


def _forget_expired_calls(state: State, agent_id: str, now: datetime) -> None:
    """Drop what nobody can see any more, oldest first, so that a long run does not grow without bound."""
    for call in state.outbound_calls.where("agent_id", agent_id):
        if not _expired(call, now):
            return
        state.outbound_calls.pop(call.call_sid)


def _fresh_call_sid(state: State) -> str:
    while (call_sid := f"OUT-{state.mint.uuid4('outboundCalls')}") in state.outbound_calls:
        pass
    return call_sid
