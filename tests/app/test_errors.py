"""The catalogue: every row is raised by some request, and looks as it says."""

import re

import httpx
import pytest

from mockserver.errors import Err
from mockserver.resources import UNBUILT
from tests.client import AGENT, OTHER_AGENT, Client, assert_refused
from tests.contract.session import modules

V1 = "http://mock/v1"
CONTROL = "http://mock/_mock/worlds"
SALES = f"{V1}/agents/{OTHER_AGENT}/telephony"

Request = tuple[str, str, object, dict[str, str]]

# A request for each error that is not of one resource; modules of tests/app have `REFUSALS` for those of theirs. One
# that succeeds is sent twice.
REQUESTS: dict[Err, Request] = {
    Err.AUTH_USER_UNAUTHORISED: ("GET", "/connectors", None, {"x-api-key": ""}),
    Err.AUTH_USER_INVALID_TOKEN: ("GET", "/connectors", None, {"x-api-key": "old-key"}),
    Err.USER_ACCESS_FORBIDDEN: ("GET", f"{SALES}/connectors", None, {"x-api-key": "support-only"}),
    Err.ACCOUNT_NOT_FOUND: ("GET", f"{V1}/accounts/nowhere/agents", None, {}),
    Err.PROJECT_NOT_FOUND: ("GET", f"{V1}/agents/nowhere/telephony/connectors", None, {}),
    Err.SCHEMA_VALIDATION_FAILED: ("POST", "/connectors/batch", {}, {}),
    Err.NOT_FOUND: ("GET", "http://mock/nowhere", None, {}),
    Err.METHOD_NOT_ALLOWED: ("PUT", "/connectors", None, {}),
    Err.PAYLOAD_TOO_LARGE: ("POST", "/connectors/batch", {"connectorIds": ["x" * 2**20]}, {}),
    Err.INTERNAL_ERROR: ("GET", "/connectors", None, {}),
    Err.MOCK_REQUEST_INVALID: ("POST", f"{CONTROL}/default/clock", {}, {}),
    Err.MOCK_FORBIDDEN: ("GET", f"{CONTROL}", None, {"sec-fetch-site": "cross-site"}),
    Err.MOCK_NOT_FOUND: ("GET", f"{CONTROL}/nowhere", None, {}),
    Err.MOCK_MEDIA_TYPE: ("POST", f"{CONTROL}", {}, {"content-type": "text/plain"}),
    Err.MOCK_CONFLICT: ("POST", f"{CONTROL}", {"name": "default"}, {}),
    Err.MOCK_WORLDS_EXHAUSTED: ("GET", "/connectors", None, {"x-api-key": "demo-key~two"}),
}

# Raised elsewhere: for what is not built, below, and by connections, in tests/live.
ELSEWHERE = (
    Err.NOT_IMPLEMENTED,
    Err.BAD_REQUEST,
    Err.REQUEST_TIMEOUT,
    Err.URI_TOO_LONG,
    Err.REQUEST_HEADER_FIELDS_TOO_LARGE,
)


def _defect(*_args: object) -> httpx.Response:
    raise AssertionError("a planted defect")


def requests() -> dict[Err, Request]:
    """Return a request for each error."""
    found = {**REQUESTS}
    for module in modules():
        found.update(getattr(module, "REFUSALS", {}))
    return found


def test_an_operation_that_is_not_built_is_a_501() -> None:
    for method, path in UNBUILT:
        filled = re.sub(r"{\w+}", "x", path.replace("{agentId}", AGENT).replace("{accountId}", "ws-fd112d8f"))
        with Client("demo") as client:
            assert_refused(client.request(method, f"http://mock{filled}"), 501, "NOT_IMPLEMENTED")


@pytest.mark.parametrize("err", [err for err in Err if err not in ELSEWHERE], ids=lambda err: err.name)
def test_every_error_of_the_catalogue_is_raised(err: Err, monkeypatch: pytest.MonkeyPatch) -> None:
    if err is Err.INTERNAL_ERROR:
        monkeypatch.setattr("mockserver.state.connectors.list_connectors", _defect)
    method, url, body, headers = requests()[err]
    with Client("demo", max_worlds=0) as client:
        answer = client.request(method, url, json=body, headers=headers)
        if answer.is_success:
            answer = client.request(method, url, json=body, headers=headers)
    assert_refused(answer, err.status, err.name)
    if not err.name.startswith("MOCK_"):
        assert answer.json()["error"] == err.message
