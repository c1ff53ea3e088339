"""Outbound calls: triggered, then watched until they succeed or fail."""

import base64
import json
import re

from mockserver.api.operation import Call, Operation
from mockserver.errors import ApiError, Err
from mockserver.http.json import NotRequired, TypedDict
from mockserver.state import outbound_calls
from mockserver.state.outbound_calls import CallStatus
from mockserver.values.e164 import to_e164
from mockserver.values.environments import CLIENT_ENVS, ClientEnv

MAX_METADATA_BYTES = 26 * 1024  # documented as "26 KB" of base64; assumed: of compact JSON, a KB being 1024 bytes

_CALL_SID = re.compile(r"OUT-[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)


class InitiateOutboundCallBody(TypedDict):
    """Whom to call, and from where."""

    toNumber: str
    environment: ClientEnv
    countryCode: NotRequired[str]
    variantId: NotRequired[str]
    encryption: NotRequired[str]
    metadata: NotRequired[dict[str, str]]


class OutboundCallResponse(TypedDict):
    """A call that has been queued."""

    callSid: str
    status: CallStatus


class OutboundCallStatusResponse(TypedDict):
    """How a call stands; `reason` is empty until it has ended."""

    callSid: str
    status: CallStatus
    reason: str


def trigger_outbound_call(call: Call, body: InitiateOutboundCallBody) -> OutboundCallResponse:
    """Trigger an outbound call."""
    to_number = to_e164(body["toNumber"], body.get("countryCode"))
    if to_number is None:
        raise ApiError(Err.PHONE_NUMBERS_INVALID_PHONE_NUMBER_FORMAT)
    metadata = json.dumps(body.get("metadata", {}), ensure_ascii=False, separators=(",", ":")).encode()
    if len(base64.b64encode(metadata)) >= MAX_METADATA_BYTES:
        raise ApiError(Err.SCHEMA_VALIDATION_FAILED)
    world = call.caller.world
    queued = outbound_calls.trigger_outbound_call(
        world.state,
        call.agent,
        to_number,
        body["environment"],
        body.get("variantId", ""),
        world.clock.now(),
    )
    return {"callSid": queued.call_sid, "status": "QUEUED"}


def get_outbound_call_status(call: Call) -> OutboundCallStatusResponse:
    """Get the status of an outbound call."""
    call_sid = call.path["callSid"]
    client_env = next((env for env in CLIENT_ENVS if env == call.query.get("environment")), None)
    if client_env is None:
        raise ApiError(Err.SCHEMA_VALIDATION_FAILED)
    if not _CALL_SID.fullmatch(call_sid):
        raise ApiError(Err.OUTBOUND_CALLS_INVALID_CALL_SID)
    world = call.caller.world
    now = world.clock.now()
    found = outbound_calls.get_outbound_call(world.state, call.agent, call_sid, client_env, now)
    status = outbound_calls.status_at(found, now)
    return {
        "callSid": found.call_sid,
        "status": status,
        "reason": found.reason if status in ("SUCCESS", "FAILURE") else "",
    }


_CALLS = "/v1/agents/{agentId}/telephony/outbound-calls"

OPERATIONS = (
    Operation(
        "POST",
        _CALLS,
        trigger_outbound_call,
        errors=(
            Err.PHONE_NUMBERS_INVALID_PHONE_NUMBER_FORMAT,
            Err.OUTBOUND_CALLING_NOT_CONFIGURED,
            Err.CONNECTORS_NOT_FOUND,
            Err.OUTBOUND_CALLING_UNAVAILABLE,
        ),
    ),
    Operation(
        "GET",
        f"{_CALLS}/{{callSid}}/status",
        get_outbound_call_status,
        errors=(
            Err.SCHEMA_VALIDATION_FAILED,
            Err.OUTBOUND_CALLS_INVALID_CALL_SID,
            Err.OUTBOUND_CALLS_NO_CONNECTOR,
            Err.OUTBOUND_CALLS_NOT_FOUND,
            Err.OUTBOUND_CALLING_UNAVAILABLE,
        ),
        query=(("environment", True),),
    ),
)
