"""Bodies over the limit: refused before they are in memory, with an answer that is not lost."""

import socket
from collections.abc import Callable
from time import monotonic

import httpx
import psutil
import pytest

from tests.client import AGENT
from tests.live.process import DEADLINE, Server, head, read_answer
from tests.live.wire import answers_in, received, until_closed

TELEPHONY = f"/v1/agents/{AGENT}/telephony"
LOOKUP = f"POST {TELEPHONY}/connectors/lookup"
GET = head(f"GET {TELEPHONY}/connectors")
BODY = b'{"phoneNumber": "+442071234567"}'
EXPECT = "Expect: 100-continue"
CHUNK = b"%x\r\n%b\r\n" % (1_000, b" " * 1_000)
LARGE = 5_000_000

Serve = Callable[..., Server]


def _memory(server: Server) -> int:
    size: int = psutil.Process(server.process.pid).memory_info().rss
    return size


@pytest.mark.parametrize("headers", [(), ("Connection: close",)], ids=["keep-alive", "close"])
@pytest.mark.parametrize("chunked", [False, True], ids=["a length", "chunks"])
def test_a_client_that_sends_all_of_a_large_body_gets_the_answer_and_the_body_is_not_kept(
    server: Server, headers: tuple[str, ...], chunked: bool
) -> None:
    framing = "Transfer-Encoding: chunked" if chunked else f"Content-Length: {LARGE}"
    body = CHUNK * (LARGE // 1_000) + b"0\r\n\r\n" if chunked else b" " * LARGE
    before = _memory(server)
    with server.connect() as connection:
        connection.sendall(head(LOOKUP, framing, *headers))
        connection.sendall(body)
        answer = read_answer(connection)
        assert answer.status == 413
        if headers:
            assert received(connection) == b""
        else:
            connection.sendall(GET)
            assert read_answer(connection).status == 200
    assert _memory(server) - before < 3_000_000


def test_a_declared_length_is_refused_before_the_body_arrives_also_with_connection_close(server: Server) -> None:
    (answer,) = until_closed(server, head(LOOKUP, "Content-Length: 2001", "Connection: close"))
    assert answer.status == 413


def test_chunks_are_refused_once_they_are_over_the_limit_and_not_at_their_end(server: Server) -> None:
    with server.connect() as connection:
        connection.sendall(head(LOOKUP, "Transfer-Encoding: chunked") + CHUNK * 3)
        assert read_answer(connection).status == 413


@pytest.mark.parametrize("headers", [(), ("Connection: close",)], ids=["keep-alive", "close"])
def test_a_client_that_never_stops_sending_is_cut_off(serve: Serve, headers: tuple[str, ...]) -> None:
    server = serve("--request-timeout", "0.3")
    with server.connect() as connection:
        connection.sendall(head(LOOKUP, f"Content-Length: {10**15}", *headers))
        assert read_answer(connection).status == 413
        with pytest.raises(ConnectionError):
            _send_for_ever(connection)


def _send_for_ever(connection: socket.socket) -> None:
    deadline = monotonic() + DEADLINE
    while monotonic() < deadline:
        connection.sendall(b" " * 100_000)


def test_a_client_that_goes_on_sending_gets_the_refusal_nevertheless(server: Server) -> None:
    with server.connect() as connection:
        connection.sendall(b"NONSENSE\r\n\r\n" + b" " * LARGE)
        (answer,) = answers_in(received(connection))
    assert answer.status == 400


def test_a_client_that_asks_first_is_told_to_send_its_body(server: Server) -> None:
    with server.connect() as connection:
        connection.sendall(head(LOOKUP, EXPECT, f"Content-Length: {len(BODY)}"))
        assert connection.recv(1_000) == b"HTTP/1.1 100 Continue\r\n\r\n"
        connection.sendall(BODY)
        answer = read_answer(connection)
        assert (answer.status, answer.headers["connection"]) == (200, "close")
        assert received(connection) == b""


@pytest.mark.parametrize(
    ("line", "length", "status"),
    [(LOOKUP, 2001, 413), (f"POST {TELEPHONY}/nowhere", 10, 404), (LOOKUP.replace("POST", "PUT"), 10, 405)],
)
def test_a_client_that_asks_first_is_refused_without_its_body_and_the_connection_ends(
    server: Server, line: str, length: int, status: int
) -> None:
    (answer,) = until_closed(server, head(line, EXPECT, f"Content-Length: {length}"))
    assert (answer.status, answer.headers["connection"]) == (status, "close")


def test_a_client_that_asks_first_and_does_not_wait_gets_both_answers(server: Server) -> None:
    answers = until_closed(server, head(LOOKUP, EXPECT, f"Content-Length: {len(BODY)}") + BODY)
    assert [answer.status for answer in answers] == [100, 200]


def test_a_large_body_within_the_limit_is_read_in_pieces_of_any_size(serve: Serve) -> None:
    size = 900_000
    server = serve("--seed", "two_agents")
    with httpx.Client(
        base_url=server.url, headers={"x-api-key": "demo-key"}, timeout=DEADLINE, trust_env=False
    ) as http:
        for step in (1_000, size):
            pieces = (BODY.ljust(size)[at : at + step] for at in range(0, size, step))
            assert http.post(f"{TELEPHONY}/connectors/lookup", content=pieces).status_code == 200
