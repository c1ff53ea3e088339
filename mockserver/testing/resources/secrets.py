"""Secrets in the testing kit: their place in worlds, and what their operations do.

They belong to an account, and each agent of it finds them by name.
"""

from hypothesis import strategies as st

from mockserver.testing.fields import Field, Flaw, Place, just, record, sampled, unknown
from mockserver.testing.model import Model
from mockserver.testing.operations import Operation
from mockserver.testing.requests import ApiRequest
from mockserver.testing.resource import RESOURCES, Resource
from mockserver.testing.tables import Refusal, Row, Tables
from mockserver.testing.values import JsonObject, milliseconds

UNKNOWN_NAME = "unknown-secret"
FRESH_NAMES = ("fresh-1", "fresh-2")

names = st.sampled_from(("crm-token", "billing key")) | st.from_regex(r"[A-Za-z0-9_-]{1,12}", fullmatch=True)
_texts = st.text(max_size=12)
_values = st.text(min_size=1, max_size=12)


@st.composite
def _rows(draw: st.DrawFn, _account_id: str, _account: JsonObject) -> JsonObject:
    """Return secrets of an account."""
    return {
        "name": draw(names.filter(lambda name: name not in (UNKNOWN_NAME, *FRESH_NAMES))),
        "value": draw(_values),
        "description": draw(st.none() | _texts),
        "createdAt": "2026-01-01T00:00:00Z",
        "lastUpdated": "2026-02-01T00:00:00Z",
    }


RESOURCES["secrets"] = Resource(
    owner="accounts",
    records="secrets",
    key="name",
    fields=("name", "value", "createdAt", "lastUpdated"),
    policies={"duplicateSecrets": "conflict"},
    rows=_rows,
)


def _known(tables: Tables, _place: Place) -> list[str]:
    """Return the names of the account's secrets, which each of its agents reaches."""
    return [row["name"] for row in tables.at("secrets", {"accountId": tables.account_id})]


def _free(tables: Tables) -> list[str]:
    return [name for name in FRESH_NAMES if name not in _known(tables, {})]


_NAME = Field(
    known=_known,
    others=just(UNKNOWN_NAME),
    flaws=(Flaw("unknown-secret", unknown("secrets", "name", UNKNOWN_NAME)),),
)
_EMPTY = Flaw("empty-text", just(""), 400)
_NEW_NAME = Field(
    known=lambda tables, _: _free(tables),
    others=lambda tables: sampled([*_known(tables, {}), *FRESH_NAMES]),
    flaws=(_EMPTY, Flaw("used-name", lambda tables: sampled(_known(tables, {})))),
)
_VALUE = Field(values=lambda _: _values, flaws=(_EMPTY,))
_DESCRIPTION = Field(values=lambda _: _texts)
_ALL = "/v1/agents/{agentId}/secrets"
_ONE = f"{_ALL}/{{secretName}}"
_ID = {"secretName": _NAME}


@Operation(
    "createSecret",
    "POST",
    _ALL,
    body=record({"name": _NEW_NAME, "value": _VALUE}, description=_DESCRIPTION),
    status=201,
)
def _create(model: Model, request: ApiRequest) -> JsonObject:
    if request.json["name"] in _known(model, request.path):
        raise Refusal(409, "SECRETS_ALREADY_EXISTS")
    now = model.now.isoformat()
    return _view(model.add("secrets", **request.json, createdAt=now, lastUpdated=now))


@Operation("updateSecret", "PUT", _ONE, _ID, body=record({"value": _VALUE}, description=_DESCRIPTION))
def _update(model: Model, request: ApiRequest) -> JsonObject:
    return _view(model.replace("secrets", _find(model, request), **request.json, lastUpdated=model.now.isoformat()))


@Operation("deleteSecret", "DELETE", _ONE, _ID)
def _delete(model: Model, request: ApiRequest) -> JsonObject:
    secret = _find(model, request)
    model.remove("secrets", secret)
    return {"name": secret["name"]}


def _find(model: Model, request: ApiRequest) -> Row:
    return model.find("secrets", "SECRETS_NOT_FOUND", accountId=model.account_id, name=request.path["secretName"])


def _view(row: Row) -> JsonObject:
    shown = {"description": row["description"]} if row.get("description") is not None else {}
    return {**shown, "name": row["name"], **{name: milliseconds(row[name]) for name in ("createdAt", "lastUpdated")}}
