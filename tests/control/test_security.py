"""The control plane is closed to web pages, and the whole server to names that are not its own."""

from contextlib import nullcontext
from typing import Any

import pytest

from mockserver.errors import ApiError
from tests.client import assert_refused
from tests.control.mock import Mock

HEALTH = "http://localhost/_mock/health"
RESET = "http://localhost/_mock/worlds/default/reset"


@pytest.mark.parametrize(
    "host", ["localhost", "localhost:8750", "127.0.0.1", "127.0.0.1:8750", "[::1]", "[::1]:8750", "LOCALHOST"]
)
def test_loopbacks_names_are_answered_with_and_without_a_port(mock: Mock, host: str) -> None:
    assert mock.http.get(HEALTH, headers={"host": host}).status_code == 200


@pytest.mark.parametrize(
    "host",
    [
        "evil.example",
        "evil.example:8750",
        "localhost.evil.example",
        "127.0.0.1.evil.example",
        "",
        "::1",
        "[::1",
        "localhost:x",
    ],
)
@pytest.mark.parametrize("path", ["/_mock/health", "/v1/agents/acme-support/telephony/connectors", "/openapi.json"])
def test_any_other_host_is_refused_everywhere(mock: Mock, host: str, path: str) -> None:
    answer = mock.http.get(f"http://localhost{path}", headers={"host": host, "x-api-key": "demo-key"})
    assert_refused(answer, 403, "MOCK_FORBIDDEN")


def test_names_can_be_added() -> None:
    from mockserver.app.hosts import Hosts

    Hosts(["mock.test", "fe80::1"]).check(_from(b"mock.test:8750"))
    Hosts(["mock.test", "[FE80::1]"]).check(_from(b"[fe80::1]:8750"))
    Hosts(["*"]).check(_from(b"anything.example"))


@pytest.mark.parametrize(
    "name",
    ["", "mock.test:8750", "http://mock.test", "a,b", "a b", "*.mock.test", "mock/", "münchen", "[::1]:80", "::x"],
)
def test_a_name_that_no_host_header_can_have_is_refused(name: str) -> None:
    from mockserver.app.hosts import Hosts

    with pytest.raises(ValueError, match="can never match a Host header; expected a host name"):
        Hosts([name])


@pytest.mark.parametrize(
    ("version", "client", "served"),
    [("1.0", "127.0.0.1", True), ("1.0", "::1", True), ("1.0", "192.0.2.7", False), ("1.1", "127.0.0.1", False)],
)
def test_a_health_check_of_http_1_0_needs_no_host_on_loopback(version: str, client: str, served: bool) -> None:
    from mockserver.app.hosts import Hosts

    scope = {"headers": [], "http_version": version, "client": (client, 1)}
    with nullcontext() if served else pytest.raises(ApiError):
        Hosts().check(scope, required=False)
    with pytest.raises(ApiError):
        Hosts().check(scope)


def test_two_host_headers_are_refused() -> None:
    from mockserver.app.hosts import Hosts

    with pytest.raises(ApiError, match="MOCK_FORBIDDEN"):
        Hosts().check(_from(b"localhost", b"evil.example"))


@pytest.mark.parametrize("name", ["origin", "sec-fetch-site"])
def test_a_header_of_browsers_that_occurs_twice_is_refused(mock: Mock, name: str) -> None:
    value = {"origin": "http://localhost", "sec-fetch-site": "same-origin"}[name]
    assert mock.http.get(HEALTH, headers=[(name, value)]).status_code == 200
    assert_refused(mock.http.get(HEALTH, headers=[(name, value), (name, value)]), 403, "MOCK_FORBIDDEN")


def _from(*hosts: bytes) -> dict[str, Any]:
    return {"headers": [(b"host", host) for host in hosts], "http_version": "1.1", "client": ("127.0.0.1", 1)}


@pytest.mark.parametrize(
    "headers",
    [
        {"origin": "https://evil.example"},
        {"origin": "http://localhost:3000"},
        {"origin": "null"},
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site"},
    ],
)
def test_web_pages_of_other_origins_are_refused(mock: Mock, headers: dict[str, str]) -> None:
    before = mock.worlds.default.state
    assert_refused(mock.http.post(RESET, json={}, headers=headers), 403, "MOCK_FORBIDDEN")
    assert_refused(mock.http.delete("http://localhost/_mock/worlds/default", headers=headers), 403, "MOCK_FORBIDDEN")
    assert_refused(mock.http.get(HEALTH, headers=headers), 403, "MOCK_FORBIDDEN")
    assert mock.worlds.default.state is before


def test_pages_of_the_server_itself_and_typed_addresses_are_answered(mock: Mock) -> None:
    assert mock.http.get(HEALTH, headers={"sec-fetch-site": "none"}).status_code == 200
    own = {"sec-fetch-site": "same-origin", "origin": "http://localhost"}
    assert mock.http.post(RESET, json={}, headers=own).status_code == 200


@pytest.mark.parametrize("media_type", [None, "text/plain", "application/x-www-form-urlencoded", "multipart/form-data"])
def test_what_a_page_may_send_without_asking_is_415_and_changes_nothing(mock: Mock, media_type: str | None) -> None:
    before = mock.worlds.default.state
    headers = {} if media_type is None else {"content-type": media_type}
    for content in (b"", b"{}"):
        assert_refused(mock.http.post(RESET, content=content, headers=headers), 415, "MOCK_MEDIA_TYPE")
    assert mock.worlds.default.state is before


def test_control_answers_cannot_be_read_across_origins(mock: Mock) -> None:
    assert "access-control-allow-origin" not in mock.http.get(HEALTH).headers
    preflight = mock.http.options(RESET, headers={"origin": "https://evil.example"})
    assert_refused(preflight, 405, "METHOD_NOT_ALLOWED")


@pytest.mark.parametrize(
    "path",
    [
        "//_mock/health",
        "/%5fmock/health",
        "/_mock%2fhealth",
        "/_MOCK/health",
        "/_mock//health",
        "/_mock/health/",
        "/_mock/health;x",
    ],
)
def test_no_encoded_or_doubled_path_leads_to_the_control_plane(mock: Mock, path: str) -> None:
    answer = mock.raw_get(path)
    assert_refused(answer, 404, "NOT_FOUND")


def test_a_token_is_asked_for_where_there_is_one() -> None:
    with Mock(control_token="secret") as mock:
        assert_refused(mock.http.get(HEALTH), 403, "MOCK_FORBIDDEN")
        assert_refused(mock.http.get(HEALTH, headers={"authorization": "Bearer wrong"}), 403, "MOCK_FORBIDDEN")
        assert mock.http.get(HEALTH, headers={"authorization": "Bearer secret"}).status_code == 200
        assert mock.api().get("/connectors").status_code == 200
