"""Outbound calls in the testing kit: how they go in worlds, and what their operations do."""

import re
from datetime import datetime, timedelta

from hypothesis import strategies as st

from mockserver.testing.fields import ANYWHERE, Field, Flaw, Place, Values, id_of, ids, just, record, sampled
from mockserver.testing.model import BAD_BODY, Model
from mockserver.testing.operations import Operation
from mockserver.testing.requests import ApiRequest
from mockserver.testing.resources.connectors import BAD_NUMBER, MALFORMED_NUMBER, default_connector
from mockserver.testing.tables import Refusal, Tables
from mockserver.testing.values import CLIENT_ENVS, STOPPED, JsonObject, client_envs, is_phone_number, phone_numbers
from mockserver.testing.worlds import RESOURCES, Resource

UNKNOWN = "OUTBOUND_CALLS_NOT_FOUND"
UNAVAILABLE = (502, "OUTBOUND_CALLING_UNAVAILABLE")
KEPT = timedelta(hours=2)
NO_CALL = f"OUT-{'0' * 8}-0000-4000-8000-{'0' * 12}"
ORDINARY = {"status": "SUCCESS", "reason": "", "queuedSeconds": 2, "callingSeconds": 10}

_delays = st.sampled_from((0.0, 2.0, 60.0))
_endings = st.sampled_from(
    [{"status": "SUCCESS", "reason": ""}, *({"status": "FAILURE", "reason": it} for it in ("busy", "no answer"))]
)
outcomes = st.builds(
    lambda ending, queued, calling: {**ending, "queuedSeconds": queued, "callingSeconds": calling},
    _endings,
    _delays,
    _delays,
)


@st.composite
def calls(draw: st.DrawFn, _account_id: str, agent: JsonObject) -> JsonObject:
    """Return calls of an agent, from one of its connectors, that were triggered at most three hours ago."""
    connector = draw(st.sampled_from(agent["connectors"]))
    outcome = draw(outcomes)
    queued_at = datetime.fromisoformat(STOPPED["frozenAt"]) - timedelta(seconds=draw(st.integers(0, 10_800)))
    return {
        "callSid": f"OUT-{draw(st.uuids())}",
        "toNumber": draw(phone_numbers()),
        "environment": connector["clientEnv"],
        "connectorId": connector["connectorId"],
        **_course(queued_at, outcome),
    }


def _course(queued_at: datetime, outcome: JsonObject) -> JsonObject:
    """Return the times of a call, and its end."""
    calling_at = queued_at + timedelta(seconds=outcome["queuedSeconds"])
    ended_at = calling_at + timedelta(seconds=outcome["callingSeconds"])
    times = {"queuedAt": queued_at, "callingAt": calling_at, "endedAt": ended_at}
    ending = {"status": outcome["status"], "reason": outcome["reason"]}
    return {**{name: time.isoformat() for name, time in times.items()}, **ending}


RESOURCES["outbound_calls"] = Resource(
    records="outboundCalls",
    key="callSid",
    rows=lambda account_id, agent: calls(account_id, agent) if agent.get("connectors") else st.nothing(),
    max_size=1,
    agent={
        "outboundCalling": st.dictionaries(client_envs, st.sampled_from(("not-configured", "unavailable")), max_size=1)
    },
    world={"outboundCalls": st.dictionaries(phone_numbers().map(str), outcomes, max_size=2)},
)


def _calling(tables: Tables, agent_id: str, client_env: str) -> object:
    agent = tables.find("agents", "PROJECT_NOT_FOUND", agentId=agent_id)
    return (agent.get("outboundCalling") or {}).get(client_env, "enabled")


def _callable_envs(tables: Tables, place: Place) -> list[str]:
    """Return the environments from which an agent of the place can call."""
    agent_ids = [agent["agentId"] for agent in tables.at("agents", place)]
    return [env for env in CLIENT_ENVS if any(_can_call(tables, agent_id, env) for agent_id in agent_ids)]


def _can_call(tables: Tables, agent_id: str, client_env: str) -> bool:
    enabled = _calling(tables, agent_id, client_env) == "enabled"
    return enabled and default_connector(tables, agent_id, client_env) is not None


def _any_variant(tables: Tables) -> Values:
    return sampled([*ids("connectors", "variantId")(tables, ANYWHERE), "VARIANT-0"])


def _outcomes(tables: Tables) -> JsonObject:
    return tables.seed.get("outboundCalls") or {}


_CALLEE = Field(values=lambda tables: sampled(list(_outcomes(tables))) | phone_numbers(), flaws=(MALFORMED_NUMBER,))
_ANY_ENV = Flaw("other-environment", lambda _: client_envs)
_FROM_ENV = Field(known=_callable_envs, flaws=(_ANY_ENV, Flaw("unknown-environment", just("prod"), 400)))
_ITS_ENV = Field(known=ids("outboundCalls", "environment"), flaws=(_ANY_ENV, Flaw("unknown-environment", just("prod"))))
_METADATA = Field(
    values=lambda _: st.dictionaries(st.text(max_size=8), st.text(max_size=8), max_size=2),
    flaws=(
        Flaw("metadata-not-text", just({"retries": 3}), 400),
        Flaw("too-much-metadata", just({"note": "x" * 30_000}), 400),
    ),
    wrong=(),
)
_CALL = record(
    {"toNumber": _CALLEE, "environment": _FROM_ENV},
    variantId=Field(flaws=(Flaw("other-variant", _any_variant),)),
    metadata=_METADATA,
    encryption=Field(values=just("tls_srtp")),
    countryCode=Field(flaws=(Flaw("unknown-country", just("XX"), 400),)),
)
_ID = {"callSid": id_of("outboundCalls", "callSid", NO_CALL, Flaw("malformed-call-sid", just("OUT-42")))}
_ALL = "/v1/agents/{agentId}/telephony/outbound-calls"
_STATUS = f"{_ALL}/{{callSid}}/status"


@Operation("triggerOutboundCall", "POST", _ALL, body=_CALL)
def _trigger(model: Model, request: ApiRequest) -> JsonObject:
    agent_id, body = request.path["agentId"], request.json
    number, env = body["toNumber"], body["environment"]
    if not is_phone_number(number):
        raise Refusal(*BAD_NUMBER)
    calling = _calling(model, agent_id, env)
    if calling == "not-configured":
        raise Refusal(400, "OUTBOUND_CALLING_NOT_CONFIGURED")
    if calling == "unavailable":
        raise Refusal(*UNAVAILABLE)
    connector = default_connector(model, agent_id, env, body.get("variantId", ""))
    if connector is None:
        raise Refusal(404, "CONNECTORS_NOT_FOUND")
    call = model.add(
        "outboundCalls",
        agentId=agent_id,
        callSid=model.mint("call"),
        toNumber=number,
        environment=env,
        connectorId=connector["connectorId"],
        **_course(model.now, {**ORDINARY, **_outcomes(model).get(number, {})}),
    )
    return {"callSid": call["callSid"], "status": "QUEUED"}


@Operation("getOutboundCallStatus", "GET", _STATUS, _ID, query=record({"environment": _ITS_ENV}), watched=True)
def _get_status(model: Model, request: ApiRequest) -> JsonObject:
    agent_id, call_sid, env = request.path["agentId"], request.path["callSid"], request.query.get("environment")
    if env not in CLIENT_ENVS:
        raise Refusal(*BAD_BODY)
    if not re.fullmatch(r"OUT-[0-9a-f-]{36}", call_sid):
        raise Refusal(400, "OUTBOUND_CALLS_INVALID_CALL_SID")
    if _calling(model, agent_id, env) == "unavailable":
        raise Refusal(*UNAVAILABLE)
    if default_connector(model, agent_id, env) is None:
        raise Refusal(400, "OUTBOUND_CALLS_NO_CONNECTOR")
    call = model.find("outboundCalls", UNKNOWN, agentId=agent_id, callSid=call_sid, environment=env)
    calling_at, ended_at = (datetime.fromisoformat(call[name]) for name in ("callingAt", "endedAt"))
    if model.now >= ended_at + KEPT:
        raise Refusal(404, UNKNOWN)
    if model.now >= ended_at:
        return {"callSid": call_sid, "status": call["status"], "reason": call["reason"]}
    return {"callSid": call_sid, "status": "CALLING" if model.now >= calling_at else "QUEUED", "reason": ""}
