"""Connectors in the testing kit: their strategy, and what their operations do."""

import re
from functools import partial
from typing import TypedDict

from hypothesis import strategies as st

from mockserver.testing.fields import AGENT, ANYWHERE, Field, Flaw, id_of, ids, just, list_of, record, sampled, unknown
from mockserver.testing.model import Model, batch_get
from mockserver.testing.operations import Operation
from mockserver.testing.requests import ApiRequest
from mockserver.testing.tables import Refusal, Row, Tables
from mockserver.testing.values import ClientEnv, JsonObject, client_envs, invalid_phone_numbers, is_phone_number
from mockserver.testing.worlds import RESOURCES, Resource

UNKNOWN_CONNECTOR = "conn_unknown"
UNKNOWN_NUMBER = "+999999999999999"
BAD_CONNECTOR = (400, "CONNECTORS_VALIDATION_FAILED")
BAD_NUMBER = (400, "PHONE_NUMBERS_INVALID_PHONE_NUMBER_FORMAT")
LANGUAGES = ("en-US", "en-GB", "fr-FR", "cmn-CN", "es-419")

languages = st.sampled_from(LANGUAGES)
voices = st.builds("{}-{}".format, languages, st.sampled_from(("Neural2-A", "Wavenet-B", "Chirp3-HD-Kore")))
variants = st.integers(1, 9).map("VARIANT-{}".format) | st.text(max_size=12)
connector_ids = (
    st.integers(1, 99).map("conn_{}".format) | st.from_regex(r"conn_[A-Za-z0-9._-]{1,30}", fullmatch=True)
).filter(UNKNOWN_CONNECTOR.__ne__)


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


@st.composite
def connectors(draw: st.DrawFn, account_id: str = "ws-1", agent_id: str = "PROJECT-1") -> Connector:
    """Return connectors of an agent, as the API answers with them."""
    voice = draw(voices)
    if draw(st.booleans()):
        voice = ""
    return {
        "connectorId": draw(connector_ids),
        "name": draw(st.just("Main line") | st.text(max_size=30)),
        "accountId": account_id,
        "projectId": agent_id,
        "clientEnv": draw(client_envs),
        "variantId": draw(st.just("") | variants),
        "asrLangCode": draw(st.sampled_from((*LANGUAGES, ""))),
        "ttsLangCode": language_of(voice),
        "voiceName": voice,
        "disableHandoff": draw(st.booleans()),
    }


RESOURCES["connectors"] = Resource(
    records="connectors",
    key="connectorId",
    rows=lambda account_id, agent: connectors(account_id, agent["agentId"]),
    world={"rejectedVoices": st.lists(voices, max_size=1)},
)


def _rejected_voices(tables: Tables) -> list[str]:
    """Return the voices that fail the probe in the world."""
    return tables.seed.get("rejectedVoices") or []


def _routed(row: Row) -> bool:
    return row.get("connectorId") is not None


CONNECTOR = id_of("connectors", "connectorId", UNKNOWN_CONNECTOR)
MALFORMED_NUMBER = Flaw("malformed-number", lambda _: invalid_phone_numbers(), plain=("nonsense", "+0123456789"))
ROUTED_NUMBER = Field(
    known=ids("phoneNumbers", "number", _routed),
    flaws=(
        unknown("phoneNumbers", "number", UNKNOWN_NUMBER),
        Flaw(
            "unrouted-number",
            lambda tables: sampled(ids("phoneNumbers", "number", lambda row: not _routed(row))(tables, ANYWHERE)),
        ),
        MALFORMED_NUMBER,
    ),
)
_UPDATE = {
    "variantId": Field(values=lambda _: st.none() | variants),
    "asrLangCode": Field(values=lambda _: st.none() | languages),
    "voiceName": Field(
        values=lambda tables: st.none() | voices.filter(lambda voice: voice not in _rejected_voices(tables)),
        flaws=(Flaw("refused-voice", lambda tables: sampled(["no-language", *_rejected_voices(tables)])),),
    ),
    "projectId": Field(known=AGENT.known, flaws=(Flaw("null-project", just(None)), *AGENT.flaws)),
}
_ALL = "/v1/agents/{agentId}/telephony/connectors"
_ONE = f"{_ALL}/{{connectorId}}"
_ID = {"connectorId": CONNECTOR}
_UPDATES = record({"updates": list_of(record({"connectorId": CONNECTOR}, **_UPDATE))})


@Operation("listConnectors", "GET", _ALL, watched=True)
def _list(model: Model, request: ApiRequest) -> JsonObject:
    return {"connectors": [_view(row) for row in model.at("connectors", request.path)]}


@Operation("getConnector", "GET", _ONE, _ID)
def _get(model: Model, request: ApiRequest) -> JsonObject:
    return _view(find_connector(model, request, request.path["connectorId"]))


@Operation("batchGetConnectors", "POST", f"{_ALL}/batch", body=record({"connectorIds": list_of(CONNECTOR)}))
def _batch_get(model: Model, request: ApiRequest) -> JsonObject:
    return batch_get(model, request.json["connectorIds"], lambda it: _view(find_connector(model, request, it)))


@Operation("lookupConnector", "POST", f"{_ALL}/lookup", body=record({"phoneNumber": ROUTED_NUMBER}))
def _lookup(model: Model, request: ApiRequest) -> JsonObject:
    number = request.json["phoneNumber"]
    if not is_phone_number(number):
        raise Refusal(*BAD_NUMBER)
    row = model.find("phoneNumbers", "PHONE_NUMBERS_NOT_FOUND", agentId=request.path["agentId"], number=number)
    return _view(find_connector(model, request, row.get("connectorId")))


@Operation("updateConnector", "PATCH", _ONE, _ID, body=record(**_UPDATE))
def _update(model: Model, request: ApiRequest) -> JsonObject:
    return _updated(model, request, request.path["connectorId"], request.json)


@Operation("batchUpdateConnectors", "PATCH", f"{_ALL}/batch", body=_UPDATES, item=_ID)
def _batch_update(model: Model, request: ApiRequest) -> JsonObject:
    results: list[JsonObject] = []
    for update in request.json["updates"]:
        connector_id = update["connectorId"]
        data, error = model.attempt(connector_id, partial(_updated, model, request, connector_id, update))
        outcome = {"success": True, "data": data} if error is None else {"success": False, "error": error}
        results.append({"connectorId": connector_id, **outcome})
    return {"results": results}


@Operation("deleteConnector", "DELETE", _ONE, _ID)
def _delete(model: Model, request: ApiRequest) -> JsonObject:
    connector = find_connector(model, request, request.path["connectorId"])
    numbers = _numbers_of(model, connector)
    model.rows["connectors"].remove(connector)
    for row in numbers:
        model.rows["phoneNumbers"].remove(row)
    return {"deletedConnector": connector["connectorId"], "deletedPhoneNumbers": [row["number"] for row in numbers]}


def _updated(model: Model, request: ApiRequest, connector_id: str, update: JsonObject) -> JsonObject:
    connector = find_connector(model, request, connector_id)
    changes = {name: update[name] or "" for name in ("variantId", "asrLangCode", "voiceName") if name in update}
    if "voiceName" in update:
        changes["ttsLangCode"] = language_of(changes["voiceName"])
    agent_id = update.get("projectId", connector["agentId"])
    voice = update.get("voiceName")
    if agent_id is None or (voice is not None and (not language_of(voice) or voice in _rejected_voices(model))):
        raise Refusal(*BAD_CONNECTOR)
    agent_id = AGENT.resolve(model, agent_id)
    if agent_id != connector["agentId"]:  # it comes last in the list of its new agent, and so do its numbers
        for row in _numbers_of(model, connector):
            model.move("phoneNumbers", row, agentId=agent_id)
        connector = model.move("connectors", connector, agentId=agent_id)
    return _view(model.replace("connectors", connector, **changes))


def find_connector(model: Model, request: ApiRequest, connector_id: object, code: str = "CONNECTORS_NOT_FOUND") -> Row:
    """Return the connector of the request's agent; refuse with 404 and the code without it."""
    return model.find("connectors", code, agentId=request.path["agentId"], connectorId=connector_id)


def default_connector(tables: Tables, agent_id: object, client_env: object, variant_id: object = "") -> Row | None:
    """Return the environment's first connector of a variant; without a variant, else its first one."""
    here = tables.at("connectors", {"agentId": agent_id, "clientEnv": client_env})
    return next((row for row in here if row["variantId"] == variant_id), here[0] if here and not variant_id else None)


def language_of(voice: str) -> str:
    """Return the language that a voice's name begins with, or ""."""
    known = re.fullmatch(r"([a-z]{2,3}-([A-Z]{2}|[0-9]{3}))-.+", voice, re.DOTALL)
    return known[1] if known else ""


def _numbers_of(model: Model, connector: Row) -> list[Row]:
    return [row for row in model.rows["phoneNumbers"] if row.get("connectorId") == connector["connectorId"]]


def _view(row: Row) -> JsonObject:
    shown = Row(row, projectId=row["agentId"])
    return {name: shown[name] for name in Connector.__annotations__}
