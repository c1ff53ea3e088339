"""Outbound calls over HTTP: triggered, watched by the world's clock, forgotten two hours after their end."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from mockserver import seeds
from mockserver.errors import Err
from mockserver.state.outbound_calls import OutboundCall
from tests.client import OTHER_AGENT, Client, assert_refused

START = datetime(2026, 7, 2, 10, tzinfo=UTC)

CALL = {"toNumber": "+442012345678", "environment": "live"}
NIGHT = "http://mock/v1/agents/globex-after-hours/telephony"
SALES = f"http://mock/v1/agents/{OTHER_AGENT}/telephony"
SOME_CALL = "OUT-00000000-0000-4000-8000-000000000000"

# A request for each error of this resource.
REFUSALS: dict[Err, tuple[str, str, object, dict[str, str]]] = {
    Err.OUTBOUND_CALLING_NOT_CONFIGURED: ("POST", f"{SALES}/outbound-calls", {**CALL, "environment": "sandbox"}, {}),
    Err.OUTBOUND_CALLING_UNAVAILABLE: (
        "POST",
        f"{NIGHT}/outbound-calls",
        {**CALL, "environment": "pre-release"},
        {"x-api-key": "globex-key"},
    ),
    Err.OUTBOUND_CALLS_NOT_FOUND: ("GET", f"/outbound-calls/{SOME_CALL}/status?environment=live", None, {}),
    Err.OUTBOUND_CALLS_INVALID_CALL_SID: ("GET", "/outbound-calls/OUT-1/status?environment=live", None, {}),
    Err.OUTBOUND_CALLS_NO_CONNECTOR: (
        "GET",
        f"{NIGHT}/outbound-calls/{SOME_CALL}/status?environment=sandbox",
        None,
        {"x-api-key": "globex-key"},
    ),
}


def session(client: Client) -> None:
    """The part of outbound calls in the contract session."""
    call = {"toNumber": "+442079460998", "environment": "live"}
    unanswered, queued = (
        client.post("/outbound-calls", json={**call, "toNumber": number}).json()["callSid"]
        for number in ("+442079460998", "+442079460999")
    )
    client.post("/outbound-calls", json={**call, "toNumber": "02079460998", "countryCode": "GB"})
    client.post("/outbound-calls", json={**call, "encryption": "UDP/RTP", "metadata": {"customer_name": "Paul Smith"}})
    for change in ({"toNumber": "nonsense"}, {"environment": "x"}, {"variantId": "VARIANT-NOWHERE"}):
        client.post("/outbound-calls", json={**call, **change})
    not_configured = f"http://mock/v1/agents/{OTHER_AGENT}/telephony/outbound-calls"
    client.post(not_configured, json={**call, "environment": "sandbox"})
    unavailable = "http://mock/v1/agents/globex-after-hours/telephony/outbound-calls"
    pre_release, globex = {"environment": "pre-release"}, {"x-api-key": "globex-key"}
    client.post(unavailable, json={**call, **pre_release}, headers=globex)
    client.get(f"{unavailable}/{unanswered}/status", params=pre_release, headers=globex)
    for _ in range(4):
        for call_sid in (unanswered, queued):
            client.get(f"/outbound-calls/{call_sid}/status", params={"environment": "live"})
        client.world.clock.advance(timedelta(seconds=20))
    client.get(f"/outbound-calls/{unanswered}/status")
    client.get(f"/outbound-calls/{unanswered}/status", params={"environment": "sandbox"})
    client.get("/outbound-calls/nonsense/status", params={"environment": "live"})
    client.delete("/connectors/conn_box001")
    client.post("/outbound-calls", json={**call, "environment": "sandbox"})
    client.get(f"/outbound-calls/{unanswered}/status", params={"environment": "sandbox"})


@pytest.fixture
def client() -> Iterator[Client]:
    """A client of the demo world, in which time stands still."""
    with Client("demo") as client:
        client.world.clock.freeze(START)
        yield client


def _trigger(client: Client, to_number: str = "+442012345678", **body: object) -> str:
    answer = client.post("/outbound-calls", json={"toNumber": to_number, "environment": "live", **body})
    assert answer.status_code == 200, answer.text
    assert answer.json()["status"] == "QUEUED"
    call_sid: str = answer.json()["callSid"]
    return call_sid


def _status(client: Client, call_sid: str) -> tuple[str, str]:
    answer = client.get(f"/outbound-calls/{call_sid}/status", params={"environment": "live"})
    assert answer.status_code == 200, answer.text
    assert answer.json()["callSid"] == call_sid
    return answer.json()["status"], answer.json()["reason"]


def _advance(client: Client, seconds: float) -> None:
    client.world.clock.advance(timedelta(seconds=seconds))


def test_a_call_is_queued_then_calling_then_succeeds_by_the_worlds_clock(client: Client) -> None:
    call_sid = _trigger(client)
    assert _status(client, call_sid) == ("QUEUED", "")
    _advance(client, 1.9)
    assert _status(client, call_sid) == ("QUEUED", "")
    _advance(client, 0.1)
    assert _status(client, call_sid) == ("CALLING", "")
    _advance(client, 10)
    assert _status(client, call_sid) == ("SUCCESS", "")


def test_a_call_fails_with_the_reason_that_the_seed_gives(client: Client) -> None:
    call_sid = _trigger(client, "+442079460998")
    _advance(client, 2)
    assert _status(client, call_sid) == ("CALLING", "")
    _advance(client, 30)
    assert _status(client, call_sid) == ("FAILURE", "no answer")


def test_a_call_may_fail_in_the_queue(client: Client) -> None:
    call_sid = _trigger(client, "+442079460999")
    _advance(client, 59.9)
    assert _status(client, call_sid) == ("QUEUED", "")
    _advance(client, 0.1)
    assert _status(client, call_sid) == ("FAILURE", "call queueing: max timeout limit exceeded")


def test_a_final_status_stays_until_two_hours_after_the_end(client: Client) -> None:
    call_sid = _trigger(client)
    _advance(client, 12 + 7199.9)
    assert _status(client, call_sid) == ("SUCCESS", "")
    _advance(client, 0.1)
    answer = client.get(f"/outbound-calls/{call_sid}/status", params={"environment": "live"})
    assert_refused(answer, 404, "OUTBOUND_CALLS_NOT_FOUND")


def test_expired_calls_are_dropped_when_the_next_one_is_triggered(client: Client) -> None:
    _trigger(client)
    _advance(client, 3 * 3600)
    latest = _trigger(client)
    assert [call.call_sid for call in client.state[OutboundCall]] == [latest]


def test_a_call_sid_is_out_and_a_uuid_and_never_given_twice(client: Client) -> None:
    sids = {_trigger(client) for _ in range(20)}
    assert len(sids) == 20
    assert all(sid.startswith("OUT-") and len(sid) == 40 and sid[18] == "4" for sid in sids)


def test_the_same_seed_and_requests_give_the_same_call_sids(client: Client) -> None:
    with Client("demo") as other:
        other.get("/connectors")
        assert [_trigger(other), _trigger(other)] == [_trigger(client), _trigger(client)]


@pytest.mark.parametrize(
    ("body", "dialled"),
    [
        ({"toNumber": "+442012345678"}, "+442012345678"),
        ({"toNumber": "02071234567", "countryCode": "GB"}, "+442071234567"),
        ({"toNumber": "(415) 555-0134", "countryCode": "US"}, "+14155550134"),
        ({"toNumber": "+442012345678", "countryCode": "US"}, "+442012345678"),
    ],
)
def test_a_national_number_is_read_in_its_country(client: Client, body: dict[str, str], dialled: str) -> None:
    answer = client.post("/outbound-calls", json={**body, "environment": "live"})
    assert answer.status_code == 200
    (call,) = client.state[OutboundCall]
    assert call.to_number == dialled


@pytest.mark.parametrize(
    "body",
    [
        {"toNumber": "02071234567"},
        {"toNumber": "02071234567", "countryCode": "XX"},
        {"toNumber": "02071234567", "countryCode": "gb"},
        {"toNumber": "+442012345678", "countryCode": "XX"},
        {"toNumber": "nonsense", "countryCode": "GB"},
        {"toNumber": ""},
    ],
)
def test_a_number_that_cannot_be_dialled_is_refused(client: Client, body: dict[str, str]) -> None:
    answer = client.post("/outbound-calls", json={**body, "environment": "live"})
    assert_refused(answer, 400, "PHONE_NUMBERS_INVALID_PHONE_NUMBER_FORMAT")
    assert list(client.state[OutboundCall]) == []


@pytest.mark.parametrize(
    "change",
    [
        {"environment": "production"},
        {"environment": None},
        {"toNumber": None},
        {"toNumber": 442012345678},
        {"metadata": {"count": 1}},
        {"metadata": {"nested": {}}},
        {"metadata": []},
        {"metadata": {"large": "x" * 20_000}},
        {"encryption": 1},
        {"variantId": 1},
        {"countryCode": 44},
    ],
)
def test_a_body_that_does_not_fit_is_refused(client: Client, change: dict[str, object]) -> None:
    body = {"toNumber": "+442012345678", "environment": "live", **change}
    assert_refused(client.post("/outbound-calls", json=body), 400, "SCHEMA_VALIDATION_FAILED")
    assert list(client.state[OutboundCall]) == []


@pytest.mark.parametrize("missing", ["toNumber", "environment"])
def test_number_and_environment_are_required(client: Client, missing: str) -> None:
    body = {"toNumber": "+442012345678", "environment": "live"}
    del body[missing]
    assert_refused(client.post("/outbound-calls", json=body), 400, "SCHEMA_VALIDATION_FAILED")


def test_metadata_of_text_and_any_encryption_are_accepted(client: Client) -> None:
    _trigger(client, metadata={"customer_name": "Paul Smith", "note": "x" * 15_000}, encryption="UDP/RTP")


def test_a_call_uses_the_default_connector_or_that_of_the_variant(client: Client) -> None:
    _trigger(client)
    _trigger(client, variantId="VARIANT-E5AAC615")
    assert [call.connector_id for call in client.state[OutboundCall]] == ["conn_abc123", "conn_new456"]


def test_a_variant_without_a_connector_is_not_found(client: Client) -> None:
    body = {"toNumber": "+442012345678", "environment": "live", "variantId": "VARIANT-NOWHERE"}
    assert_refused(client.post("/outbound-calls", json=body), 404, "CONNECTORS_NOT_FOUND")


def test_an_environment_without_a_connector_is_not_found() -> None:
    with Client("two_agents") as client:
        body = {"toNumber": "+442012345678", "environment": "sandbox"}
        assert_refused(client.post("/outbound-calls", json=body), 404, "CONNECTORS_NOT_FOUND")


def test_an_environment_that_is_not_configured_is_a_bad_request() -> None:
    with Client("demo", agent=OTHER_AGENT) as client:
        body = {"toNumber": "+442012345678", "environment": "sandbox"}
        assert_refused(client.post("/outbound-calls", json=body), 400, "OUTBOUND_CALLING_NOT_CONFIGURED")


def test_an_environment_that_is_down_answers_502() -> None:
    with Client("demo", agent="globex-after-hours", key="globex-key") as client:
        body = {"toNumber": "+442012345678", "environment": "pre-release"}
        assert_refused(client.post("/outbound-calls", json=body), 502, "OUTBOUND_CALLING_UNAVAILABLE")
        path = "/outbound-calls/OUT-00000000-0000-4000-8000-000000000000/status"
        answer = client.get(path, params={"environment": "pre-release"})
        assert_refused(answer, 502, "OUTBOUND_CALLING_UNAVAILABLE")


@pytest.mark.parametrize("params", [{}, {"environment": ""}, {"environment": "production"}])
def test_the_status_needs_an_environment(client: Client, params: dict[str, str]) -> None:
    answer = client.get(f"/outbound-calls/{_trigger(client)}/status", params=params)
    assert_refused(answer, 400, "SCHEMA_VALIDATION_FAILED")


@pytest.mark.parametrize("call_sid", ["OUT-1", "550e8400-e29b-41d4-a716-446655440000", "nonsense"])
def test_a_malformed_call_sid_is_a_bad_request(client: Client, call_sid: str) -> None:
    answer = client.get(f"/outbound-calls/{call_sid}/status", params={"environment": "live"})
    assert_refused(answer, 400, "OUTBOUND_CALLS_INVALID_CALL_SID")


@pytest.mark.parametrize(
    ("agent", "environment"), [(OTHER_AGENT, "live"), ("PROJECT-58RP822I", "sandbox")], ids=["agent", "environment"]
)
def test_a_call_of_another_agent_or_environment_is_not_found(client: Client, agent: str, environment: str) -> None:
    before = seeds.export(client.state)
    call_sid = "OUT-00000000-0000-4000-8000-000000000000"
    url = f"http://mock/v1/agents/{agent}/telephony/outbound-calls/{call_sid}/status"
    unknown = client.get(url, params={"environment": environment})
    assert_refused(unknown, 404, "OUTBOUND_CALLS_NOT_FOUND")
    assert seeds.export(client.state) == before
    url = f"http://mock/v1/agents/{agent}/telephony/outbound-calls/{_trigger(client)}/status"
    assert_refused(client.get(url, params={"environment": environment}), 404, "OUTBOUND_CALLS_NOT_FOUND")


def test_the_status_is_a_bad_request_where_the_environment_has_no_connector() -> None:
    with Client("two_agents") as client:
        path = "/outbound-calls/OUT-00000000-0000-4000-8000-000000000000/status"
        answer = client.get(path, params={"environment": "sandbox"})
        assert_refused(answer, 400, "OUTBOUND_CALLS_NO_CONNECTOR")
