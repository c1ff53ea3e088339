"""Slow clients: their connections are closed in time, and nobody else waits."""

import socket
from collections.abc import Iterator
from contextlib import ExitStack
from time import monotonic

import httpx
import psutil
import pytest

from mockserver.server import run as serving
from tests.client import AGENT
from tests.live.process import DEADLINE, Server, head, read_answer
from tests.live.threads import serving_in_thread
from tests.live.wire import answers_in, assert_envelope, received, until_closed
from tests.live.worlds import LiveWorld

TELEPHONY = f"/v1/agents/{AGENT}/telephony"
GET = head(f"GET {TELEPHONY}/connectors")
POST = head(f"POST {TELEPHONY}/connectors/lookup", "Content-Length: 100")
CHUNKED = head(f"POST {TELEPHONY}/connectors/lookup", "Transfer-Encoding: chunked")

UNFINISHED = {
    "one byte": b"G",
    "a request line": GET.partition(b"\n")[0],
    "headers without an end": GET[:-2],
    "no body": POST,
    "a part of a body": POST + b"{",
    "no chunk": CHUNKED,
    "a part of a chunk": CHUNKED + b"5\r\n{",
    "no last chunk": CHUNKED + b"1\r\n{\r\n",
    "a trailer without an end": CHUNKED + b"2\r\n{}\r\n0\r\nX-Other: 1",
}


@pytest.fixture(scope="module")
def short_timeout_server() -> Iterator[Server]:
    """Run a server with a short request time-out; at the end it must exit with code 0 and an empty log."""
    server = Server("--seed", "two_agents", "--request-timeout", "0.3")
    yield server
    ended = server.stop()
    assert (ended.code, ended.err) == (0, "")


@pytest.mark.parametrize("content", UNFINISHED.values(), ids=UNFINISHED)
def test_a_request_that_is_not_complete_in_time_is_refused(short_timeout_server: Server, content: bytes) -> None:
    (answer,) = until_closed(short_timeout_server, content)
    assert_envelope(answer, 408, "REQUEST_TIMEOUT")


def test_a_second_request_that_is_not_complete_in_time_is_refused(short_timeout_server: Server) -> None:
    answer, refusal = until_closed(short_timeout_server, GET + POST)
    assert answer.status == 200
    assert_envelope(refusal, 408, "REQUEST_TIMEOUT")


@pytest.mark.parametrize("request_", [GET[:-2] + b"X-Other: ", POST], ids=["headers", "a body"])
def test_a_byte_now_and_then_does_not_extend_the_time(short_timeout_server: Server, request_: bytes) -> None:
    with short_timeout_server.connect() as connection:
        connection.sendall(request_)
        connection.settimeout(0.05)
        deadline = monotonic() + DEADLINE
        content = b""
        while not content:
            assert monotonic() < deadline
            connection.sendall(b"a")
            try:
                content = connection.recv(65536)
            except TimeoutError:
                continue
        connection.settimeout(DEADLINE)
        (answer,) = answers_in(content + received(connection))
    assert_envelope(answer, 408, "REQUEST_TIMEOUT")


def test_the_connection_of_an_answered_request_whose_body_never_arrives_is_closed(short_timeout_server: Server) -> None:
    (answer,) = until_closed(short_timeout_server, head(f"GET {TELEPHONY}/connectors", "Content-Length: 100") + b"{")
    assert answer.status == 200


def test_the_time_that_an_answer_takes_is_not_counted(short_timeout_server: Server) -> None:
    with LiveWorld(short_timeout_server, "held-back") as world:
        world.fault(delay={"ms": 600}, times=1)
        with short_timeout_server.connect() as connection:
            connection.sendall(world.request("GET /connectors") + world.request("GET /connectors")[:-2])
            assert read_answer(connection).status == 200
            connection.sendall(b"\r\n")
            assert read_answer(connection).status == 200


def test_the_time_that_a_fault_delays_an_answer_is_not_counted(short_timeout_server: Server) -> None:
    with LiveWorld(short_timeout_server, "slow") as world:
        world.fault(delay={"ms": 600}, times=1)
        assert world.api.get("/connectors").status_code == 200


def test_an_idle_connection_is_closed_after_a_while(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(serving, "_KEEP_ALIVE_SECONDS", 0.3)
    with serving_in_thread(seed="two_agents") as server, server.connect() as connection:
        for _ in range(2):
            connection.sendall(GET)
            assert read_answer(connection).status == 200
        assert received(connection) == b""


def test_200_idle_connections_delay_no_other_client(short_timeout_server: Server) -> None:
    with ExitStack() as connections:
        idle = [connections.enter_context(short_timeout_server.connect()) for _ in range(200)]
        for connection in idle[::2]:
            connection.sendall(GET)
        for connection in idle[::2]:
            assert read_answer(connection).status == 200
        for _ in range(20):
            with short_timeout_server.connect() as connection:
                connection.sendall(GET)
                assert read_answer(connection).status == 200
        idle[1].sendall(GET)
        assert read_answer(idle[1]).status == 200


def test_a_client_that_reads_no_answers_is_not_read_from_either(short_timeout_server: Server) -> None:
    process = psutil.Process(short_timeout_server.process.pid)
    before = process.memory_info().rss
    with short_timeout_server.connect() as connection:
        connection.settimeout(1)
        with pytest.raises(TimeoutError):
            connection.sendall(GET * 500_000)
        assert process.memory_info().rss - before < 40_000_000
        assert httpx.get(f"{short_timeout_server.url}/_mock/health", trust_env=False, timeout=DEADLINE).is_success


def test_a_slow_reader_gets_large_answers_whole_and_delays_no_other_client(short_timeout_server: Server) -> None:
    request = head("GET /openapi.json")
    with short_timeout_server.connect() as whole:
        whole.sendall(request)
        expected = read_answer(whole).body
    with socket.socket() as slow:
        slow.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        slow.connect(("127.0.0.1", short_timeout_server.port))
        slow.settimeout(DEADLINE)
        slow.sendall(request * 60 + head("GET /openapi.json", "Connection: close"))
        content = slow.recv(1000)
        for _ in range(20):
            with short_timeout_server.connect() as connection:
                connection.sendall(GET)
                assert read_answer(connection).status == 200
        content += received(slow)
    answers = answers_in(content)
    assert [answer.status for answer in answers] == [200] * 61
    assert {answer.body for answer in answers} == {expected}
