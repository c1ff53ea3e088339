"""Clients that disconnect during their requests: a request that has begun is told, and no other one begins."""

import asyncio
import socket
import struct
from collections.abc import Callable

import psutil
import pytest

from mockserver.http.exchange import Exchange
from tests.live.inprocess import Connection, Handler, echo
from tests.live.process import Server
from tests.live.wire import received
from tests.live.worlds import LiveWorld

RESET = ConnectionResetError()


def get(target: str, *headers: bytes) -> bytes:
    lines = [b"GET %b HTTP/1.1" % target.encode(), b"Host: localhost", *headers]
    return b"\r\n".join([*lines, b"", b""])


async def until_gone(exchange: Exchange) -> None:
    """Answer nothing, and return when the client has disconnected."""
    while (await exchange.receive())["type"] != "http.disconnect":
        pass


async def _long(exchange: Exchange) -> None:
    """Send the beginning of an answer, and the rest when the client has disconnected."""
    await exchange.send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"2")]})
    await exchange.send({"type": "http.response.body", "body": b"a", "more_body": True})
    await until_gone(exchange)
    await exchange.send({"type": "http.response.body", "body": b"b"})


async def _late(exchange: Exchange) -> None:
    """Answer in one write when the client has disconnected."""
    await until_gone(exchange)
    await exchange.answer(200, [(b"content-length", b"4")], b"late")


async def _late_in_two(exchange: Exchange) -> None:
    """Answer in uvicorn's two messages when the client has disconnected."""
    await until_gone(exchange)
    await exchange.send({"type": "http.response.start", "status": 200, "headers": []})
    await exchange.send({"type": "http.response.body", "body": b"late"})


def _at(target: str, handler: Handler) -> Handler:
    """Return a handler for one target; all other targets get `echo`."""

    async def handle(exchange: Exchange) -> None:
        await (handler if exchange.target == target else echo)(exchange)

    return handle


async def _left(handler: Handler, content: bytes, error: Exception | None) -> Connection:
    """Return a connection after the client has sent something and disconnected."""
    connection = Connection(handler)
    await connection.send(content)
    assert connection.running == 1
    connection.transport.lose(error)
    await connection.settle()
    return connection


@pytest.mark.parametrize("error", [None, RESET], ids=["closed", "reset"])
@pytest.mark.parametrize("handler", [until_gone, _late, _late_in_two, _long])
@pytest.mark.parametrize(
    "behind", [b"", get("/c"), get("/c") * 3, get("/c")[:-2], get("/c") + b"POST"], ids=["none", "1", "3", "½", "1½"]
)
def test_the_request_that_is_being_answered_is_told_that_its_client_has_gone_and_later_ones_never_begin(
    handler: Handler, behind: bytes, error: Exception | None, caplog: pytest.LogCaptureFixture
) -> None:
    connection = asyncio.run(_left(_at("/b", handler), get("/a") + get("/b") + behind, error))
    assert connection.running == 0
    assert [seen.target for seen in connection.seen] == ["/a", "/b"]
    assert connection.answers[0].body == b"GET /a "
    assert caplog.record_tuples == []


def test_many_pipelined_requests_never_begin_when_their_client_has_gone() -> None:
    content = get("/b") + get("/c", b"X-Other: " + b"a" * 1_000) * 50
    connection = asyncio.run(_left(_at("/b", until_gone), content, None))
    assert connection.running == 0
    assert [seen.target for seen in connection.seen] == ["/b"]


@pytest.mark.parametrize("expect", [b"", b"Expect: 100-continue\r\n"], ids=["", "expecting"])
@pytest.mark.parametrize(
    "framing", [b"Content-Length: 9\r\n\r\nsome", b"Transfer-Encoding: chunked\r\n\r\n4\r\nsome\r\n"]
)
def test_a_request_that_waits_for_its_body_is_told_that_its_client_has_gone(framing: bytes, expect: bytes) -> None:
    content = b"POST /b HTTP/1.1\r\nHost: localhost\r\n" + expect + framing
    connection = asyncio.run(_left(echo, get("/a") + content, RESET))
    assert connection.running == 0
    assert [(seen.target, seen.body) for seen in connection.seen] == [("/a", b""), ("/b", None)]


def test_an_answer_that_waits_for_its_client_to_read_ends_when_it_has_gone(caplog: pytest.LogCaptureFixture) -> None:
    async def check() -> Connection:
        connection = Connection()
        connection.protocol.pause_writing()
        await connection.send(get("/a") + get("/b"))
        assert connection.running == 1
        connection.transport.lose(RESET)
        await connection.settle()
        return connection

    connection = asyncio.run(check())
    assert connection.running == 0
    assert (connection.transport.written, caplog.record_tuples) == (b"", [])


def test_a_request_that_is_answered_while_its_client_disconnects_logs_nothing(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async def check() -> Connection:
        going = asyncio.Event()

        async def at_once(exchange: Exchange) -> None:
            await going.wait()
            await exchange.answer(200, [(b"content-length", b"0")], b"")

        connection = Connection(at_once)
        await connection.send(get("/a") + get("/b"))
        going.set()
        connection.transport.lose(None)
        await connection.settle()
        return connection

    connection = asyncio.run(check())
    assert connection.running == 0
    assert [seen.target for seen in connection.seen] == ["/a"]
    assert caplog.record_tuples == []


def _close(connection: socket.socket) -> None:
    connection.close()


def _reset(connection: socket.socket) -> None:
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.close()


def _end(connection: socket.socket) -> None:
    connection.shutdown(socket.SHUT_WR)
    received(connection)  # until the server has closed it, too
    connection.close()


@pytest.mark.parametrize("leave", [_close, _reset, _end])
def test_a_client_that_disconnects_during_a_delayed_request_leaves_no_connection_open(
    server: Server, leave: Callable[[socket.socket], None]
) -> None:
    process = psutil.Process(server.process.pid)
    with LiveWorld(server, f"left-by{leave.__name__}") as world:
        world.fault(operation="listConnectors", delay={"ms": 100})
        request = world.request("GET /connectors")
        unfinished = world.request("POST /connectors/lookup", "Content-Length: 100") + b"{"
        files = process.num_fds()
        contents = [request, request * 3, request * 9, request + request[:-2], request + unfinished, unfinished]
        for content in contents:
            connection = server.connect()
            connection.sendall(content)
            leave(connection)
        world.wait_for(lambda: process.num_fds() <= files)
        assert world.get("/requests?status=500")["requests"] == []
        assert world.api.get("/phone-numbers").status_code == 200
