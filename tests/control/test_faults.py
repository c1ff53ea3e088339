"""Faults in process: what they match, how often they fire, and what they do to answers and state."""

from time import monotonic
from typing import Any

import httpx
import pytest

from mockserver.api.broken import BrokenConnectionError
from mockserver.world.faults import Fault
from tests.client import AGENT, OTHER_AGENT, Client, assert_refused
from tests.control.mock import Mock

UPDATES = {"updates": [{"connectorId": name, "variantId": "VARIANT-1"} for name in ("conn_abc123", "conn_new456")]}


def _statuses(client: Client, count: int, path: str = "/connectors") -> list[int]:
    return [client.get(path).status_code for _ in range(count)]


def test_a_fault_skips_requests_fires_a_number_of_times_and_then_no_more(mock: Mock) -> None:
    posted = {"operation": "listConnectors", "skip": 1, "times": 2, "status": 429, "retryAfter": 3}
    fault = mock.fault(**posted)
    assert fault == {"id": "fault-1", "matched": 0, "fired": 0, "struck": 0, "fault": posted}
    client = mock.api()
    assert _statuses(client, 5) == [200, 429, 429, 200, 200]
    assert client.get("/connectors/conn_abc123").status_code == 200
    assert mock.get("/worlds/default/faults")["faults"] == [{**fault, "matched": 5, "fired": 2, "struck": 2}]


def test_the_answer_of_a_fault_is_the_envelope_with_retry_after(mock: Mock) -> None:
    mock.fault(operation="listConnectors", status=429, retryAfter=3)
    answer = mock.api().get("/connectors")
    assert_refused(answer, 429, "TOO_MANY_REQUESTS")
    assert answer.headers["retry-after"] == "3"
    assert mock.requests()[0]["faults"] == ["fault-1"]


def test_an_error_code_of_the_catalogue_brings_its_text_and_any_other_is_sent_as_it_is(mock: Mock) -> None:
    mock.fault(operation="listConnectors", times=1, status=404, errorCode="CONNECTORS_NOT_FOUND")
    mock.fault(operation="listConnectors", status=403, errorCode="FORBIDDEN")
    answer = mock.api().get("/connectors")
    assert_refused(answer, 404, "CONNECTORS_NOT_FOUND")
    assert answer.json()["error"] == "Connector ID does not exist."
    assert_refused(mock.api().get("/connectors"), 403, "FORBIDDEN")


def test_a_body_of_ones_own_replaces_the_envelope(mock: Mock) -> None:
    mock.fault(operation="listConnectors", status=503, body={"message": "no upstream"})
    answer = mock.api().get("/connectors")
    assert (answer.status_code, answer.json()) == (503, {"message": "no upstream"})


@pytest.mark.parametrize(
    ("matching", "fired"),
    [
        ({"operation": "getConnector"}, [False, True, True, False, False]),
        ({"method": "GET", "path": "/v1/agents/{agentId}/telephony/connectors/*"}, [False, True, True, False, False]),
        ({"connectorId": "conn_abc123"}, [False, True, False, True, False]),
        ({"operation": "batchUpdateConnectors", "connectorId": "conn_new456"}, [False, False, False, True, False]),
        ({"phoneNumber": "+442071234567"}, [False, False, False, False, True]),
        ({}, [True] * 5),
    ],
)
def test_a_fault_fires_on_what_it_matches(mock: Mock, matching: dict[str, str], fired: list[bool]) -> None:
    mock.fault(status=500, **matching)
    client = mock.api()
    answers = [
        client.get("/connectors"),
        client.get("/connectors/conn_abc123"),
        client.get("/connectors/conn_new456"),
        client.patch("/connectors/batch", json=UPDATES),
        client.post("/connectors/lookup", json={"phoneNumber": "+442071234567"}),
    ]
    assert [answer.status_code == 500 for answer in answers] == fired


def test_probability_draws_the_same_lots_in_every_world(mock: Mock) -> None:
    seen = []
    for world in ("one", "two"):
        mock.fault(world, operation="listConnectors", probability=0.5, status=500)
        seen.append(_statuses(mock.api(world), 40))
    assert seen[0] == seen[1]
    assert 5 < seen[0].count(500) < 35


def test_a_fault_that_an_earlier_one_has_forestalled_keeps_its_strike(mock: Mock) -> None:
    mock.fault(operation="listConnectors", status=503, times=1)
    mock.fault(operation="listConnectors", status=429, times=1)
    assert _statuses(mock.api(), 3) == [503, 429, 200]


def test_a_fault_by_path_strikes_that_path_alone(mock: Mock) -> None:
    one = "/v1/agents/PROJECT-58RP822I/telephony"
    mock.fault(method="GET", path=f"{one}/connectors/conn_abc123", status=503)
    mock.fault(method="GET", path=f"{one}/phone-numbers/+442071234567", status=502)
    client = mock.api()
    paths = ["/connectors/conn_abc123", "/connectors/conn_new456", "/phone-numbers/%2B442071234567"]
    assert [client.get(path).status_code for path in paths] == [503, 200, 502]


def test_an_item_fault_waits_for_a_batch(mock: Mock) -> None:
    mock.fault(connectorId="conn_abc123", item="busy", times=1)
    client = mock.api()
    client.get("/connectors/conn_abc123")
    results = client.patch("/connectors/batch", json=UPDATES).json()["results"]
    assert [result["success"] for result in results] == [False, True]


def test_faults_are_bounded_in_number_and_size(mock: Mock) -> None:
    for _ in range(1_000):
        fault_id = mock.worlds.default.faults.next_id()
        mock.worlds.default.faults[fault_id] = Fault(fault_id=fault_id, spec={"status": 500})
    refused = mock.http.post("/worlds/default/faults", json={"operation": "listConnectors", "status": 500})
    assert_refused(refused, 400, "MOCK_REQUEST_INVALID")
    large = {"operation": "listConnectors", "status": 500, "body": {"x": "x" * 100_000}}
    assert_refused(mock.http.post("/worlds/other/faults", json=large), 400, "MOCK_REQUEST_INVALID")


def test_the_first_answer_wins_and_delays_add_up(mock: Mock) -> None:
    mock.fault(operation="listConnectors", delay={"ms": 1})
    mock.fault(operation="listConnectors", status=502)
    mock.fault(operation="listConnectors", status=503)
    assert_refused(mock.api().get("/connectors"), 502, "BAD_GATEWAY")
    assert mock.requests()[0]["faults"] == ["fault-1", "fault-2"]


@pytest.mark.parametrize(
    "delay",
    [{"ms": 30}, {"uniform": [30, 40]}, {"lognormal": {"median": 30, "sigma": 0}}],
    ids=lambda it: next(iter(it)),
)
def test_a_delay_holds_the_answer_back(mock: Mock, delay: dict[str, Any]) -> None:
    mock.fault(operation="listConnectors", delay=delay)
    started = monotonic()
    assert mock.api().get("/connectors").status_code == 200
    assert monotonic() - started >= 0.03


def test_one_item_of_a_batch_update_fails_with_the_message(mock: Mock) -> None:
    mock.fault(connectorId="conn_abc123", item="Upstream is busy.", times=1)
    client = mock.api()
    first, second = client.patch("/connectors/batch", json=UPDATES).json()["results"]
    assert first == {"connectorId": "conn_abc123", "success": False, "error": "Upstream is busy."}
    assert second["success"] is True
    assert client.get("/connectors/conn_abc123").json()["variantId"] == ""
    again = client.patch("/connectors/batch", json=UPDATES).json()["results"]
    assert [result["success"] for result in again] == [True, True]


def test_one_item_of_a_batch_delete_fails_with_the_message(mock: Mock) -> None:
    mock.fault(operation="deletePhoneNumbers", phoneNumber="+442079460101", item="Carrier said no.")
    client = mock.api()
    body = {"phoneNumbers": ["+442071234567", "+442079460101"]}
    assert client.request("DELETE", "/phone-numbers", json=body).json() == {
        "deleted": ["+442071234567"],
        "errors": [{"phoneNumber": "+442079460101", "error": "Carrier said no."}],
    }
    assert client.get("/phone-numbers/+442079460101").status_code == 200


def test_an_answer_may_be_lost_after_the_change_was_made(mock: Mock) -> None:
    mock.fault(operation="deleteConnector", applyThen={"status": 502}, times=1)
    client = mock.api()
    assert_refused(client.delete("/connectors/conn_abc123"), 502, "BAD_GATEWAY")
    assert_refused(client.get("/connectors/conn_abc123"), 404, "CONNECTORS_NOT_FOUND")
    assert len(mock.requests()[0]["changed"]) == 3


def test_a_status_is_sent_before_anything_changes(mock: Mock) -> None:
    mock.fault(operation="deleteConnector", status=502, times=1)
    client = mock.api()
    assert_refused(client.delete("/connectors/conn_abc123"), 502, "BAD_GATEWAY")
    assert client.get("/connectors/conn_abc123").status_code == 200


@pytest.mark.parametrize("kind", ["reset", "close", "garbage"])
def test_a_broken_connection_is_an_exception_in_process_and_changes_nothing(mock: Mock, kind: str) -> None:
    mock.fault(operation="deleteConnector", connection=kind, times=1)
    client = mock.api()
    with pytest.raises(BrokenConnectionError, match=kind):
        client.delete("/connectors/conn_abc123")
    assert client.get("/connectors/conn_abc123").status_code == 200
    assert (mock.requests()[0]["status"], mock.requests()[0]["changed"]) == (None, [])


def test_a_connection_may_break_after_the_change_was_made(mock: Mock) -> None:
    mock.fault(operation="deleteConnector", applyThen={"connection": "close"}, times=1)
    client = mock.api()
    with pytest.raises(BrokenConnectionError):
        client.delete("/connectors/conn_abc123")
    assert_refused(client.get("/connectors/conn_abc123"), 404, "CONNECTORS_NOT_FOUND")


def test_a_dripping_body_arrives_whole(mock: Mock) -> None:
    mock.fault(operation="getConnector", connection="drip")
    answer = mock.api().get("/connectors/conn_abc123")
    assert answer.status_code == 200
    assert answer.json()["connectorId"] == "conn_abc123"


def test_a_rate_limit_counts_by_the_worlds_clock(mock: Mock) -> None:
    mock.post("/worlds/default/clock", {"freeze": "2026-07-02T10:00:00Z"})
    mock.fault(rateLimit={"requests": 2, "per": "10s"})
    client = mock.api()
    assert _statuses(client, 3) == [200, 200, 429]
    mock.post("/worlds/default/clock", {"advance": "4s"})
    answer = client.get("/connectors")
    assert_refused(answer, 429, "TOO_MANY_REQUESTS")
    assert answer.headers["retry-after"] == "6"
    mock.post("/worlds/default/clock", {"advance": "6s"})
    assert _statuses(client, 3) == [200, 200, 429]


def test_a_rate_limit_of_nothing_refuses_everything(mock: Mock) -> None:
    mock.fault(rateLimit={"requests": 0, "per": "3s"})
    answer = mock.api().get("/connectors")
    assert_refused(answer, 429, "TOO_MANY_REQUESTS")
    assert answer.headers["retry-after"] == "3"


def test_faults_are_their_worlds_own_and_can_be_removed(mock: Mock) -> None:
    first = mock.fault("one", operation="listConnectors", status=500)
    mock.fault("one", operation="getConnector", status=500)
    assert _statuses(mock.api(), 1) == [200]
    assert len(mock.http.delete(f"/worlds/one/faults/{first['id']}").json()["faults"]) == 1
    assert _statuses(mock.api("one"), 1) == [200]
    assert_refused(mock.http.delete(f"/worlds/one/faults/{first['id']}"), 404, "MOCK_NOT_FOUND")
    assert mock.http.delete("/worlds/one/faults").json() == {"faults": []}
    assert _statuses(mock.api("one"), 1, "/connectors/conn_abc123") == [200]


def test_a_fault_matches_any_id_that_a_request_carries_by_its_name_there(mock: Mock) -> None:
    mock.fault(agentId=AGENT, operation="getConnector", status=418)
    mock.fault(callSid="OUT-00000000-0000-4000-8000-000000000001", status=410)
    api = mock.api()
    assert api.get("/connectors/conn_abc123").status_code == 418
    assert mock.api(agent=OTHER_AGENT).get("/connectors/conn_abc123").status_code == 404
    path = "/outbound-calls/OUT-00000000-0000-4000-8000-000000000001/status"
    assert api.get(path, params={"environment": "live"}).status_code == 410


def test_a_fault_matches_an_id_that_a_body_carries_under_another_name(mock: Mock) -> None:
    mock.fault(agentId=OTHER_AGENT, status=418)
    assert mock.api().patch("/connectors/conn_abc123", json={"projectId": OTHER_AGENT}).status_code == 418
    mock.fault(phoneNumber="+442079460399", status=410)
    call = {"toNumber": "+442079460399", "environment": "live"}
    assert mock.api().post("/outbound-calls", json=call).status_code == 410


def test_free_form_objects_of_a_body_carry_no_ids(mock: Mock) -> None:
    mock.fault(agentId="acme", status=418)
    call = {"toNumber": "+442079460399", "environment": "live", "metadata": {"agentId": "acme"}}
    assert mock.api().post("/outbound-calls", json=call).status_code == 200


def test_an_item_of_a_batch_fails_by_its_id_whatever_the_operation_calls_it(mock: Mock) -> None:
    mock.fault(item="stuck", itemId="conn_abc123")
    mock.fault(item="kept", itemId="+442071234567")
    updates = {"updates": [{"connectorId": "conn_abc123", "variantId": "VARIANT-1"}]}
    (result,) = mock.api().patch("/connectors/batch", json=updates).json()["results"]
    assert result == {"connectorId": "conn_abc123", "success": False, "error": "stuck"}
    deleted = mock.api().request("DELETE", "/phone-numbers", json={"phoneNumbers": ["+442071234567"]}).json()
    assert deleted == {"deleted": [], "errors": [{"phoneNumber": "+442071234567", "error": "kept"}]}
    assert [fault["fired"] for fault in mock.get("/worlds/default/faults")["faults"]] == [1, 1]


REFUSED: list[tuple[dict[str, Any], str]] = [
    ({"operation": "listConnecters", "status": 500}, "did you mean listConnectors?"),
    ({"operation": "listConnectors"}, "exactly one effect"),
    ({"operation": "listConnectors", "status": 500, "delay": {"ms": 1}}, "exactly one effect"),
    ({"operation": "listConnectors", "method": "GET", "status": 500}, "not by both"),
    ({"path": "/v1/x", "status": 500}, "go together"),
    ({"method": "GET", "path": "/v1/agents/*/telephony/connecters", "status": 500}, "telephony/connectors?"),
    ({"method": "PUT", "path": "/v1/agents/*/telephony/connectors", "status": 500}, "no operation is"),
    ({"operation": "listConnectors", "connectorId": "conn_abc123", "status": 500}, "can never match"),
    ({"operation": "getConnector", "phoneNumber": "+442071234567", "status": 500}, "can never match"),
    ({"phoneNumber": "02071234567", "status": 500}, "E.164"),
    ({"connectorId": "+442071234567", "status": 500}, "is not a valid id"),
    ({"connectorId": "", "status": 500}, "is not a valid id"),
    ({"operation": "getConnector", "connectorId": "conn_abc123", "item": "x"}, "has no items that can fail"),
    ({"itemId": "conn_abc123", "status": 500}, "itemId goes with item"),
    ({"item": "x", "itemId": "conn_abc123", "connectorId": "conn_abc123"}, "exactly one id"),
    ({"item": "x"}, "exactly one id of the item that fails: itemId, or connectorId of"),
    ({"operation": "listConnectors", "status": 99}, "status"),
    ({"operation": "listConnectors", "status": 204}, "status"),
    ({"connectorId": "no such", "status": 500}, "is not a valid id"),
    ({"operation": "listConnectors", "status": "500"}, "status"),
    ({"operation": "listConnectors", "retryAfter": 3, "delay": {"ms": 1}}, "goes with status"),
    ({"operation": "listConnectors", "delay": {}}, "exactly one of ms"),
    ({"operation": "listConnectors", "delay": {"ms": -1}}, "delay.ms"),
    ({"operation": "listConnectors", "delay": {"ms": 1e9}}, "delay.ms"),
    ({"operation": "listConnectors", "delay": {"uniform": [40, 30]}}, "lower bound"),
    ({"operation": "listConnectors", "connection": "explode"}, "connection"),
    ({"operation": "listConnectors", "applyThen": {}}, "either a status or a connection"),
    ({"operation": "listConnectors", "rateLimit": {"requests": 1, "per": "soon"}}, "rateLimit.per"),
    ({"operation": "listConnectors", "rateLimit": {"requests": 1, "per": "0s"}}, "rateLimit.per"),
    ({"operation": "listConnectors", "status": 500, "probability": 2}, "probability"),
    ({"operation": "listConnectors", "status": 500, "times": 0}, "times"),
    ({"operaton": "listConnectors", "status": 500}, "did you mean operation?"),
    ({"operation": "listConnectors", "delay": {"millis": 3}}, "delay.millis"),
]


@pytest.mark.parametrize(("fault", "said"), REFUSED, ids=[str(fault) for fault, _ in REFUSED])
def test_a_fault_that_cannot_be_meant_is_refused_with_a_reason(mock: Mock, fault: object, said: str) -> None:
    answer = mock.http.post("/worlds/default/faults", json=fault)
    assert_refused(answer, 400, "MOCK_REQUEST_INVALID")
    assert said in answer.json()["error"]
    assert mock.get("/worlds/default/faults") == {"faults": []}


def test_magic_values_misbehave_where_the_seed_says_so() -> None:
    with Mock("demo") as mock:
        client = mock.api()
        mock.post("/worlds/default/clock", {"freeze": True})
        sids = [
            client.post("/outbound-calls", json={"toNumber": number, "environment": "live"}).json()["callSid"]
            for number in ("+442079460990", "+442079460991")
        ]
        mock.post("/worlds/default/clock", {"advance": "1m"})
        ends = [client.get(f"/outbound-calls/{sid}/status?environment=live").json() for sid in sids]
        assert [(end["status"], end["reason"]) for end in ends] == [("FAILURE", "busy"), ("FAILURE", "no answer")]
        voice = client.patch("/connectors/conn_abc123", json={"voiceName": "en-GB-Magic-Rejected"})
        assert_refused(voice, 400, "CONNECTORS_VALIDATION_FAILED")
        for path in ("/phone-numbers/+442079460992", "/connectors/conn_magic_limited"):
            answer = client.get(path)
            assert_refused(answer, 429, "TOO_MANY_REQUESTS")
            assert answer.headers["retry-after"] == "1"
        started = monotonic()
        assert client.get("/connectors/conn_magic_slow").status_code == 200
        assert monotonic() - started >= 2
        assert mock.get("/worlds/default/faults") == {"faults": []}


def test_magic_values_are_ordinary_elsewhere(mock: Mock) -> None:
    answer: httpx.Response = mock.api().patch("/connectors/conn_abc123", json={"voiceName": "en-GB-Magic-Rejected"})
    assert answer.status_code == 200
    assert_refused(mock.api().get("/connectors/conn_magic_limited"), 404, "CONNECTORS_NOT_FOUND")
