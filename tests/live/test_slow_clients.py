"""Clients that keep a connection waiting: it is ended, and nobody else waits."""

import json
import socket
from collections.abc import Callable, Iterator
from contextlib import ExitStack, suppress
from pathlib import Path
from threading import Thread
from time import monotonic

import httpx
import psutil  # type: ignore[import-untyped]
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

Serve = Callable[..., Server]


@pytest.fixture(scope="module")
def hasty() -> Iterator[Server]:
    """A server that waits a moment for a request; at the end it must leave in order, without a word."""
    server = Server("--seed", "two_agents", "--request-timeout", "0.3")
    yield server
    ended = server.stop()
    assert (ended.code, ended.err) == (0, "")


@pytest.mark.parametrize("content", UNFINISHED.values(), ids=UNFINISHED)
def test_a_request_that_is_not_complete_in_time_is_refused(hasty: Server, content: bytes) -> None:
    (answer,) = until_closed(hasty, content)
    assert_envelope(answer, 408, "REQUEST_TIMEOUT")


def test_a_second_request_that_is_not_complete_in_time_is_refused(hasty: Server) -> None:
    answer, refusal = until_closed(hasty, GET + POST)
    assert answer.status == 200
    assert_envelope(refusal, 408, "REQUEST_TIMEOUT")


@pytest.mark.parametrize("request_", [GET[:-2] + b"X-Other: ", POST], ids=["headers", "a body"])
def test_a_byte_now_and_then_is_not_enough(hasty: Server, request_: bytes) -> None:
    with hasty.connect() as connection:
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


def test_an_answered_request_whose_body_never_comes_ends_its_connection(hasty: Server) -> None:
    (answer,) = until_closed(hasty, head(f"GET {TELEPHONY}/connectors", "Content-Length: 100") + b"{")
    assert answer.status == 200


def test_the_time_that_an_answer_takes_is_not_the_clients(hasty: Server) -> None:
    with LiveWorld(hasty, "held-back") as world:
        world.fault(delay={"ms": 600}, times=1)
        with hasty.connect() as connection:
            connection.sendall(world.request("GET /connectors") + world.request("GET /connectors")[:-2])
            assert read_answer(connection).status == 200
            connection.sendall(b"\r\n")
            assert read_answer(connection).status == 200


def test_a_slow_request_is_held_back_by_a_fault_and_by_nothing_else(hasty: Server) -> None:
    with LiveWorld(hasty, "slow") as world:
        world.fault(delay={"ms": 600}, times=1)
        assert world.api.get("/connectors").status_code == 200


def test_a_connection_that_nobody_uses_is_closed_after_a_while(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(serving, "_KEEP_ALIVE_SECONDS", 0.3)
    monkeypatch.setattr(serving, "_LOOK_SECONDS", 0.05)
    with serving_in_thread(seed="two_agents") as server, ExitStack() as connections:
        fresh, used, blank = (connections.enter_context(server.connect()) for _ in range(3))
        used.sendall(GET)
        assert read_answer(used).status == 200
        blank.sendall(b"\r\n")
        assert [received(connection) for connection in (fresh, used, blank)] == [b"", b"", b""]


def test_200_idle_connections_do_not_keep_anybody_from_being_served(hasty: Server) -> None:
    with ExitStack() as connections:
        idle = [connections.enter_context(hasty.connect()) for _ in range(200)]
        for connection in idle[::2]:
            connection.sendall(GET)
        for connection in idle[::2]:
            assert read_answer(connection).status == 200
        for _ in range(20):
            with hasty.connect() as connection:
                connection.sendall(GET)
                assert read_answer(connection).status == 200
        idle[1].sendall(GET)
        assert read_answer(idle[1]).status == 200


def _send(connection: socket.socket, most: int) -> None:
    """Send requests, and read no answer, until `most` bytes are sent."""
    for _ in range(most // len(GET * 1_000)):
        connection.sendall(GET * 1_000)


def test_requests_whose_answers_nobody_reads_take_no_memory_and_their_connection_ends(hasty: Server) -> None:
    process = psutil.Process(hasty.process.pid)
    before = process.memory_info().rss
    with hasty.connect() as connection:
        with pytest.raises(ConnectionError):
            _send(connection, 100_000_000)
        assert process.memory_info().rss - before < 20_000_000
    assert httpx.get(f"{hasty.url}/_mock/health", trust_env=False, timeout=DEADLINE).status_code == 200


@pytest.mark.parametrize(
    ("line", "delay"),
    [("GET /connectors", 0), ("POST /connectors/lookup", 0), ("POST /connectors/lookup", 5)],
    ids=["without bodies", "with bodies", "with bodies, held back"],
)
def test_requests_that_come_faster_than_they_are_answered_wait_outside(hasty: Server, line: str, delay: int) -> None:
    process = psutil.Process(hasty.process.pid)
    with LiveWorld(hasty, f"faster-{delay}-{line[:3]}") as world:
        if delay:
            world.fault(delay={"ms": delay})
        assert world.api.post("/connectors/lookup", json={}).status_code == 400, "what it imports is imported"
        content = world.request(line, "Content-Length: 2") + b"{}"
        before = process.memory_info().rss
        with hasty.connect() as connection:
            reader = Thread(target=_read_all, args=(connection,))
            reader.start()
            connection.settimeout(0.1)
            end = monotonic() + 1.5
            sent = 0
            while monotonic() < end:
                with suppress(TimeoutError):
                    sent += connection.send(memoryview(content * 1_000)[sent % len(content) :])
            grown = process.memory_info().rss - before
            connection.shutdown(socket.SHUT_RDWR)
            reader.join()
    assert grown < 10_000_000


def _read_all(connection: socket.socket) -> None:
    with suppress(ConnectionError):
        received(connection)


def test_a_connection_that_is_closed_under_an_answer_that_nobody_reads_ends(serve: Serve, tmp_path: Path) -> None:
    agents = [{"agentId": f"agent-{index}", "name": "é" * 10_000} for index in range(300)]  # "\\u00e9" in the answer
    seed = tmp_path / "large.yaml"
    data = {"accounts": [{"accountId": "ws-1", "agents": agents}]}
    seed.write_text(json.dumps(data, ensure_ascii=False), encoding="utf-8")
    server = serve("--seed", str(seed), "--request-timeout", "0.3")
    process = psutil.Process(server.process.pid)
    files = process.num_fds()
    with server.connect() as connection:
        connection.sendall(head("GET /_mock/worlds/default/state", "Connection: close"))
        assert connection.recv(9) == b"HTTP/1.1 "
        assert process.num_fds() > files, "there is more of it than fits between the two"
        deadline = monotonic() + DEADLINE
        while process.num_fds() > files:
            assert monotonic() < deadline


def test_who_reads_a_large_answer_slowly_holds_nobody_up_and_gets_it_whole(hasty: Server) -> None:
    request = head("GET /openapi.json")
    with hasty.connect() as whole:
        whole.sendall(request)
        expected = read_answer(whole).body
    with socket.socket() as slow:
        slow.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        slow.connect(("127.0.0.1", hasty.port))
        slow.settimeout(DEADLINE)
        slow.sendall(request * 60 + head("GET /openapi.json", "Connection: close"))
        content = slow.recv(1000)
        for _ in range(20):
            with hasty.connect() as connection:
                connection.sendall(GET)
                assert read_answer(connection).status == 200
        content += received(slow)
    answers = answers_in(content)
    assert [answer.status for answer in answers] == [200] * 61
    assert {answer.body for answer in answers} == {expected}
