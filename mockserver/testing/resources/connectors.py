"""Connectors in the testing kit: their strategies, and what their operations do."""

import re
from collections.abc import Sequence
from typing import TypedDict

from hypothesis import strategies as st

from mockserver.testing.fields import (
    AGENT,
    ANYWHERE,
    UNKNOWN_AGENT,
    Field,
    Flaw,
    ids,
    just,
    list_of,
    record,
    resolve_agent,
    sampled,
    unknown,
)
from mockserver.testing.model import SOME_TEXT, Model, batch_get
from mockserver.testing.operations import Operation
from mockserver.testing.requests import ApiRequest
from mockserver.testing.resource import RESOURCES, Resource
from mockserver.testing.tables import Refusal, Row, Tables
from mockserver.testing.values import (
    OTHER_NUMBERS,
    UNKNOWN_NUMBER,
    ClientEnv,
    JsonObject,
    client_envs,
    invalid_phone_numbers,
    is_phone_number,
)

UNKNOWN_CONNECTOR = "conn_unknown"
REFUSED_VOICE = "no-language"
BAD_CONNECTOR = (400, "CONNECTORS_VALIDATION_FAILED")
BAD_NUMBER = (400, "PHONE_NUMBERS_INVALID_PHONE_NUMBER_FORMAT")
LANGUAGES = ("en-US", "en-GB", "fr-FR", "cmn-CN", "es-419")

languages = st.sampled_from(LANGUAGES)
voices = st.builds("{}-{}".format, languages, st.sampled_from(("Neural2-A", "Wavenet-B", "Chirp3-HD-Kore")))
variants = st.integers(1, 9).map("VARIANT-{}".format) | st.text(max_size=12)
updates: dict[str, st.SearchStrategy[object]] = {
    "variantId": st.none() | variants,
    "asrLangCode": st.none() | languages,
    "voiceName": st.none() | voices,
}
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
    connector_id = draw(connector_ids)
    return {
        "connectorId": connector_id,
        "name": draw(st.just("Main line") | st.text(max_size=30)),
        "accountId": account_id,
        "projectId": agent_id,
        "clientEnv": draw(client_envs),
        "variantId": draw(st.just("") | variants),
        "asrLangCode": draw(st.sampled_from((*LANGUAGES, ""))),
        "ttsLangCode": next((code for code in LANGUAGES if voice.startswith(f"{code}-")), ""),
        "voiceName": voice,
        "disableHandoff": draw(st.booleans()),
    }


RESOURCES["connectors"] = Resource(
    records="connectors",
    key="connectorId",
    fields=Connector.__required_keys__ - {"accountId", "projectId"},
    policies={
        "duplicateGets": "collapse",
        "emptyUpdate": "accept",
        "lookupMiss": "not-found",
        "magicValues": "ordinary",
        "movedNumbers": "follow",
        "nullLanguage": "clear",
        "variantCheck": "none",
    },
    rows=lambda account_id, agent: connectors(account_id, agent["agentId"]),
    world={"rejectedVoices": st.lists(voices, max_size=1)},
)

CONNECTOR = Field(
    known=ids("connectors", "connectorId"),
    others=just(UNKNOWN_CONNECTOR),
    flaws=(Flaw("unknown-connector", unknown("connectors", "connectorId", UNKNOWN_CONNECTOR)),),
)
MALFORMED_NUMBER = Flaw("malformed-number", lambda _: invalid_phone_numbers())
_all_numbers = ids("phoneNumbers", "number")
_ROUTED_NUMBER = Field(
    known=ids("phoneNumbers", "number", lambda row: row.get("connectorId") is not None),
    others=lambda tables: sampled([*OTHER_NUMBERS, *_all_numbers(tables, ANYWHERE)]),
    flaws=(MALFORMED_NUMBER, Flaw("unknown-number", unknown("phoneNumbers", "number", UNKNOWN_NUMBER))),
)
_UPDATE = {
    "variantId": Field(values=lambda _: updates["variantId"]),
    "asrLangCode": Field(values=lambda _: updates["asrLangCode"]),
    "voiceName": Field(
        values=lambda tables: updates["voiceName"].filter(lambda voice: voice not in rejected_voices(tables)),
        others=lambda tables: st.sampled_from((REFUSED_VOICE, *rejected_voices(tables))),
        flaws=(Flaw("refused-voice", just(REFUSED_VOICE)),),
    ),
    "projectId": Field(
        known=AGENT.known,
        others=lambda tables: st.none() | sampled(ids("agents", "agentId")(tables, ANYWHERE)),
        flaws=(
            Flaw("null-project", just(None)),
            Flaw("unknown-project", unknown("agents", "agentId", UNKNOWN_AGENT)),
        ),
    ),
}
_ALL = "/v1/agents/{agentId}/telephony/connectors"
_ONE = f"{_ALL}/{{connectorId}}"
_ID = {"connectorId": CONNECTOR}


@Operation("listConnectors", "GET", _ALL, watched=True)
def _list(model: Model, request: ApiRequest) -> JsonObject:
    return {"connectors": [_view(row) for row in model.at("connectors", request.path)]}


@Operation("getConnector", "GET", _ONE, _ID)
def _get(model: Model, request: ApiRequest) -> JsonObject:
    return _view(find_connector(model, request, request.path["connectorId"]))


@Operation("batchGetConnectors", "POST", f"{_ALL}/batch", body=record({"connectorIds": list_of(CONNECTOR)}))
def _batch_get(model: Model, request: ApiRequest) -> JsonObject:
    return batch_get(request.json["connectorIds"], lambda it: _view(find_connector(model, request, it)))


@Operation("lookupConnector", "POST", f"{_ALL}/lookup", body=record({"phoneNumber": _ROUTED_NUMBER}))
def _lookup(model: Model, request: ApiRequest) -> JsonObject:
    number = request.json["phoneNumber"]
    if not is_phone_number(number):
        raise Refusal(*BAD_NUMBER)
    row = model.find("phoneNumbers", "PHONE_NUMBERS_NOT_FOUND", agentId=request.path["agentId"], number=number)
    return _view(find_connector(model, request, row.get("connectorId")))


@Operation("updateConnector", "PATCH", _ONE, _ID, body=record(**_UPDATE))
def _update(model: Model, request: ApiRequest) -> JsonObject:
    return _updated(model, request, request.path["connectorId"], request.json)


@Operation(
    "batchUpdateConnectors",
    "PATCH",
    f"{_ALL}/batch",
    body=record({"updates": list_of(record({"connectorId": CONNECTOR}, **_UPDATE))}),
    item=_ID,
)
def _batch_update(model: Model, request: ApiRequest) -> JsonObject:
    results: list[JsonObject] = []
    for update in request.json["updates"]:
        connector_id = update["connectorId"]
        try:
            model.check_item(connector_id)
            data = _updated(model, request, connector_id, update)
            results.append({"connectorId": connector_id, "success": True, "data": data})
        except Refusal:
            error = model.failing.get(connector_id, SOME_TEXT)
            results.append({"connectorId": connector_id, "success": False, "error": error})
    return {"results": results}


@Operation("deleteConnector", "DELETE", _ONE, _ID)
def _delete(model: Model, request: ApiRequest) -> JsonObject:
    connector = find_connector(model, request, request.path["connectorId"])
    numbers = _routed(model, connector)
    model.remove("connectors", connector)
    for row in numbers:
        model.remove("phoneNumbers", row)
    return {"deletedConnector": connector["connectorId"], "deletedPhoneNumbers": [row["number"] for row in numbers]}


def _updated(model: Model, request: ApiRequest, connector_id: object, update: JsonObject) -> JsonObject:
    connector = find_connector(model, request, connector_id)
    voice = update.get("voiceName")
    if "projectId" in update and update["projectId"] is None:
        raise Refusal(*BAD_CONNECTOR)
    if voice is not None and (not language_of(voice) or voice in rejected_voices(model)):
        raise Refusal(*BAD_CONNECTOR)
    agent_id = resolve_agent(model, update.get("projectId", connector["agentId"]))
    changes = {name: update[name] or "" for name in ("variantId", "asrLangCode", "voiceName") if name in update}
    if "voiceName" in update:
        changes["ttsLangCode"] = language_of(voice or "")
    if agent_id != connector["agentId"]:  # it comes last in the list of its new agent, and so do its numbers
        for row in _routed(model, connector):
            model.move("phoneNumbers", row, agentId=agent_id)
        connector = model.move("connectors", connector, agentId=agent_id)
    return _view(model.replace("connectors", connector, **changes))


def find_connector(model: Model, request: ApiRequest, connector_id: object, code: str = "CONNECTORS_NOT_FOUND") -> Row:
    """Return the connector of the request's agent; refuse with 404 and the code without it."""
    return model.find("connectors", code, agentId=request.path["agentId"], connectorId=connector_id)


def default_connector(tables: Tables, agent_id: object, client_env: object, variant_id: object = "") -> Row | None:
    """Return the environment's first connector of a variant; without a variant, else its first one."""
    here = tables.at("connectors", {"agentId": agent_id, "clientEnv": client_env})
    for row in here:
        if row["variantId"] == variant_id:
            return row
    return here[0] if here and not variant_id else None


def language_of(voice: str) -> str:
    """Return the language that a voice's name begins with, or ""."""
    known = re.fullmatch(r"([a-z]{2,3}-([A-Z]{2}|[0-9]{3}))-.+", voice, re.DOTALL)
    return known[1] if known else ""


def _routed(model: Model, connector: Row) -> list[Row]:
    return [row for row in model.rows["phoneNumbers"] if row.get("connectorId") == connector["connectorId"]]


def rejected_voices(tables: Tables) -> Sequence[str]:
    """Return the voices that fail the probe in the world."""
    return tables.seed.get("rejectedVoices") or []


def _view(row: Row) -> JsonObject:
    return {name: row[name] for name in Connector.__required_keys__ - {"projectId"}} | {"projectId": row["agentId"]}
