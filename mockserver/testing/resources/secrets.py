"""Secrets in the testing kit. They belong to an account, and each agent of it finds them by name."""

from hypothesis import strategies as st

from mockserver.testing.fields import Field, Flaw, Place, just, record, sampled, unknown
from mockserver.testing.model import Model
from mockserver.testing.operations import Operation
from mockserver.testing.requests import ApiRequest
from mockserver.testing.tables import Refusal, Row, Tables
from mockserver.testing.values import BIRTH, JsonObject, milliseconds
from mockserver.testing.worlds import RESOURCES, Resource

UNKNOWN_NAME = "unknown-secret"
FRESH_NAMES = ("fresh-1", "fresh-2")

names = st.sampled_from(("crm-token", "billing key")) | st.from_regex(r"[A-Za-z0-9_-]{1,12}", fullmatch=True)
_texts = st.text(max_size=12)
_values = st.text(min_size=1, max_size=12)

RESOURCES["secrets"] = Resource(
    owner="accounts",
    records="secrets",
    key="name",
    rows=lambda *_: st.fixed_dictionaries(
        {
            "name": names.filter(lambda name: name not in (UNKNOWN_NAME, *FRESH_NAMES)),
            "value": _values,
            "createdAt": st.just(BIRTH),
            "lastUpdated": st.just("2026-02-01T00:00:00Z"),
        },
        optional={"description": st.none() | _texts},
    ),
)


def _known(tables: Tables, _place: Place) -> list[str]:
    """Return the names of the account's secrets, which each of its agents reaches."""
    return [row["name"] for row in tables.at("secrets", {"accountId": tables.account_id})]


_EMPTY = Flaw("empty-text", just(""), 400)
_NEW_NAME = Field(
    known=lambda tables, place: [name for name in FRESH_NAMES if name not in _known(tables, place)],
    flaws=(_EMPTY, Flaw("used-name", lambda tables: sampled(_known(tables, {})))),
)
_VALUE = Field(values=lambda _: _values, flaws=(_EMPTY,))
_DESCRIPTION = Field(values=lambda _: _texts)
_ALL = "/v1/agents/{agentId}/secrets"
_ONE = f"{_ALL}/{{secretName}}"
_ID = {"secretName": Field(known=_known, flaws=(unknown("secrets", "name", UNKNOWN_NAME),))}
_NEW = record({"name": _NEW_NAME, "value": _VALUE}, description=_DESCRIPTION)


@Operation("createSecret", "POST", _ALL, body=_NEW, status=201)
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
    model.rows["secrets"].remove(secret)
    return {"name": secret["name"]}


def _find(model: Model, request: ApiRequest) -> Row:
    return model.find("secrets", "SECRETS_NOT_FOUND", accountId=model.account_id, name=request.path["secretName"])


def _view(row: Row) -> JsonObject:
    shown = {name: row[name] for name in ("name", "description") if row.get(name) is not None}
    return {**shown, **{name: milliseconds(row[name]) for name in ("createdAt", "lastUpdated")}}
