"""Agents: listed, created, duplicated and deleted with everything that they own."""

import re
from typing import Any

import pytest

from mockserver.errors import Err
from mockserver.state.accounts import Agent
from tests.client import AGENT, OTHER_AGENT, Client, assert_refused

AGENTS = "http://mock/v1/accounts/ws-fd112d8f/agents"
NEW = {"name": "Night desk", "responseSettings": {"greeting": "Good evening."}}


# A request for each error of this resource.
REFUSALS: dict[Err, tuple[str, str, object, dict[str, str]]] = {
    Err.PROJECT_ID_ALREADY_EXISTS: ("POST", AGENTS, {**NEW, "agentId": AGENT}, {}),
    Err.PROJECT_ID_INVALID: ("POST", AGENTS, {**NEW, "agentId": "a b"}, {}),
}


def session(client: Client) -> None:
    """The part of agents in the contract session."""
    client.get(AGENTS)
    client.post(AGENTS, json=NEW)
    client.post(AGENTS, json={**NEW, "agentId": "night-desk"})
    client.post(AGENTS, json={**NEW, "agentId": "night-desk"})
    client.post(AGENTS, json={"name": "No settings"})
    client.post(AGENTS, json={**NEW, "responseSettings": {}})
    client.post(AGENTS, json={**NEW, "colour": "red"})
    client.post(AGENTS, json={**NEW, "agentId": "a b"})
    client.post(AGENTS, json={**NEW, "voiceSettings": {"voiceId": "unheard-of"}})
    client.post(AGENTS)
    client.post(agent(AGENT, "/duplicate"), json={"newAgentName": "Copy"})
    client.post(agent(AGENT, "/duplicate"), json={"newAgentName": "Copy", "newAgentId": "a b"})
    client.post(agent(AGENT, "/duplicate"), json={"newAgentName": "Copy", "newAgentId": "copy-1"})
    client.delete(agent("night-desk"))
    client.delete(agent("night-desk"))
    client.delete(agent(AGENT))


def agent(agent_id: str, path: str = "") -> str:
    return f"http://mock/v1/agents/{agent_id}{path}"


def listed(client: Client) -> list[str]:
    return [row["agentId"] for row in client.get(AGENTS).json()]


def create(client: Client, **fields: Any) -> Any:
    answer = client.post(AGENTS, json={**NEW, **fields})
    assert answer.status_code == 200, answer.text
    return answer.json()


def test_agents_are_listed_as_a_bare_array_in_order_of_creation(client: Client) -> None:
    answer = client.get(AGENTS)
    assert answer.status_code == 200
    assert listed(client) == [AGENT, OTHER_AGENT]
    for row in answer.json():
        assert set(row) == {"accountId", "agentId", "agentName", "createdAt", "updatedAt", "branchCount"}
    assert answer.json()[0]["agentName"] == "Support Agent"
    assert answer.json()[0]["accountId"] == "ws-fd112d8f"


def test_an_account_is_named_by_its_id_or_its_slug(client: Client) -> None:
    assert client.get("http://mock/v1/accounts/acme-uk/agents").json() == client.get(AGENTS).json()


def test_a_key_that_is_limited_to_some_agents_sees_only_those(client: Client) -> None:
    client.headers["x-api-key"] = "support-only"
    assert listed(client) == [AGENT]


def test_agents_of_another_account_are_never_listed() -> None:
    with Client("demo") as client:
        assert {row["accountId"] for row in client.get(AGENTS).json()} == {"ws-fd112d8f"}
        assert_refused(client.get("http://mock/v1/accounts/globex-us/agents"), 403, "USER_ACCESS_FORBIDDEN")
        assert_refused(client.get("http://mock/v1/accounts/nowhere/agents"), 404, "ACCOUNT_NOT_FOUND")
        assert_refused(client.post("http://mock/v1/accounts/nowhere/agents", json=NEW), 404, "ACCOUNT_NOT_FOUND")
        assert_refused(client.post("http://mock/v1/accounts/globex-us/agents", json=NEW), 403, "USER_ACCESS_FORBIDDEN")


def test_a_created_agent_is_answered_with_200_and_listed_last(client: Client) -> None:
    created = create(client)
    assert re.fullmatch(r"PROJECT-[A-Z0-9]{8}", created["agentId"])
    assert created["agentName"] == "Night desk"
    assert created["accountId"] == "ws-fd112d8f"
    assert created["branchCount"] == 1
    assert client.get(AGENTS).json()[-1] == created


def test_times_are_those_of_the_worlds_clock_in_milliseconds() -> None:
    with Client() as client:
        client.world.clock.freeze()
        now = client.world.clock.now()
        created = create(client)
    assert created["createdAt"] == created["updatedAt"]
    assert created["createdAt"] == now.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def test_an_agent_can_be_given_its_id(client: Client) -> None:
    assert create(client, agentId="night-desk-1")["agentId"] == "night-desk-1"
    assert client.get(agent("night-desk-1", "/telephony/connectors")).json() == {"connectors": []}


def test_all_documented_settings_of_a_new_agent_are_accepted(client: Client) -> None:
    features = {"id": "f", "features": {"a": 1}, "createdAt": "", "createdBy": "", "updatedAt": "", "updatedBy": ""}
    create(
        client,
        responseSettings={"greeting": "Hi", "languageCode": "en-US"},
        voiceSettings={"voiceId": "VOICE-6fad73f6"},
        llmSettings={"modelId": "any"},
        experimentalConfig={"configs": [{**features, "active": True}]},
    )


def test_ids_are_the_same_for_the_same_seed_and_requests() -> None:
    with Client() as one, Client() as other:
        assert [create(one)["agentId"] for _ in range(3)] == [create(other)["agentId"] for _ in range(3)]


@pytest.mark.parametrize(
    "body",
    [
        None,
        {},
        {"name": "Introduction", "description": "The example of the introduction."},
        {"name": "No greeting", "responseSettings": {}},
        {"name": "Empty greeting", "responseSettings": {"greeting": ""}},
        {"name": "", "responseSettings": {"greeting": "Hi"}},
        {"name": "x" * 101, "responseSettings": {"greeting": "Hi"}},
        {"responseSettings": {"greeting": "Hi"}},
        {**NEW, "voiceSettings": {}},
        {**NEW, "description": "unknown"},
        {**NEW, "responseSettings": {"greeting": "Hi", "language": "en-GB"}},
        {**NEW, "agentId": 5},
        {**NEW, "agentId": None},
    ],
)
def test_a_body_that_does_not_fit_is_refused_and_creates_nothing(client: Client, body: object) -> None:
    answer = client.post(AGENTS) if body is None else client.post(AGENTS, json=body)
    assert_refused(answer, 400, "SCHEMA_VALIDATION_FAILED")
    assert listed(client) == [AGENT, OTHER_AGENT]


@pytest.mark.parametrize("agent_id", ["", "a b", "a_b", "a/b", "é", "PROJECT-1\n"])
def test_an_id_of_other_characters_is_refused(client: Client, agent_id: str) -> None:
    assert_refused(client.post(AGENTS, json={**NEW, "agentId": agent_id}), 400, "PROJECT_ID_INVALID")
    copy = {"newAgentName": "Copy", "newAgentId": agent_id}
    assert_refused(client.post(agent(AGENT, "/duplicate"), json=copy), 400, "PROJECT_ID_INVALID")
    assert listed(client) == [AGENT, OTHER_AGENT]


def test_an_id_that_is_taken_is_refused_also_by_an_agent_of_another_account() -> None:
    with Client("demo") as client:
        before = listed(client)
        foreign = next(row for row in client.state[Agent] if row.account_id != "ws-fd112d8f")
        for taken in (AGENT, foreign.agent_id):
            answer = client.post(AGENTS, json={**NEW, "agentId": taken})
            assert_refused(answer, 409, "PROJECT_ID_ALREADY_EXISTS")
        assert listed(client) == before


def test_a_slug_of_an_agent_cannot_be_taken_as_an_id(client: Client) -> None:
    answer = client.post(AGENTS, json={**NEW, "agentId": "acme-sales"})
    assert_refused(answer, 409, "PROJECT_ID_ALREADY_EXISTS")


def test_a_deleted_agent_answers_204_without_a_body_and_is_gone(client: Client) -> None:
    answer = client.delete(agent(AGENT))
    assert (answer.status_code, answer.content) == (204, b"")
    assert listed(client) == [OTHER_AGENT]
    assert_refused(client.get(agent(AGENT, "/telephony/connectors")), 404, "PROJECT_NOT_FOUND")
    assert_refused(client.delete(agent(AGENT)), 404, "PROJECT_NOT_FOUND")
    assert_refused(client.post(agent(AGENT, "/duplicate"), json={"newAgentName": "x"}), 404, "PROJECT_NOT_FOUND")


def test_a_deleted_agent_takes_its_connectors_numbers_and_calls_along(client: Client) -> None:
    call = {"toNumber": "+442079460150", "environment": "live"}
    assert client.post("/outbound-calls", json=call).status_code == 200
    client.delete(agent(AGENT))
    for table in client.state.tables():
        assert [row for row in table if getattr(row, "agent_id", None) == AGENT] == []
    imported = client.post(agent(OTHER_AGENT, "/telephony/phone-numbers/+442071234567"), json={})
    assert imported.status_code == 201


def test_the_id_of_a_deleted_agent_is_free(client: Client) -> None:
    client.delete(agent(OTHER_AGENT))
    assert create(client, agentId=OTHER_AGENT)["agentId"] == OTHER_AGENT
    assert client.get(agent(OTHER_AGENT, "/telephony/phone-numbers")).json() == {"phoneNumbers": []}


def test_a_key_that_was_limited_to_a_deleted_agent_reaches_nothing_else(client: Client) -> None:
    client.delete(agent(AGENT))
    client.headers["x-api-key"] = "support-only"
    assert listed(client) == []
    assert_refused(client.get(agent(OTHER_AGENT, "/telephony/connectors")), 403, "USER_ACCESS_FORBIDDEN")


def test_an_agent_of_another_account_is_neither_deleted_nor_duplicated() -> None:
    with Client("demo", key="globex-key") as client:
        assert_refused(client.delete(agent(AGENT)), 403, "USER_ACCESS_FORBIDDEN")
        assert_refused(
            client.post(agent(AGENT, "/duplicate"), json={"newAgentName": "x"}), 403, "USER_ACCESS_FORBIDDEN"
        )
        assert AGENT in client.state[Agent]


def test_a_duplicate_has_the_name_given_and_no_telephony(client: Client) -> None:
    answer = client.post(agent(AGENT, "/duplicate"), json={"newAgentName": "Copy"})
    assert answer.status_code == 200
    copy = answer.json()
    assert (copy["agentName"], copy["accountId"], copy["branchCount"]) == ("Copy", "ws-fd112d8f", 1)
    assert client.get(AGENTS).json()[-1] == copy
    assert client.get(agent(copy["agentId"], "/telephony/connectors")).json() == {"connectors": []}
    assert client.get(agent(copy["agentId"], "/telephony/phone-numbers")).json() == {"phoneNumbers": []}
    assert len(client.get("/connectors").json()["connectors"]) == 2


def test_a_duplicate_can_be_given_its_id_which_must_be_free(client: Client) -> None:
    body = {"newAgentName": "Copy", "newAgentId": "copy-1"}
    assert client.post(agent(AGENT, "/duplicate"), json=body).json()["agentId"] == "copy-1"
    assert_refused(client.post(agent(AGENT, "/duplicate"), json=body), 409, "PROJECT_ID_ALREADY_EXISTS")


@pytest.mark.parametrize("body", [None, {}, {"newAgentName": ""}, {"newAgentName": "x" * 101}, {"name": "Copy"}])
def test_a_duplicate_without_a_proper_name_is_refused(client: Client, body: object) -> None:
    url = agent(AGENT, "/duplicate")
    answer = client.post(url) if body is None else client.post(url, json=body)
    assert_refused(answer, 400, "SCHEMA_VALIDATION_FAILED")
    assert listed(client) == [AGENT, OTHER_AGENT]


def test_a_created_agent_survives_export_and_import(client: Client) -> None:
    from mockserver import seeds

    create(client, agentId="night-desk")
    before = client.get(AGENTS).json()
    again = seeds.load_data(seeds.export(client.state, client.world.clock))
    client.world.replace_state(again)
    assert client.get(AGENTS).json() == before


@pytest.mark.parametrize("moment", ["8999-12-31T23:59:59-14:00", "1970-01-01T00:00:00+14:00"])
def test_a_time_outside_a_worlds_years_in_utc_is_refused_in_a_seed(client: Client, moment: str) -> None:
    from mockserver import seeds

    data = {"accounts": [{"accountId": "ws-1", "agents": [{"agentId": "PROJECT-1", "createdAt": moment}]}]}
    with pytest.raises(seeds.SeedError, match="createdAt"):
        seeds.load_data(data)
