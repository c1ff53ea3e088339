"""Unusual requests: too large, in pieces, incomplete, with methods that are not served, or with offers to upgrade."""

import json
from collections.abc import Iterator

import httpx
import pytest

from tests.client import AGENT, assert_refused
from tests.live.process import Server, head, read_answer

TELEPHONY = f"/v1/agents/{AGENT}/telephony"
LOOKUP = f"POST {TELEPHONY}/connectors/lookup"
BODY = b'{"phoneNumber": "+442071234567"}'
TOO_LARGE = b" " * 1000 + BODY + b" " * 1000
H2C = ("Connection: Upgrade, HTTP2-Settings", "Upgrade: h2c", "HTTP2-Settings: AAMAAABkAAQAAP__")


def _pieces(body: bytes) -> Iterator[bytes]:
    yield body[: len(body) // 2]
    yield body[len(body) // 2 :]


def test_a_body_in_chunks_is_read(http: httpx.Client) -> None:
    answer = http.post("/connectors/lookup", content=_pieces(BODY))
    assert answer.request.headers["transfer-encoding"] == "chunked"
    assert answer.json()["connectorId"] == "conn_abc123"


def test_a_body_at_the_limit_is_read(http: httpx.Client) -> None:
    assert http.post("/connectors/lookup", content=BODY.ljust(2000)).status_code == 200


@pytest.mark.parametrize("size", [2001, 5_000_000])
def test_a_body_over_the_limit_is_refused(http: httpx.Client, size: int) -> None:
    answer = http.post("/connectors/lookup", content=BODY.ljust(size))
    assert answer.request.headers["content-length"] == str(size)
    assert_refused(answer, 413, "PAYLOAD_TOO_LARGE")


@pytest.mark.parametrize("size", [2001, 5_000_000])
def test_a_body_over_the_limit_is_refused_without_a_declared_length(http: httpx.Client, size: int) -> None:
    answer = http.post("/connectors/lookup", content=_pieces(BODY.ljust(size)))
    assert "content-length" not in answer.request.headers
    assert_refused(answer, 413, "PAYLOAD_TOO_LARGE")


def test_a_declared_length_over_the_limit_is_refused_before_the_body_is_sent(server: Server) -> None:
    with server.connect() as connection:
        connection.sendall(head(LOOKUP, "Content-Length: 2001"))
        assert read_answer(connection).status == 413


def test_a_connection_survives_a_body_that_was_too_large(server: Server) -> None:
    with server.connect() as connection:
        for content, status in ((TOO_LARGE, 413), (BODY, 200)):
            connection.sendall(head(LOOKUP, f"Content-Length: {len(content)}") + content)
            assert read_answer(connection).status == status


@pytest.mark.parametrize("method", ["HEAD", "OPTIONS", "PUT"])
@pytest.mark.parametrize("path", [f"{TELEPHONY}/connectors", f"{TELEPHONY}/phone-numbers/+442071234567"])
def test_methods_that_the_api_does_not_have_are_refused(server: Server, method: str, path: str) -> None:
    with server.connect() as connection:
        connection.sendall(head(f"{method} {path}"))
        answer = read_answer(connection, method)
        assert answer.status == 405
        assert "GET" in answer.headers["allow"]
        if method == "HEAD":
            assert (answer.body, int(answer.headers["content-length"]) > 0) == (b"", True)
        else:
            assert json.loads(answer.body)["error_code"] == "METHOD_NOT_ALLOWED"

        connection.sendall(head(f"GET {path}"))
        assert read_answer(connection).status == 200, "the connection is still usable"


@pytest.mark.parametrize("apart", [False, True], ids=["in one piece", "the body apart"])
def test_an_offer_to_upgrade_to_http_2_is_ignored(server: Server, apart: bool) -> None:
    request = head(LOOKUP, *H2C, f"Content-Length: {len(BODY)}")
    with server.connect() as connection:
        for part in [request, BODY] if apart else [request + BODY]:
            connection.sendall(part)
        answer = read_answer(connection)
        assert answer.status == 200, answer
        connection.sendall(head(f"GET {TELEPHONY}/connectors"))
        assert read_answer(connection).status == 200


def test_an_offer_to_upgrade_to_a_websocket_is_ignored(server: Server) -> None:
    with server.connect() as connection:
        connection.sendall(head(f"GET {TELEPHONY}/connectors", "Connection: Upgrade", "Upgrade: websocket"))
        assert read_answer(connection).status == 200


def test_a_client_that_disconnects_in_the_middle_of_a_request_changes_nothing(
    server: Server, http: httpx.Client
) -> None:
    before = http.get("/phone-numbers").json()
    with server.connect() as connection:
        connection.sendall(head(f"POST {TELEPHONY}/phone-numbers", "Content-Length: 100") + b'{"phoneNumbers": [')
    with server.connect() as connection:
        connection.sendall(head(f"GET {TELEPHONY}/phone-numbers")[:-2])
    assert http.get("/phone-numbers").json() == before
