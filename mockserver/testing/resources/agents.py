"""Agents in the testing kit: what their operations do."""

import re

from hypothesis import strategies as st

from mockserver.testing.fields import Field, Flaw, just, record, sampled, scope
from mockserver.testing.model import Model
from mockserver.testing.operations import Operation
from mockserver.testing.requests import ApiRequest
from mockserver.testing.tables import Refusal, Row, Tables
from mockserver.testing.values import BIRTH, JsonObject, milliseconds


def _taken(tables: Tables) -> list[str]:
    """Return the ids and slugs of all agents."""
    return [name for agent in tables.rows["agents"] for name in (agent["agentId"], agent.get("slug")) if name]


_NAME = Field(
    values=lambda _: st.just("Support") | st.text(min_size=1, max_size=100),
    flaws=(Flaw("empty-name", just(""), 400), Flaw("too-long-name", just("x" * 101), 400)),
)
_NEW_ID = Field(
    values=lambda tables: (
        st.integers(1, 9).map("new-{}".format) | st.from_regex("[A-Za-z0-9][A-Za-z0-9-]{0,30}", fullmatch=True)
    ).filter(lambda name: name not in _taken(tables)),
    flaws=(Flaw("malformed-id", just("no spaces")), Flaw("taken-id", lambda tables: sampled(_taken(tables)))),
)
_SETTINGS = Field(
    values=lambda _: st.fixed_dictionaries(
        {"greeting": st.just("Hello.")}, optional={"languageCode": st.just("fr-FR")}
    ),
    flaws=(Flaw("no-greeting", just({}), 400), Flaw("empty-greeting", just({"greeting": ""}), 400)),
    wrong=(7, None, "text", ["text"]),
)
_UNKNOWN_KEY = Field(flaws=(Flaw("unknown-key-in-body", just("x"), 400),), wrong=())
_ALL = "/v1/accounts/{accountId}/agents"
_ONE = "/v1/agents/{agentId}"
_OWNER = {"accountId": scope("accounts", "accountId", "ws-unknown", "ACCOUNT_NOT_FOUND")}
_NEW = record({"name": _NAME, "responseSettings": _SETTINGS}, agentId=_NEW_ID, unheardOf=_UNKNOWN_KEY)
_DUPLICATE = record({"newAgentName": _NAME}, newAgentId=_NEW_ID, unheardOf=_UNKNOWN_KEY)


@Operation("listAgents", "GET", _ALL, _OWNER, watched=True)
def _list(model: Model, request: ApiRequest) -> list[JsonObject]:
    return [_view(row) for row in model.at("agents", request.path)]


@Operation("createAgent", "POST", _ALL, _OWNER, body=_NEW)
def _create(model: Model, request: ApiRequest) -> JsonObject:
    return _view(_added(model, request.json["name"], request.json.get("agentId")))


@Operation("deleteAgent", "DELETE", _ONE, status=204)
def _delete(model: Model, request: ApiRequest) -> None:
    for records, rows in model.rows.items():
        model.rows[records] = [row for row in rows if row.get("agentId") != request.path["agentId"]]


@Operation("duplicateAgent", "POST", f"{_ONE}/duplicate", body=_DUPLICATE)
def _duplicate(model: Model, request: ApiRequest) -> JsonObject:
    return _view(_added(model, request.json["newAgentName"], request.json.get("newAgentId")))


def _added(model: Model, name: str, agent_id: str | None) -> Row:
    if agent_id is not None and not re.fullmatch("[a-zA-Z0-9-]+", agent_id):
        raise Refusal(400, "PROJECT_ID_INVALID")
    if agent_id in _taken(model):
        raise Refusal(409, "PROJECT_ID_ALREADY_EXISTS")
    now = model.now.isoformat()
    return model.add("agents", agentId=agent_id or model.mint("agent"), name=name, createdAt=now, updatedAt=now)


def _view(row: Row) -> JsonObject:
    created = row.get("createdAt", BIRTH)
    return {
        "accountId": row["accountId"],
        "agentId": row["agentId"],
        "agentName": row.get("name", row["agentId"]),
        "createdAt": milliseconds(created),
        "updatedAt": milliseconds(row.get("updatedAt", created)),
        "branchCount": 1,
    }
