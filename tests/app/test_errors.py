"""The catalogue: every row is raised by some request, and looks as it says."""

import httpx
import pytest

from mockserver.errors import Err
from tests.client import OTHER_AGENT, Client, assert_refused

V1 = "http://mock/v1"
CONTROL = "http://mock/_mock/worlds"
CALL = {"toNumber": "+442012345678", "environment": "live"}
NIGHT = f"{V1}/agents/globex-after-hours/telephony"
SALES = f"{V1}/agents/{OTHER_AGENT}/telephony"
SOME_CALL = "OUT-00000000-0000-4000-8000-000000000000"

Request = tuple[str, str, object, dict[str, str]]

REQUESTS: dict[Err, Request] = {
    Err.AUTH_USER_UNAUTHORISED: ("GET", "/connectors", None, {"x-api-key": ""}),
    Err.AUTH_USER_INVALID_TOKEN: ("GET", "/connectors", None, {"x-api-key": "old-key"}),
    Err.USER_ACCESS_FORBIDDEN: ("GET", f"{SALES}/connectors", None, {"x-api-key": "support-only"}),
    Err.ACCOUNT_NOT_FOUND: ("GET", f"{V1}/accounts/nowhere/agents", None, {}),
    Err.PROJECT_NOT_FOUND: ("GET", f"{V1}/agents/nowhere/telephony/connectors", None, {}),
    Err.SCHEMA_VALIDATION_FAILED: ("POST", "/connectors/batch", {}, {}),
    Err.CONNECTORS_NOT_FOUND: ("GET", "/connectors/conn_nowhere", None, {}),
    Err.CONNECTORS_VALIDATION_FAILED: ("PATCH", "/connectors/conn_abc123", {"voiceName": "nonsense"}, {}),
    Err.PHONE_NUMBERS_INVALID_PHONE_NUMBER_FORMAT: ("POST", "/phone-numbers/nonsense", {}, {}),
    Err.PHONE_NUMBERS_CONNECTOR_DOES_NOT_EXIST: ("PATCH", "/phone-numbers/+442071234567", {"connectorId": "x"}, {}),
    Err.PHONE_NUMBERS_NOT_FOUND: ("GET", "/phone-numbers/+442079460999", None, {}),
    Err.PHONE_NUMBERS_ALREADY_EXISTS: ("POST", "/phone-numbers/+442071234567", {}, {}),
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
    Err.NOT_FOUND: ("GET", "http://mock/nowhere", None, {}),
    Err.METHOD_NOT_ALLOWED: ("PUT", "/connectors", None, {}),
    Err.PAYLOAD_TOO_LARGE: ("POST", "/connectors/batch", {"connectorIds": ["x" * 2**20]}, {}),
    Err.INTERNAL_ERROR: ("GET", "/connectors", None, {}),
    Err.NOT_IMPLEMENTED: ("DELETE", f"{V1}/agents/{OTHER_AGENT}", None, {}),
    Err.MOCK_REQUEST_INVALID: ("POST", f"{CONTROL}/default/clock", {}, {}),
    Err.MOCK_FORBIDDEN: ("GET", f"{CONTROL}", None, {"sec-fetch-site": "cross-site"}),
    Err.MOCK_NOT_FOUND: ("GET", f"{CONTROL}/nowhere", None, {}),
    Err.MOCK_CONFLICT: ("POST", f"{CONTROL}", {"name": "default"}, {}),
    Err.MOCK_WORLDS_EXHAUSTED: ("GET", "/connectors", None, {"x-api-key": "demo-key~two"}),
}

# What is no request is refused by the connection: tests/live/test_malformed.py and test_slow_clients.py raise these.
OF_CONNECTIONS = (Err.BAD_REQUEST, Err.REQUEST_TIMEOUT, Err.URI_TOO_LONG, Err.REQUEST_HEADER_FIELDS_TOO_LARGE)


def _defect(*_args: object) -> httpx.Response:
    raise AssertionError("a planted defect")


@pytest.mark.parametrize("err", [err for err in Err if err not in OF_CONNECTIONS], ids=lambda err: err.name)
def test_every_error_of_the_catalogue_is_raised(err: Err, monkeypatch: pytest.MonkeyPatch) -> None:
    if err is Err.INTERNAL_ERROR:
        monkeypatch.setattr("mockserver.state.connectors.list_connectors", _defect)
    method, url, body, headers = REQUESTS[err]
    with Client("demo", max_worlds=0) as client:
        answer = client.request(method, url, json=body, headers=headers)
    assert_refused(answer, err.status, err.name)
    if not err.name.startswith("MOCK_"):
        assert answer.json()["error"] == err.message


def test_numeric_ids_are_not_part_of_a_body_and_never_given_twice() -> None:
    numbers = [err.number for err in Err if err.number is not None]
    assert len(set(numbers)) == len(numbers)
