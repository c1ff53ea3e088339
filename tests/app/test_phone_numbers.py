"""Phone numbers over HTTP: listed, got, imported, reassigned, released."""

import pytest

from mockserver import seeds
from mockserver.errors import Err
from tests.client import Client, assert_refused

NUMBER = {
    "number": "+442071234567",
    "projectId": "PROJECT-58RP822I",
    "accountId": "ws-fd112d8f",
    "clientEnv": "live",
    "connectorId": "conn_abc123",
}
UNROUTED = {
    "number": "+442079460100",
    "projectId": "PROJECT-58RP822I",
    "accountId": "ws-fd112d8f",
    "clientEnv": "sandbox",
}
MALFORMED = ["442071234567", "+02071234567", "+44", "+44207123456789012", "+44 20 7123 4567", "nonsense", ""]

# A request for each error of this resource.
REFUSALS: dict[Err, tuple[str, str, object, dict[str, str]]] = {
    Err.PHONE_NUMBERS_INVALID_PHONE_NUMBER_FORMAT: ("POST", "/phone-numbers/nonsense", {}, {}),
    Err.PHONE_NUMBERS_CONNECTOR_DOES_NOT_EXIST: ("PATCH", "/phone-numbers/+442071234567", {"connectorId": "x"}, {}),
    Err.PHONE_NUMBERS_NOT_FOUND: ("GET", "/phone-numbers/+442079460999", None, {}),
    Err.PHONE_NUMBERS_ALREADY_EXISTS: ("POST", "/phone-numbers/+442071234567", {}, {}),
}


def _numbers(client: Client, connector_id: str | None = None) -> list[str]:
    params = {} if connector_id is None else {"connectorId": connector_id}
    return [row["number"] for row in client.get("/phone-numbers", params=params).json()["phoneNumbers"]]


UNDOCUMENTED = {"importPhoneNumber": {"connectorId"}}  # shown by a guide only


def session(client: Client) -> None:
    """The part of phone numbers in the contract session."""
    number, unknown = "/phone-numbers/+442071234567", "/phone-numbers/+442079460999"
    client.get("/phone-numbers")
    client.get("/phone-numbers", params={"connectorId": "conn_abc123"})
    client.get("/phone-numbers", params={"connectorId": "conn_nowhere"})
    client.get(number)
    client.get("/phone-numbers/+442079460190")
    client.get(unknown)
    client.post("/phone-numbers", json={"phoneNumbers": ["+442079460301", "+442079460302"]})
    client.post("/phone-numbers", json={"phoneNumbers": ["+442079460301"]})
    client.post("/phone-numbers", json={"phoneNumbers": ["nonsense"]})
    client.post("/phone-numbers", json={"phoneNumbers": ["+442079460305"], "clientEnv": "nonsense"})
    client.delete("/connectors/conn_box001")
    client.post("/phone-numbers", json={"phoneNumbers": ["+442079460305"], "clientEnv": "sandbox"})
    client.post("/phone-numbers/+442079460303", json={"clientEnv": "pre-release"})
    client.post("/phone-numbers/+442079460303", json={})
    client.post("/phone-numbers/+442079460304", json={"connectorId": "conn_nowhere"})
    client.post("/phone-numbers/+442079460304", json={"connectorId": "conn_new456"})
    client.post("/phone-numbers/+442079460306")
    client.post("/phone-numbers/nonsense", json={})
    client.post("/phone-numbers/batch", json={"phoneNumbers": ["+442079460301", "+442079460999"]})
    client.post("/phone-numbers/batch", json={"phoneNumbers": ["nonsense"]})
    client.patch(number, json={"connectorId": "conn_new456"})
    client.patch(number, json={"connectorId": "conn_nowhere"})
    client.patch(number, json={})
    client.patch(unknown, json={"connectorId": "conn_new456"})
    client.delete("/phone-numbers/+442079460301")
    client.delete("/phone-numbers/+442079460301")
    client.request("DELETE", "/phone-numbers", json={"phoneNumbers": ["+442079460302", "+442079460999"]})
    client.request("DELETE", "/phone-numbers", json={"phoneNumbers": ["+442079460303"]})
    client.request("DELETE", "/phone-numbers")


def test_listing_gives_the_agents_numbers_in_order_of_creation(client: Client) -> None:
    answer = client.get("/phone-numbers")
    assert answer.status_code == 200
    assert answer.json()["phoneNumbers"][0] == NUMBER
    assert answer.json()["phoneNumbers"][2] == UNROUTED
    client.delete("/phone-numbers/+442071234567")
    client.post("/phone-numbers", json={"phoneNumbers": ["+442079460300", "+442071234567"]})
    assert _numbers(client) == ["+442079460101", "+442079460100", "+442079460300", "+442071234567"]


def test_listing_can_be_limited_to_one_connector(client: Client) -> None:
    assert _numbers(client, "conn_abc123") == ["+442071234567", "+442079460101"]
    assert _numbers(client, "conn_new456") == []


@pytest.mark.parametrize("connector_id", ["conn_nowhere", "conn_sales01", ""])
def test_listing_by_a_connector_that_the_agent_does_not_have_is_empty(client: Client, connector_id: str) -> None:
    assert _numbers(client, connector_id) == []


def test_a_number_without_a_connector_has_no_connector_id(client: Client) -> None:
    assert client.get("/phone-numbers/+442079460100").json() == UNROUTED


@pytest.mark.parametrize("segment", ["+442071234567", "%2B442071234567", "%2b442071234567"])
def test_a_raw_and_an_encoded_plus_are_the_same_number(client: Client, segment: str) -> None:
    answer = client.get(f"/phone-numbers/{segment}")
    assert answer.status_code == 200
    assert answer.json() == NUMBER


@pytest.mark.parametrize("segment", ["%20442071234567", "442071234567", "%252B442071234567"])
def test_a_plus_is_never_a_space_nor_left_out(client: Client, segment: str) -> None:
    assert_refused(client.get(f"/phone-numbers/{segment}"), 404, "PHONE_NUMBERS_NOT_FOUND")


@pytest.mark.parametrize("number", ["+442079460999", "+442079460200", "nonsense"])
def test_an_unknown_malformed_or_foreign_number_is_not_found(client: Client, number: str) -> None:
    before = seeds.export(client.state)
    assert_refused(client.get(f"/phone-numbers/{number}"), 404, "PHONE_NUMBERS_NOT_FOUND")
    answer = client.delete(f"/phone-numbers/{number}")
    assert_refused(answer, 404, "PHONE_NUMBERS_NOT_FOUND")
    assert answer.json()["error"] == "Phone number does not exist."
    body = {"connectorId": "conn_nowhere"}
    assert_refused(client.patch(f"/phone-numbers/{number}", json=body), 404, "PHONE_NUMBERS_NOT_FOUND")
    assert seeds.export(client.state) == before


def test_batch_get_tells_found_from_not_found_in_the_order_asked(client: Client) -> None:
    asked = ["+442079460999", "+442079460100", "+442079460200", "+442071234567", "+442079460100"]
    answer = client.post("/phone-numbers/batch", json={"phoneNumbers": asked})
    assert answer.status_code == 200
    assert answer.json() == {"found": [UNROUTED, NUMBER], "notFound": ["+442079460999", "+442079460200"]}


@pytest.mark.parametrize("path", ["/phone-numbers/batch", "/phone-numbers"])
@pytest.mark.parametrize("malformed", MALFORMED)
def test_one_malformed_number_refuses_a_whole_batch(client: Client, path: str, malformed: str) -> None:
    before = seeds.export(client.state)
    answer = client.post(path, json={"phoneNumbers": ["+442079460300", malformed]})
    assert_refused(answer, 400, "PHONE_NUMBERS_INVALID_PHONE_NUMBER_FORMAT")
    assert answer.json()["error"] == "Number is not in valid E.164 format."
    assert seeds.export(client.state) == before


@pytest.mark.parametrize(("method", "path"), [("POST", "/batch"), ("POST", ""), ("DELETE", "")])
@pytest.mark.parametrize("body", [{}, {"phoneNumbers": []}, {"phoneNumbers": [1]}, {"phoneNumbers": None}])
def test_a_batch_body_that_does_not_fit_is_refused(client: Client, method: str, path: str, body: object) -> None:
    before = seeds.export(client.state)
    answer = client.request(method, f"/phone-numbers{path}", json=body)
    assert_refused(answer, 400, "SCHEMA_VALIDATION_FAILED")
    assert seeds.export(client.state) == before


def test_importing_routes_to_the_default_connector_of_the_environment(client: Client) -> None:
    answer = client.post("/phone-numbers", json={"phoneNumbers": ["+442079460301", "+442079460302"]})
    assert answer.status_code == 201
    assert answer.json() == {"imported": ["+442079460301", "+442079460302"]}
    assert client.get("/phone-numbers/+442079460302").json() == {**NUMBER, "number": "+442079460302"}


def test_the_default_connector_is_the_one_without_a_variant(client: Client) -> None:
    client.patch("/connectors/conn_abc123", json={"variantId": "VARIANT-1"})
    client.post("/phone-numbers/+442079460301", json={})
    assert client.get("/phone-numbers/+442079460301").json()["connectorId"] == "conn_new456"
    client.patch("/connectors/conn_new456", json={"variantId": "VARIANT-2"})
    client.post("/phone-numbers/+442079460302", json={})
    assert client.get("/phone-numbers/+442079460302").json()["connectorId"] == "conn_abc123"


def test_the_first_import_into_an_environment_without_connectors_makes_a_default_one(client: Client) -> None:
    client.post("/phone-numbers", json={"phoneNumbers": ["+442079460301"], "clientEnv": "pre-release"})
    number = client.get("/phone-numbers/+442079460301").json()
    assert number["clientEnv"] == "pre-release"
    connector = client.get(f"/connectors/{number['connectorId']}").json()
    assert connector["clientEnv"] == "pre-release"
    assert connector["variantId"] == ""
    assert (connector["asrLangCode"], connector["voiceName"]) == ("en-US", "en-US-Neural2-A")
    client.post("/phone-numbers/+442079460302", json={"clientEnv": "pre-release"})
    assert client.get("/phone-numbers/+442079460302").json()["connectorId"] == number["connectorId"]


def test_a_number_listed_twice_is_imported_once(client: Client) -> None:
    answer = client.post("/phone-numbers", json={"phoneNumbers": ["+442079460301", "+442079460301"]})
    assert answer.json() == {"imported": ["+442079460301"]}


@pytest.mark.parametrize("existing", ["+442071234567", "+442079460200"], ids=["of this agent", "of another agent"])
def test_a_number_that_is_imported_already_is_a_conflict(client: Client, existing: str) -> None:
    before = seeds.export(client.state)
    batch = client.post("/phone-numbers", json={"phoneNumbers": ["+442079460301", existing]})
    assert_refused(batch, 409, "PHONE_NUMBERS_ALREADY_EXISTS")
    single = client.post(f"/phone-numbers/{existing}", json={})
    assert_refused(single, 409, "PHONE_NUMBERS_ALREADY_EXISTS")
    assert seeds.export(client.state) == before


def test_a_single_import_answers_with_the_number_itself(client: Client) -> None:
    answer = client.post("/phone-numbers/+442079460301", json={"clientEnv": "live"})
    assert answer.status_code == 201
    assert answer.json() == {"imported": "+442079460301"}


def test_a_single_import_without_a_body_goes_live(client: Client) -> None:
    assert client.post("/phone-numbers/+442079460301").status_code == 201
    assert client.get("/phone-numbers/+442079460301").json()["clientEnv"] == "live"


@pytest.mark.parametrize("connector_id", ["conn_new456", "conn_nowhere", "conn_sales01"])
def test_a_single_import_ignores_a_connector_that_it_names(client: Client, connector_id: str) -> None:
    answer = client.post("/phone-numbers/+442079460301", json={"connectorId": connector_id})
    assert answer.status_code == 201
    assert client.get("/phone-numbers/+442079460301").json()["connectorId"] == "conn_abc123"


def test_a_single_import_of_a_malformed_number_is_refused(client: Client) -> None:
    answer = client.post("/phone-numbers/02079460301", json={})
    assert_refused(answer, 400, "PHONE_NUMBERS_INVALID_PHONE_NUMBER_FORMAT")


@pytest.mark.parametrize("path", ["/phone-numbers", "/phone-numbers/+442079460301"])
@pytest.mark.parametrize("client_env", ["production", "LIVE", "", None, 1])
def test_an_import_into_an_unknown_environment_is_refused(client: Client, path: str, client_env: object) -> None:
    body = {"phoneNumbers": ["+442079460301"], "clientEnv": client_env}
    assert_refused(client.post(path, json=body), 400, "SCHEMA_VALIDATION_FAILED")
    assert_refused(client.get("/phone-numbers/+442079460301"), 404, "PHONE_NUMBERS_NOT_FOUND")


def test_reassigning_routes_the_number_to_the_other_connector(client: Client) -> None:
    answer = client.patch("/phone-numbers/+442071234567", json={"connectorId": "conn_new456"})
    assert answer.status_code == 200
    assert answer.json() == {**NUMBER, "connectorId": "conn_new456"}
    looked_up = client.post("/connectors/lookup", json={"phoneNumber": "+442071234567"})
    assert looked_up.json()["connectorId"] == "conn_new456"
    assert _numbers(client, "conn_abc123") == ["+442079460101"]


def test_a_reassigned_number_takes_the_environment_of_its_connector(client: Client) -> None:
    answer = client.patch("/phone-numbers/+442079460100", json={"connectorId": "conn_abc123"})
    assert answer.json() == {**NUMBER, "number": "+442079460100"}


@pytest.mark.parametrize("connector_id", ["conn_nowhere", "conn_sales01"])
def test_reassigning_to_a_connector_that_the_agent_does_not_have_is_refused(client: Client, connector_id: str) -> None:
    answer = client.patch("/phone-numbers/+442071234567", json={"connectorId": connector_id})
    assert_refused(answer, 404, "PHONE_NUMBERS_CONNECTOR_DOES_NOT_EXIST")
    assert client.get("/phone-numbers/+442071234567").json() == NUMBER


@pytest.mark.parametrize("body", [{}, {"connectorId": None}, {"connectorId": 7}])
def test_reassigning_with_a_body_that_does_not_fit_is_refused(client: Client, body: object) -> None:
    assert_refused(client.patch("/phone-numbers/+442071234567", json=body), 400, "SCHEMA_VALIDATION_FAILED")
    assert client.get("/phone-numbers/+442071234567").json() == NUMBER


def test_deleting_a_number_releases_it(client: Client) -> None:
    answer = client.delete("/phone-numbers/+442071234567")
    assert answer.status_code == 200
    assert answer.json() == {"deleted": "+442071234567"}
    assert_refused(client.get("/phone-numbers/+442071234567"), 404, "PHONE_NUMBERS_NOT_FOUND")
    assert _numbers(client, "conn_abc123") == ["+442079460101"]
    assert client.post("/phone-numbers/+442071234567", json={}).status_code == 201


def test_batch_delete_without_errors_has_no_errors_key(client: Client) -> None:
    answer = client.request("DELETE", "/phone-numbers", json={"phoneNumbers": ["+442079460101", "+442071234567"]})
    assert answer.status_code == 200
    assert answer.json() == {"deleted": ["+442079460101", "+442071234567"]}
    assert _numbers(client) == ["+442079460100"]


def test_batch_delete_releases_what_it_can_and_names_the_rest(client: Client) -> None:
    numbers = ["+442079460999", "+442071234567", "+442079460200", "+442071234567", "nonsense"]
    answer = client.request("DELETE", "/phone-numbers", json={"phoneNumbers": numbers})
    assert answer.status_code == 200
    assert answer.json() == {
        "deleted": ["+442071234567"],
        "errors": [
            {"phoneNumber": number, "error": "Phone number does not exist."}
            for number in ["+442079460999", "+442079460200", "+442071234567", "nonsense"]
        ],
    }
    assert _numbers(client) == ["+442079460101", "+442079460100"]


def test_batch_delete_that_releases_nothing_is_still_200(client: Client) -> None:
    before = seeds.export(client.state)
    answer = client.request("DELETE", "/phone-numbers", json={"phoneNumbers": ["+442079460999"]})
    assert answer.status_code == 200
    assert answer.json()["deleted"] == []
    assert seeds.export(client.state) == before


def test_batch_delete_without_a_body_is_refused(client: Client) -> None:
    assert_refused(client.delete("/phone-numbers"), 400, "SCHEMA_VALIDATION_FAILED")


def test_the_examples_of_the_public_guide_to_numbers_work_on_the_demo_world() -> None:
    with Client("demo") as client:
        number = "/phone-numbers/+442071234567"
        assert client.get(number).json()["connectorId"] == "conn_abc123"
        assert client.post(number, json={"connectorId": "conn_abc123"}).status_code == 201
        assert client.patch(number, json={"connectorId": "conn_new456"}).json()["connectorId"] == "conn_new456"
        assert client.delete(number).json() == {"deleted": "+442071234567"}
        assert client.post(number, json={"connectorId": "conn_abc123"}).status_code == 201
