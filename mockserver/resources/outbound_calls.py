"""Outbound calls: triggered, then polled until they succeed or fail."""

import base64
import json
from typing import Annotated

from mockserver.api.operation import Operation
from mockserver.api.scopes import AgentRequest
from mockserver.errors import ApiError, Err
from mockserver.http.json import Described, NotRequired, TypedDict
from mockserver.state import outbound_calls
from mockserver.state.accounts import ClientEnv
from mockserver.state.outbound_calls import CALL_SID, CallStatus
from mockserver.values.e164 import to_e164
from mockserver.values.text import quoted

MAX_METADATA_BYTES = 26 * 1024  # documented as "26 KB" of base64; assumed: of compact JSON, a KB being 1024 bytes


class InitiateOutboundCallBody(TypedDict):
    """Whom to call, and from where."""

    toNumber: Annotated[
        str, Described("The number to dial: E.164, or national with a `countryCode`.", examples=["+442012345678"])
    ]
    environment: Annotated[ClientEnv, Described("The environment: sandbox, pre-release or live.", examples=["live"])]
    countryCode: NotRequired[
        Annotated[str, Described("ISO 3166-1 alpha-2 code of the country that a national `toNumber` is read in.")]
    ]
    variantId: NotRequired[Annotated[str, Described("The variant whose connector calls.")]]
    encryption: NotRequired[Annotated[str, Described("How the outbound leg is encrypted; any text is accepted.")]]
    metadata: NotRequired[
        Annotated[dict[str, str], Described("Text by name, handed to the agent; under 26 KB as base64.")]
    ]


class OutboundCallResponse(TypedDict):
    """A call that has been queued."""

    callSid: Annotated[str, Described("The call's id: OUT- and a UUID.")]
    status: CallStatus


class OutboundCallStatusQuery(TypedDict):
    """Where the call was triggered."""

    environment: Annotated[ClientEnv, Described("The environment: sandbox, pre-release or live.")]


class OutboundCallStatusResponse(TypedDict):
    """The status of a call; `reason` is empty until it has ended."""

    callSid: Annotated[str, Described("The call's id: OUT- and a UUID.")]
    status: CallStatus
    reason: Annotated[str, Described("Why the call ended as it did; empty until it has.")]


def trigger_outbound_call(request: AgentRequest, body: InitiateOutboundCallBody) -> OutboundCallResponse:
    """Trigger an outbound call."""
    to_number = to_e164(body["toNumber"], body.get("countryCode"))
    if to_number is None:
        country = f" in the country {quoted(body['countryCode'])}" if "countryCode" in body else ""
        why = f"toNumber {quoted(body['toNumber'])} is not a phone number{country}"
        raise ApiError(Err.PHONE_NUMBERS_INVALID_PHONE_NUMBER_FORMAT, why=why)
    metadata = json.dumps(body.get("metadata", {}), ensure_ascii=False, separators=(",", ":")).encode()
    size = len(base64.b64encode(metadata))
    if size >= MAX_METADATA_BYTES:
        why = f"metadata: {size:,} bytes as base64; expected less than {MAX_METADATA_BYTES:,}"
        raise ApiError(Err.SCHEMA_VALIDATION_FAILED, why=why)
    queued = outbound_calls.trigger_outbound_call(
        request.state, request.agent, to_number, body["environment"], body.get("variantId", ""), request.now
    )
    return {"callSid": queued.call_sid, "status": "QUEUED"}


def get_outbound_call_status(request: AgentRequest, query: OutboundCallStatusQuery) -> OutboundCallStatusResponse:
    """Get the status of an outbound call."""
    call_sid = request.path["callSid"]
    if CALL_SID.matches(call_sid) is None:
        raise ApiError(Err.OUTBOUND_CALLS_INVALID_CALL_SID, why=f"{quoted(call_sid)} {CALL_SID.wrong}")
    call = outbound_calls.get_outbound_call(request.state, request.agent, call_sid, query["environment"], request.now)
    status = outbound_calls.status_at(call, request.now)
    ended = status in ("SUCCESS", "FAILURE")
    return {"callSid": call.call_sid, "status": status, "reason": call.reason if ended else ""}


_CALLS = "/v1/agents/{agentId}/telephony/outbound-calls"
_STATUS = f"{_CALLS}/{{callSid}}/status"
_TRIGGER_ERRORS = (
    Err.PHONE_NUMBERS_INVALID_PHONE_NUMBER_FORMAT,
    Err.OUTBOUND_CALLING_NOT_CONFIGURED,
    Err.CONNECTORS_NOT_FOUND,
    Err.OUTBOUND_CALLING_UNAVAILABLE,
)
_STATUS_ERRORS = (
    Err.OUTBOUND_CALLS_INVALID_CALL_SID,
    Err.OUTBOUND_CALLS_NO_CONNECTOR,
    Err.OUTBOUND_CALLS_NOT_FOUND,
    Err.OUTBOUND_CALLING_UNAVAILABLE,
)

OPERATIONS = (
    Operation("triggerOutboundCall", "POST", _CALLS, trigger_outbound_call, errors=_TRIGGER_ERRORS),
    Operation("getOutboundCallStatus", "GET", _STATUS, get_outbound_call_status, errors=_STATUS_ERRORS),
)
