"""Phone numbers in the testing kit: their place in worlds, and what their operations do."""

from functools import partial

from hypothesis import strategies as st

from mockserver.testing.fields import ANYWHERE, Field, Flaw, id_of, ids, just, list_of, record, sampled
from mockserver.testing.model import Model, batch_get
from mockserver.testing.operations import Operation
from mockserver.testing.requests import ApiRequest
from mockserver.testing.resources.connectors import (
    BAD_NUMBER,
    CONNECTOR,
    MALFORMED_NUMBER,
    UNKNOWN_NUMBER,
    default_connector,
    find_connector,
)
from mockserver.testing.tables import Refusal, Row, Tables
from mockserver.testing.values import FRESH_NUMBERS, JsonObject, client_envs, is_phone_number, phone_numbers
from mockserver.testing.worlds import RESOURCES, Resource

NO_ROUTE = "PHONE_NUMBERS_CONNECTOR_DOES_NOT_EXIST"


@st.composite
def _rows(draw: st.DrawFn, _account_id: str, agent: JsonObject) -> JsonObject:
    """Return numbers of an agent, most of them on one of its connectors."""
    owned = agent.get("connectors", [])
    number = draw(phone_numbers())
    connector = draw(st.sampled_from([*owned, *owned, None]))
    if connector is None:
        return {"number": number, "clientEnv": draw(client_envs)}
    return {"number": number, "clientEnv": connector["clientEnv"], "connectorId": connector["connectorId"]}


RESOURCES["phone_numbers"] = Resource(records="phoneNumbers", key="number", rows=_rows, max_size=4)


def _imported(tables: Tables) -> list[str]:
    """Return the numbers that any agent has."""
    return ids("phoneNumbers", "number")(tables, ANYWHERE)


_NUMBER = id_of("phoneNumbers", "number", UNKNOWN_NUMBER, MALFORMED_NUMBER)
_NEW_NUMBER = Field(
    values=lambda tables: (st.sampled_from(FRESH_NUMBERS) | phone_numbers()).filter(
        lambda number: number not in _imported(tables)
    ),
    flaws=(Flaw("imported-number", lambda tables: sampled(_imported(tables))), MALFORMED_NUMBER),
)
_ENV = Field(values=lambda _: client_envs, flaws=(Flaw("unknown-environment", just("prod"), 400),))
_ALL = "/v1/agents/{agentId}/telephony/phone-numbers"
_ONE = f"{_ALL}/{{phoneNumber}}"
_ID = {"phoneNumber": _NUMBER}
_NEW_ID = {"phoneNumber": _NEW_NUMBER}
_NUMBERS = record({"phoneNumbers": list_of(_NUMBER)})
_NEW = record({"phoneNumbers": list_of(_NEW_NUMBER)}, clientEnv=_ENV)
_ROUTE = record(clientEnv=_ENV, connectorId=CONNECTOR)


@Operation("listPhoneNumbers", "GET", _ALL, query=record(connectorId=CONNECTOR), watched=True)
def _list(model: Model, request: ApiRequest) -> JsonObject:
    rows = model.at("phoneNumbers", request.path)
    if "connectorId" in request.query:
        rows = [row for row in rows if row.get("connectorId") == request.query["connectorId"]]
    return {"phoneNumbers": [_view(row) for row in rows]}


@Operation("getPhoneNumber", "GET", _ONE, _ID)
def _get(model: Model, request: ApiRequest) -> JsonObject:
    return _view(_find(model, request, request.path["phoneNumber"]))


@Operation("batchGetPhoneNumbers", "POST", f"{_ALL}/batch", body=_NUMBERS)
def _batch_get(model: Model, request: ApiRequest) -> JsonObject:
    numbers = request.json["phoneNumbers"]
    if not all(map(is_phone_number, numbers)):
        raise Refusal(*BAD_NUMBER)
    return batch_get(model, numbers, lambda it: _view(_find(model, request, it)))


@Operation("importPhoneNumbers", "POST", _ALL, body=_NEW, status=201)
def _import_many(model: Model, request: ApiRequest) -> JsonObject:
    numbers = list(dict.fromkeys(request.json["phoneNumbers"]))
    _check_import(model, numbers)
    env = request.json.get("clientEnv", "live")
    connector_id = _import_target(model, request, env)
    for number in numbers:
        _add(model, request, number, env, connector_id)
    return {"imported": numbers}


@Operation("importPhoneNumber", "POST", _ONE, _NEW_ID, body=_ROUTE, status=201, bodiless=True)
def _import_one(model: Model, request: ApiRequest) -> JsonObject:
    number, env = request.path["phoneNumber"], request.json.get("clientEnv", "live")
    _check_import(model, [number])
    _add(model, request, number, env, _import_target(model, request, env))
    return {"imported": number}


@Operation("reassignPhoneNumber", "PATCH", _ONE, _ID, body=record({"connectorId": CONNECTOR}))
def _reassign(model: Model, request: ApiRequest) -> JsonObject:
    row = _find(model, request, request.path["phoneNumber"])
    connector = find_connector(model, request, request.json["connectorId"], NO_ROUTE)
    changes = {name: connector[name] for name in ("connectorId", "clientEnv")}
    return _view(model.replace("phoneNumbers", row, **changes))


@Operation("deletePhoneNumber", "DELETE", _ONE, _ID)
def _delete(model: Model, request: ApiRequest) -> JsonObject:
    _remove(model, request, request.path["phoneNumber"])
    return {"deleted": request.path["phoneNumber"]}


@Operation("deletePhoneNumbers", "DELETE", _ALL, body=_NUMBERS, item=_ID)
def _batch_delete(model: Model, request: ApiRequest) -> JsonObject:
    remove = partial(_remove, model, request)
    errors = [(number, model.attempt(number, partial(remove, number))[1]) for number in request.json["phoneNumbers"]]
    deleted = [number for number, error in errors if error is None]
    failed = [{"phoneNumber": number, "error": error} for number, error in errors if error is not None]
    return {"deleted": deleted, "errors": failed} if failed else {"deleted": deleted}


def _find(model: Model, request: ApiRequest, number: object) -> Row:
    return model.find("phoneNumbers", "PHONE_NUMBERS_NOT_FOUND", agentId=request.path["agentId"], number=number)


def _remove(model: Model, request: ApiRequest, number: object) -> None:
    model.rows["phoneNumbers"].remove(_find(model, request, number))


def _check_import(model: Model, numbers: list[str]) -> None:
    if not all(map(is_phone_number, numbers)):
        raise Refusal(*BAD_NUMBER)
    if any(number in _imported(model) for number in numbers):
        raise Refusal(409, "PHONE_NUMBERS_ALREADY_EXISTS")


def _import_target(model: Model, request: ApiRequest, client_env: object) -> object:
    agent_id = request.path["agentId"]
    connector = default_connector(model, agent_id, client_env) or model.add(
        "connectors",
        agentId=agent_id,
        connectorId=model.mint("connector"),
        name=f"Default {client_env} connector",
        clientEnv=client_env,
        variantId="",
        asrLangCode="en-US",
        ttsLangCode="en-US",
        voiceName="en-US-Neural2-A",
        disableHandoff=False,
    )
    return connector["connectorId"]


def _add(model: Model, request: ApiRequest, number: object, client_env: object, connector_id: object) -> None:
    agent_id = request.path["agentId"]
    model.add("phoneNumbers", agentId=agent_id, number=number, clientEnv=client_env, connectorId=connector_id)


def _view(row: Row) -> JsonObject:
    shown = {name: row[name] for name in ("number", "accountId", "clientEnv", "connectorId") if row.get(name)}
    return {**shown, "projectId": row["agentId"]}
