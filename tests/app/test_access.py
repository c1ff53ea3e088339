"""Who may do what: keys, agents, accounts and their second names."""

import pytest

from mockserver.state.accounts import ApiKey
from tests.client import AGENT, OTHER_AGENT, Client, assert_refused

CONNECTORS = f"http://mock/v1/agents/{AGENT}/telephony/connectors"


@pytest.mark.parametrize("name", ["x-api-key", "X-API-KEY", "X-Api-Key"])
def test_the_key_is_read_from_its_header_in_any_case(client: Client, name: str) -> None:
    del client.headers["x-api-key"]
    assert client.get(CONNECTORS, headers={name: "demo-key"}).status_code == 200


@pytest.mark.parametrize("headers", [{}, {"x-api-key": ""}, {"authorization": "Bearer demo-key"}])
def test_a_missing_key_is_unauthorised(client: Client, headers: dict[str, str]) -> None:
    del client.headers["x-api-key"]
    assert_refused(client.get(CONNECTORS, headers=headers), 401, "AUTH_USER_UNAUTHORISED")


@pytest.mark.parametrize("key", ["unheard-of", "DEMO-KEY", "old-key", "demo-key ~", "cl\xe9"])
def test_an_unknown_or_expired_key_is_unauthorised(client: Client, key: str) -> None:
    answer = client.get(CONNECTORS, headers=[(b"x-api-key", key.encode("latin-1"))])
    assert_refused(answer, 401, "AUTH_USER_INVALID_TOKEN")


def test_a_key_expires_by_the_worlds_clock() -> None:
    with Client("demo", key="ending-key") as client:
        assert client.get(CONNECTORS).status_code == 200
        client.world.clock.freeze(client.state[ApiKey].get("ending-key").expires_at)  # type: ignore[union-attr]
        assert_refused(client.get(CONNECTORS), 401, "AUTH_USER_INVALID_TOKEN")


def test_a_key_that_is_limited_to_some_agents_is_forbidden_elsewhere(client: Client) -> None:
    client.headers["x-api-key"] = "support-only"
    assert client.get(CONNECTORS).status_code == 200
    elsewhere = client.get(f"http://mock/v1/agents/{OTHER_AGENT}/telephony/connectors")
    assert_refused(elsewhere, 403, "USER_ACCESS_FORBIDDEN")


def test_a_key_of_another_account_is_forbidden() -> None:
    with Client("demo", key="globex-key") as client:
        assert_refused(client.get(CONNECTORS), 403, "USER_ACCESS_FORBIDDEN")


def test_an_unknown_agent_is_not_found(client: Client) -> None:
    answer = client.get("http://mock/v1/agents/PROJECT-NOWHERE/telephony/connectors")
    assert_refused(answer, 404, "PROJECT_NOT_FOUND")


def test_an_agents_slug_works_as_its_id_does_and_answers_give_the_id(client: Client) -> None:
    by_slug = client.get("http://mock/v1/agents/acme-support/telephony/connectors")
    assert by_slug.json() == client.get(CONNECTORS).json()
    assert {row["projectId"] for row in by_slug.json()["connectors"]} == {AGENT}


@pytest.mark.parametrize("account", ["ws-fd112d8f", "acme-uk"])
def test_an_accounts_id_and_slug_both_work(client: Client, account: str) -> None:
    assert client.get(f"http://mock/v1/accounts/{account}/agents").status_code == 200


def test_an_unknown_account_is_not_found_and_a_foreign_one_forbidden() -> None:
    with Client("demo") as client:
        assert_refused(client.get("http://mock/v1/accounts/nowhere/agents"), 404, "ACCOUNT_NOT_FOUND")
        assert_refused(client.get("http://mock/v1/accounts/globex-us/agents"), 403, "USER_ACCESS_FORBIDDEN")


def test_the_key_is_checked_before_the_agent_and_the_agent_before_the_body(client: Client) -> None:
    url = "http://mock/v1/agents/PROJECT-NOWHERE/telephony/connectors/lookup"
    without_key = client.post(url, content=b"{", headers={"x-api-key": "unheard-of"})
    assert_refused(without_key, 401, "AUTH_USER_INVALID_TOKEN")
    assert_refused(client.post(url, content=b"{"), 404, "PROJECT_NOT_FOUND")
