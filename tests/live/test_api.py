"""Operations over a real socket: what an in-process transport could hide."""

import json
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest

from tests.client import AGENT, assert_refused
from tests.live.process import Server, head, read_answer

TELEPHONY = f"/v1/agents/{AGENT}/telephony"


def test_a_connector_can_be_fetched(http: httpx.Client) -> None:
    answer = http.get("/connectors/conn_abc123")
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "application/json"
    assert answer.json()["connectorId"] == "conn_abc123"


def test_a_refusal_is_the_envelope(http: httpx.Client) -> None:
    assert_refused(http.get("/connectors/conn_missing"), 404, "CONNECTORS_NOT_FOUND")


@pytest.mark.parametrize("number", ["+442071234567", "%2B442071234567", "%2b442071234567"])
def test_a_plus_sign_in_the_path_is_itself_raw_or_encoded(server: Server, number: str) -> None:
    request = head(f"GET {TELEPHONY}/phone-numbers/{number}")
    assert f"/phone-numbers/{number} HTTP/1.1\r\n".encode() in request
    with server.connect() as connection:
        connection.sendall(request)
        answer = read_answer(connection)
    assert answer.status == 200, answer
    assert json.loads(answer.body)["number"] == "+442071234567"


def test_an_encoded_space_is_not_a_plus_sign(server: Server) -> None:
    with server.connect() as connection:
        connection.sendall(head(f"GET {TELEPHONY}/phone-numbers/%20442071234567"))
        assert read_answer(connection).status == 404


def test_httpx_sends_the_plus_sign_as_it_is(http: httpx.Client) -> None:
    answer = http.get("/phone-numbers/+442071234567")
    assert answer.request.url.raw_path == f"{TELEPHONY}/phone-numbers/+442071234567".encode()
    assert answer.json()["number"] == "+442071234567"


def test_a_delete_may_have_a_body(http: httpx.Client) -> None:
    assert http.post("/phone-numbers", json={"phoneNumbers": ["+442079460001"]}).status_code == 201
    answer = http.request("DELETE", "/phone-numbers", json={"phoneNumbers": ["+442079460001"]})
    assert answer.status_code == 200
    assert answer.json() == {"deleted": ["+442079460001"]}
    assert_refused(http.get("/phone-numbers/+442079460001"), 404, "PHONE_NUMBERS_NOT_FOUND")


def test_later_requests_see_what_a_deleted_connector_took_along(http: httpx.Client) -> None:
    number = "+442079460002"
    assert http.post(f"/phone-numbers/{number}").status_code == 201
    assert http.patch(f"/phone-numbers/{number}", json={"connectorId": "conn_new456"}).status_code == 200
    assert http.get("/phone-numbers", params={"connectorId": "conn_new456"}).json()["phoneNumbers"] != []

    deleted = http.delete("/connectors/conn_new456").json()

    assert deleted == {"deletedConnector": "conn_new456", "deletedPhoneNumbers": [number]}
    assert_refused(http.get("/connectors/conn_new456"), 404, "CONNECTORS_NOT_FOUND")
    assert_refused(http.get(f"/phone-numbers/{number}"), 404, "PHONE_NUMBERS_NOT_FOUND")
    connectors = http.get("/connectors").json()["connectors"]
    assert [connector["connectorId"] for connector in connectors] == ["conn_abc123"]


def test_a_connection_is_kept_between_requests(server: Server) -> None:
    with server.connect() as connection:
        for path in ("connectors/conn_abc123", "connectors/conn_missing", "connectors/conn_abc123"):
            connection.sendall(head(f"GET {TELEPHONY}/{path}"))
            answer = read_answer(connection)
            assert answer.status == (404 if "missing" in path else 200)
            assert "connection" not in answer.headers


def test_concurrent_requests_are_all_answered_and_each_happens_once(http: httpx.Client) -> None:
    numbers = [f"+4420794605{index:02}" for index in range(40)]

    def import_number(number: str) -> int:
        return http.post(f"/phone-numbers/{number}", json={}).status_code

    with ThreadPoolExecutor(20) as pool:
        statuses = list(pool.map(import_number, numbers + numbers))

    assert sorted(statuses) == [201] * 40 + [409] * 40
    listed = [row["number"] for row in http.get("/phone-numbers").json()["phoneNumbers"]]
    assert sorted(set(listed) & set(numbers)) == numbers
    assert len(listed) == len(set(listed))
    assert http.request("DELETE", "/phone-numbers", json={"phoneNumbers": numbers}).json()["deleted"] == numbers
