"""Secrets: created, updated and deleted by name, and never shown."""

from datetime import timedelta
from typing import Any

import pytest

from mockserver import seeds
from mockserver.errors import Err
from mockserver.state.accounts import Agent
from mockserver.state.secrets import StoredSecret
from tests.client import AGENT, OTHER_AGENT, Client, assert_refused

CRM = {"name": "crm", "value": "s3cret", "description": "For the CRM."}


def url(name: str = "", agent: str = AGENT) -> str:
    return f"http://mock/v1/agents/{agent}/secrets{name and '/'}{name}"


# A request for each error of this resource.
REFUSALS: dict[Err, tuple[str, str, object, dict[str, str]]] = {
    Err.SECRETS_NOT_FOUND: ("DELETE", url("nowhere"), None, {}),
    Err.SECRETS_ALREADY_EXISTS: ("POST", url(), CRM, {}),
}


def session(client: Client) -> None:
    """The part of secrets in the contract session."""
    client.post(url(), json=CRM)
    client.post(url(), json={"name": "plain", "value": "x"})
    client.post(url(), json=CRM)
    client.post(url(), json={"name": "empty", "value": ""})
    client.put(url("crm"), json={"value": "newer"})
    client.put(url("crm"), json={"value": "newest", "description": ""})
    client.put(url("nowhere"), json={"value": "x"})
    client.put(url("crm"))
    client.delete(url("crm"))
    client.delete(url("crm"))


def create(client: Client, **fields: str) -> Any:
    answer = client.post(url(), json={**CRM, **fields})
    assert answer.status_code == 201, answer.text
    return answer.json()


def stored(client: Client) -> dict[str, tuple[str, str | None]]:
    return {row.name: (row.value, row.description) for row in client.state[StoredSecret]}


def test_a_created_secret_is_answered_with_201_and_without_its_value(client: Client) -> None:
    answer = client.post(url(), json=CRM)
    assert answer.status_code == 201
    assert set(answer.json()) == {"name", "description", "createdAt", "lastUpdated"}
    assert answer.json()["description"] == "For the CRM."
    assert "s3cret" not in answer.text
    assert stored(client) == {"crm": ("s3cret", "For the CRM.")}


def test_a_secret_without_a_description_is_answered_without_one(client: Client) -> None:
    answer = client.post(url(), json={"name": "plain", "value": "x"})
    assert set(answer.json()) == {"name", "createdAt", "lastUpdated"}


def test_any_agent_of_the_account_updates_and_deletes_a_secret(client: Client) -> None:
    create(client)
    assert client.put(url("crm", OTHER_AGENT), json={"value": "newer"}).status_code == 200
    assert stored(client)["crm"][0] == "newer"
    assert client.delete(url("crm", OTHER_AGENT)).status_code == 200
    assert stored(client) == {}


def test_a_secret_outlives_the_agent_through_which_it_was_created(client: Client) -> None:
    create(client)
    client.delete(f"http://mock/v1/agents/{AGENT}")
    assert client.put(url("crm", OTHER_AGENT), json={"value": "newer"}).status_code == 200


def test_another_account_neither_finds_a_secret_nor_is_kept_from_its_name() -> None:
    with Client("demo") as client:
        create(client)
        foreign = next(row.agent_id for row in client.state[Agent] if row.account_id != "ws-fd112d8f")
        client.headers["x-api-key"] = "globex-key"
        assert_refused(client.put(url("crm", foreign), json={"value": "x"}), 404, "SECRETS_NOT_FOUND")
        assert_refused(client.delete(url("crm", foreign)), 404, "SECRETS_NOT_FOUND")
        assert_refused(client.delete(url("crm")), 403, "USER_ACCESS_FORBIDDEN")
        assert client.post(url(agent=foreign), json=CRM).status_code == 201


def test_a_name_that_the_account_has_is_refused_for_each_of_its_agents(client: Client) -> None:
    create(client)
    for agent in (AGENT, OTHER_AGENT):
        answer = client.post(url(agent=agent), json={"name": "crm", "value": "other"})
        assert_refused(answer, 409, "SECRETS_ALREADY_EXISTS")
    assert stored(client) == {"crm": ("s3cret", "For the CRM.")}


def test_an_update_replaces_the_value_and_leaves_an_omitted_description(client: Client) -> None:
    create(client)
    answer = client.put(url("crm"), json={"value": "newer"})
    assert answer.status_code == 200
    assert (answer.json()["name"], answer.json()["description"]) == ("crm", "For the CRM.")
    assert stored(client) == {"crm": ("newer", "For the CRM.")}
    assert client.put(url("crm"), json={"value": "newer", "description": ""}).json()["description"] == ""


def test_last_updated_moves_with_an_update_and_created_at_stays() -> None:
    with Client() as client:
        client.world.clock.freeze()
        created = create(client)
        assert created["createdAt"] == created["lastUpdated"]
        client.world.clock.advance(timedelta(seconds=90))
        updated = client.put(url("crm"), json={"value": "newer"}).json()
        now = client.world.clock.now()
    assert updated["createdAt"] == created["createdAt"]
    assert updated["lastUpdated"] == now.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def test_a_deleted_secret_is_answered_with_its_name_and_gone(client: Client) -> None:
    create(client)
    answer = client.delete(url("crm"))
    assert (answer.status_code, answer.json()) == (200, {"name": "crm"})
    assert stored(client) == {}
    create(client)


def test_an_unknown_secret_is_not_found(client: Client) -> None:
    create(client)
    assert_refused(client.put(url("nowhere"), json={"value": "x"}), 404, "SECRETS_NOT_FOUND")
    assert_refused(client.delete(url("nowhere")), 404, "SECRETS_NOT_FOUND")
    assert stored(client) == {"crm": ("s3cret", "For the CRM.")}


@pytest.mark.parametrize(("name", "encoded"), [("a b", "a%20b"), ("a/b", "a%2Fb"), ("100%", "100%25"), ("é", "%C3%A9")])
def test_a_name_may_have_characters_that_a_path_encodes(client: Client, name: str, encoded: str) -> None:
    create(client, name=name)
    assert client.put(url(encoded), json={"value": "newer"}).json()["name"] == name
    assert client.delete(url(encoded)).json() == {"name": name}


@pytest.mark.parametrize(
    "change",
    [{"name": ""}, {"name": None}, {"value": ""}, {"value": 5}, {"description": None}, {"secret": "unknown"}],
)
def test_a_body_that_does_not_fit_is_refused_and_changes_nothing(client: Client, change: dict[str, object]) -> None:
    assert_refused(client.post(url(), json={**CRM, **change}), 400, "SCHEMA_VALIDATION_FAILED")
    assert stored(client) == {}
    create(client)
    assert_refused(client.put(url("crm"), json={"value": "x", "name": "crm"}), 400, "SCHEMA_VALIDATION_FAILED")
    assert_refused(client.put(url("crm")), 400, "SCHEMA_VALIDATION_FAILED")
    assert stored(client) == {"crm": ("s3cret", "For the CRM.")}


def test_a_seed_holds_the_secrets_of_an_account_and_leaves_defaults_out() -> None:
    given = [{"name": "crm", "value": "s3cret", "description": "For the CRM."}, {"name": "plain", "value": "x"}]
    state = seeds.load_data({"accounts": [{"accountId": "ws-1", "secrets": given}]})
    assert seeds.export(state)["accounts"][0]["secrets"] == given


def test_a_created_secret_survives_export_and_import(client: Client) -> None:
    create(client)
    before = list(client.state[StoredSecret])
    again = seeds.load_data(seeds.export(client.state, client.world.clock))
    assert list(again[StoredSecret]) == before


def test_a_seed_refuses_an_empty_secret_and_a_name_given_twice_without_printing_a_value() -> None:
    given: list[object] = [{"name": "", "value": ""}, {"name": "n", "value": 5}, {"name": "n", "value": "s3cret"}]
    with pytest.raises(seeds.SeedError) as refused:
        seeds.load_data({"accounts": [{"accountId": "ws-1", "secrets": given}]})
    where = "seed: accounts[0].secrets"
    assert str(refused.value).splitlines() == [
        f'{where}[0].name: "" is empty; expected at least 1 character',
        f"{where}[0].value: this value is empty; expected at least 1 character",
        f"{where}[1].value: this value is not text",
        f'{where}[2].name: "n" is already used by the secret at accounts[0].secrets[1].name',
    ]
