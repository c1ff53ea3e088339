"""Agents in the testing kit: what their operations do."""

import re

from hypothesis import strategies as st

from mockserver.testing.fields import ANYWHERE, Field, Flaw, ids, just, record, sampled, unknown
from mockserver.testing.model import Model
from mockserver.testing.operations import Operation
from mockserver.testing.requests import ApiRequest
from mockserver.testing.resource import RESOURCES, Resource
from mockserver.testing.tables import Refusal, Row, Tables
from mockserver.testing.values import JsonObject, milliseconds

BIRTH = "2026-01-01T00:00:00Z"
UNKNOWN_ACCOUNT = "ws-unknown"

RESOURCES["agents"] = Resource(policies={"extraKeys": "by-route"})


def _resolve_account(tables: Tables, name: str) -> str:
    for account in tables.rows["accounts"]:
        if name in (account["accountId"], account.get("slug")):
            if account["accountId"] != tables.account_id:
                raise Refusal(403, "USER_ACCESS_FORBIDDEN")
            return tables.account_id
    raise Refusal(404, "ACCOUNT_NOT_FOUND")


def _other_accounts(tables: Tables) -> list[str]:
    return [it for it in ids("accounts", "accountId")(tables, ANYWHERE) if it != tables.account_id]


def _taken(tables: Tables) -> list[str]:
    """Return the ids and slugs of all agents."""
    return [name for agent in tables.rows["agents"] for name in (agent["agentId"], agent.get("slug")) if name]


ACCOUNT = Field(
    known=lambda tables, _: [tables.account_id],
    others=lambda tables: sampled([*_other_accounts(tables), UNKNOWN_ACCOUNT]),
    flaws=(
        Flaw("unknown-account", unknown("accounts", "accountId", UNKNOWN_ACCOUNT)),
        Flaw("foreign-account", lambda tables: sampled(_other_accounts(tables))),
    ),
    resolve=_resolve_account,
)
_NAME = Field(
    values=lambda _: st.just("Support") | st.text(min_size=1, max_size=100),
    flaws=(Flaw("empty-name", just(""), 400), Flaw("too-long-name", just("x" * 101), 400)),
)
_NEW_ID = Field(
    values=lambda tables: (
        st.integers(1, 9).map("new-{}".format) | st.from_regex("[A-Za-z0-9][A-Za-z0-9-]{0,30}", fullmatch=True)
    ).filter(lambda name: name not in _taken(tables)),
    others=lambda tables: sampled([*_taken(tables), "no spaces"]),
    flaws=(
        Flaw("malformed-id", just("no spaces")),
        Flaw("taken-id", lambda tables: sampled(_taken(tables))),
    ),
)
_SETTINGS = Field(
    values=lambda _: st.fixed_dictionaries(
        {"greeting": st.just("Hello.")}, optional={"languageCode": st.just("fr-FR")}
    ),
    flaws=(Flaw("no-greeting", just({}), 400), Flaw("empty-greeting", just({"greeting": ""}), 400)),
    wrong=(7, None, "text", ["text"]),
)
_UNKNOWN_KEY = Field(known=lambda *_: [], flaws=(Flaw("unknown-key-in-body", just("x"), 400),), wrong=())
_AGENTS = "/v1/accounts/{accountId}/agents"
_AGENT = "/v1/agents/{agentId}"
_ID = {"accountId": ACCOUNT}


@Operation("listAgents", "GET", _AGENTS, _ID, watched=True)
def _list(model: Model, request: ApiRequest) -> list[JsonObject]:
    return [_view(row) for row in model.at("agents", request.path)]


@Operation(
    "createAgent",
    "POST",
    _AGENTS,
    _ID,
    body=record({"name": _NAME, "responseSettings": _SETTINGS}, agentId=_NEW_ID, unheardOf=_UNKNOWN_KEY),
)
def _create(model: Model, request: ApiRequest) -> JsonObject:
    return _view(_added(model, request.json["name"], request.json.get("agentId")))


@Operation("deleteAgent", "DELETE", _AGENT, status=204)
def _delete(model: Model, request: ApiRequest) -> None:
    for records, rows in model.rows.items():
        model.rows[records] = [row for row in rows if row.get("agentId") != request.path["agentId"]]


@Operation(
    "duplicateAgent",
    "POST",
    f"{_AGENT}/duplicate",
    body=record({"newAgentName": _NAME}, newAgentId=_NEW_ID, unheardOf=_UNKNOWN_KEY),
)
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
