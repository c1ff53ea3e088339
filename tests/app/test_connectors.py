"""Connectors over HTTP, read and updated one at a time."""

import pytest

from mockserver import seeds
from mockserver.errors import Err
from tests.client import OTHER_AGENT, Client, assert_refused

MAIN_LINE = {
    "connectorId": "conn_abc123",
    "name": "Main line",
    "accountId": "ws-fd112d8f",
    "projectId": "PROJECT-58RP822I",
    "clientEnv": "live",
    "variantId": "",
    "asrLangCode": "en-GB",
    "ttsLangCode": "en-GB",
    "voiceName": "en-GB-Wavenet-B",
    "disableHandoff": False,
}

# A request for each error of this resource.
REFUSALS: dict[Err, tuple[str, str, object, dict[str, str]]] = {
    Err.CONNECTORS_NOT_FOUND: ("GET", "/connectors/conn_nowhere", None, {}),
    Err.CONNECTORS_VALIDATION_FAILED: ("PATCH", "/connectors/conn_abc123", {"voiceName": "nonsense"}, {}),
}


def session(client: Client) -> None:
    """The part of connectors in the contract session."""
    main = "/connectors/conn_abc123"
    client.get("/connectors")
    client.get(main)
    client.get("/connectors/conn_nowhere")
    client.post("/connectors/batch", json={"connectorIds": ["conn_abc123", "conn_nowhere"]})
    client.post("/connectors/batch", json={"connectorIds": []})
    for looked_up in ("+442071234567", "+442079460190", "+442079460999", "nonsense"):
        client.post("/connectors/lookup", json={"phoneNumber": looked_up})
    client.post("/connectors/lookup", content=b"{")
    for update in (
        {},
        {"variantId": "VARIANT-1"},
        {"variantId": None},
        {"asrLangCode": None},
        {"voiceName": None},
        {"voiceName": "nonsense"},
        {"projectId": None},
    ):
        client.patch(main, json=update)
        updates = [{"connectorId": name, **update} for name in ("conn_new456", "x")]
        client.patch("/connectors/batch", json={"updates": updates})
    client.patch("/connectors/conn_nowhere", json={})
    client.patch("/connectors/batch", json={"updates": []})
    client.patch(main)
    client.patch(main, json={"projectId": OTHER_AGENT}, headers={"x-api-key": "support-only"})
    move = {"connectorId": "conn_abc123", "projectId": OTHER_AGENT}
    client.patch("/connectors/batch", json={"updates": [move]}, headers={"x-api-key": "support-only"})
    client.patch(main, json={"projectId": "PROJECT-NOWHERE"})
    client.patch("/connectors/conn_new456", json={"projectId": OTHER_AGENT})
    client.delete(main)
    client.delete(main)


def test_listing_gives_every_connector_of_the_agent_in_order_of_creation(client: Client) -> None:
    answer = client.get("/connectors")
    assert answer.status_code == 200
    connectors = answer.json()["connectors"]
    assert connectors[0] == MAIN_LINE
    assert [connector["connectorId"] for connector in connectors] == ["conn_abc123", "conn_new456"]


def test_an_updated_connector_keeps_its_place_in_the_listing(client: Client) -> None:
    client.patch("/connectors/conn_abc123", json={"variantId": "VARIANT-1"})
    connectors = client.get("/connectors").json()["connectors"]
    assert [connector["connectorId"] for connector in connectors] == ["conn_abc123", "conn_new456"]


def test_getting_a_connector_gives_all_ten_fields(client: Client) -> None:
    answer = client.get("/connectors/conn_abc123")
    assert answer.status_code == 200
    assert answer.json() == MAIN_LINE


@pytest.mark.parametrize("method", ["GET", "PATCH", "DELETE"])
@pytest.mark.parametrize("connector_id", ["conn_nowhere", "conn_sales01", "a%2Fb", "%00"])
def test_an_unknown_connector_or_one_of_another_agent_is_not_found(
    client: Client, method: str, connector_id: str
) -> None:
    before = seeds.export(client.state)
    answer = client.request(method, f"/connectors/{connector_id}", json={} if method == "PATCH" else None)
    assert_refused(answer, 404, "CONNECTORS_NOT_FOUND")
    assert answer.json()["error"] == "Connector ID does not exist."
    assert seeds.export(client.state) == before


def test_batch_get_tells_found_from_not_found_in_the_order_asked(client: Client) -> None:
    asked = ["conn_nowhere", "conn_new456", "conn_sales01", "conn_abc123"]
    answer = client.post("/connectors/batch", json={"connectorIds": asked})
    assert answer.status_code == 200
    assert [connector["connectorId"] for connector in answer.json()["found"]] == ["conn_new456", "conn_abc123"]
    assert answer.json()["found"][1] == MAIN_LINE
    assert answer.json()["notFound"] == ["conn_nowhere", "conn_sales01"]


def test_batch_get_answers_a_repeated_id_once(client: Client) -> None:
    asked = ["conn_abc123", "conn_nowhere", "conn_abc123", "conn_nowhere"]
    answer = client.post("/connectors/batch", json={"connectorIds": asked})
    assert answer.json() == {"found": [MAIN_LINE], "notFound": ["conn_nowhere"]}


@pytest.mark.parametrize("body", [{}, {"connectorIds": []}, {"connectorIds": [1]}, {"connectorIds": "conn_abc123"}])
def test_batch_get_refuses_a_body_that_does_not_fit(client: Client, body: object) -> None:
    assert_refused(client.post("/connectors/batch", json=body), 400, "SCHEMA_VALIDATION_FAILED")


def test_lookup_gives_the_connector_that_answers_a_number(client: Client) -> None:
    answer = client.post("/connectors/lookup", json={"phoneNumber": "+442071234567"})
    assert answer.status_code == 200
    assert answer.json() == MAIN_LINE


@pytest.mark.parametrize(
    ("number", "status", "code"),
    [
        ("+442079460999", 404, "PHONE_NUMBERS_NOT_FOUND"),
        ("+442079460200", 404, "PHONE_NUMBERS_NOT_FOUND"),
        ("+442079460100", 404, "CONNECTORS_NOT_FOUND"),
        ("02071234567", 400, "PHONE_NUMBERS_INVALID_PHONE_NUMBER_FORMAT"),
        (" 442071234567", 400, "PHONE_NUMBERS_INVALID_PHONE_NUMBER_FORMAT"),
    ],
    ids=["unknown", "of another agent", "routed nowhere", "national", "plus read as a space"],
)
def test_lookup_of_a_number_that_leads_nowhere_is_refused(client: Client, number: str, status: int, code: str) -> None:
    assert_refused(client.post("/connectors/lookup", json={"phoneNumber": number}), status, code)


@pytest.mark.parametrize("body", [{}, {"phoneNumber": None}, {"phoneNumber": 442071234567}])
def test_lookup_refuses_a_body_that_does_not_fit(client: Client, body: object) -> None:
    assert_refused(client.post("/connectors/lookup", json=body), 400, "SCHEMA_VALIDATION_FAILED")


def test_an_update_touches_only_the_fields_that_are_given(client: Client) -> None:
    answer = client.patch("/connectors/conn_abc123", json={"asrLangCode": "cy-GB"})
    assert answer.status_code == 200
    assert answer.json() == {**MAIN_LINE, "asrLangCode": "cy-GB"}
    assert client.get("/connectors/conn_abc123").json() == answer.json()


def test_a_variant_is_assigned_and_null_unassigns_it(client: Client) -> None:
    assigned = client.patch("/connectors/conn_abc123", json={"variantId": "VARIANT-E5AAC615"})
    assert assigned.json()["variantId"] == "VARIANT-E5AAC615"
    cleared = client.patch("/connectors/conn_abc123", json={"variantId": None})
    assert cleared.json() == MAIN_LINE


def test_null_clears_languages_and_a_cleared_voice_has_no_language(client: Client) -> None:
    answer = client.patch("/connectors/conn_abc123", json={"asrLangCode": None, "voiceName": None})
    assert answer.json() == {**MAIN_LINE, "asrLangCode": "", "ttsLangCode": "", "voiceName": ""}


@pytest.mark.parametrize(
    ("voice", "language"),
    [("en-GB-Wavenet-B", "en-GB"), ("cmn-CN-Standard-A", "cmn-CN"), ("es-419-Neural2-A", "es-419")],
)
def test_a_voice_brings_its_language_and_leaves_the_language_understood(
    client: Client, voice: str, language: str
) -> None:
    answer = client.patch("/connectors/conn_new456", json={"voiceName": voice})
    assert answer.json()["voiceName"] == voice
    assert answer.json()["ttsLangCode"] == language
    assert answer.json()["asrLangCode"] == "en-US"


@pytest.mark.parametrize(
    "body",
    [
        {"voiceName": "nonsense"},
        {"voiceName": ""},
        {"voiceName": "en-GB-"},
        {"voiceName": 7},
        {"asrLangCode": ["en-GB"]},
        {"variantId": "VARIANT-1", "voiceName": "nonsense"},
        {"projectId": None},
        [],
        "text",
    ],
)
def test_an_update_with_a_value_that_no_connector_may_have_changes_nothing(client: Client, body: object) -> None:
    answer = client.patch("/connectors/conn_abc123", json=body)
    assert_refused(answer, 400, "CONNECTORS_VALIDATION_FAILED")
    assert answer.json()["error"] == "Connector request body failed validation."
    assert client.get("/connectors/conn_abc123").json() == MAIN_LINE


def test_a_voice_that_the_seed_rejects_fails_the_probe() -> None:
    with Client("demo") as client:
        before = client.get("/connectors/conn_abc123").json()
        answer = client.patch("/connectors/conn_abc123", json={"voiceName": "en-GB-Broken-Z"})
        assert_refused(answer, 400, "CONNECTORS_VALIDATION_FAILED")
        assert client.get("/connectors/conn_abc123").json() == before


def test_an_empty_update_is_accepted_and_changes_nothing(client: Client) -> None:
    answer = client.patch("/connectors/conn_abc123", json={})
    assert answer.status_code == 200
    assert answer.json() == MAIN_LINE


def test_an_update_without_a_body_is_refused(client: Client) -> None:
    assert_refused(client.patch("/connectors/conn_abc123"), 400, "CONNECTORS_VALIDATION_FAILED")


def test_fields_that_cannot_be_set_are_ignored(client: Client) -> None:
    answer = client.patch("/connectors/conn_abc123", json={"name": "New", "clientEnv": "sandbox", "unheardOf": 1})
    assert answer.json() == MAIN_LINE


def test_a_move_takes_the_connector_and_its_numbers_to_the_other_agent(client: Client) -> None:
    answer = client.patch("/connectors/conn_abc123", json={"projectId": OTHER_AGENT})
    assert answer.status_code == 200
    assert answer.json() == {**MAIN_LINE, "projectId": OTHER_AGENT}
    assert_refused(client.get("/connectors/conn_abc123"), 404, "CONNECTORS_NOT_FOUND")
    assert_refused(client.get("/phone-numbers/+442071234567"), 404, "PHONE_NUMBERS_NOT_FOUND")
    there = f"http://mock/v1/agents/{OTHER_AGENT}/telephony"
    assert client.get(f"{there}/connectors").json()["connectors"][-1] == answer.json()
    number = client.get(f"{there}/phone-numbers/+442071234567").json()
    assert number["projectId"] == OTHER_AGENT
    assert number["connectorId"] == "conn_abc123"
    looked_up = client.post(f"{there}/connectors/lookup", json={"phoneNumber": "+442071234567"})
    assert looked_up.json() == answer.json()


def test_a_move_accepts_the_slug_of_the_other_agent(client: Client) -> None:
    answer = client.patch("/connectors/conn_abc123", json={"projectId": "acme-sales"})
    assert answer.json()["projectId"] == OTHER_AGENT


def test_a_move_to_the_agent_itself_changes_nothing(client: Client) -> None:
    answer = client.patch("/connectors/conn_abc123", json={"projectId": "acme-support"})
    assert answer.json() == MAIN_LINE


def test_a_move_needs_a_key_that_reaches_both_agents(client: Client) -> None:
    before = seeds.export(client.state)
    body = {"projectId": OTHER_AGENT, "variantId": "VARIANT-1"}
    answer = client.patch("/connectors/conn_abc123", json=body, headers={"x-api-key": "support-only"})
    assert_refused(answer, 403, "USER_ACCESS_FORBIDDEN")
    assert seeds.export(client.state) == before


def test_a_move_to_an_unknown_agent_is_refused(client: Client) -> None:
    answer = client.patch("/connectors/conn_abc123", json={"projectId": "PROJECT-NOWHERE", "variantId": "V"})
    assert_refused(answer, 404, "PROJECT_NOT_FOUND")
    assert client.get("/connectors/conn_abc123").json() == MAIN_LINE
