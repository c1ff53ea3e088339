"""Connections that the server closes after an answer: on its own side first, so that the answer is not lost."""

import asyncio

import pytest

from mockserver.http.exchange import Exchange
from tests.live.inprocess import Connection, Handler

GET = b"GET /next HTTP/1.1\r\nHost: localhost\r\n\r\n"
EXPECTING = b"POST / HTTP/1.1\r\nHost: localhost\r\nExpect: 100-continue\r\nContent-Length: 4\r\n\r\n"


async def _unread(exchange: Exchange) -> None:
    """Answer without reading the body."""
    await exchange.answer(403, [(b"content-length", b"0")], b"")


async def _in_two(exchange: Exchange) -> None:
    """Do so in uvicorn's two messages."""
    await exchange.send({"type": "http.response.start", "status": 403, "headers": [(b"content-length", b"0")]})
    await exchange.send({"type": "http.response.body", "body": b""})


async def _after(connection: Connection, *pieces: bytes) -> Connection:
    await connection.send(*pieces)
    return connection


@pytest.mark.parametrize("handler", [_unread, _in_two])
@pytest.mark.parametrize(
    "behind",
    [b"body" + GET, b"body" + GET[:-2], b"body" + GET + GET[:-2], b"body" + GET + b"a" * 20_000, b"body", b"bo", b""],
)
@pytest.mark.parametrize("method", [b"POST", b"HEAD"])
def test_an_answer_to_a_client_that_was_not_told_to_continue_is_not_lost_when_more_arrives(
    handler: Handler, behind: bytes, method: bytes
) -> None:
    async def check() -> Connection:
        return await _after(Connection(handler), EXPECTING.replace(b"POST", method) + behind)

    connection = asyncio.run(check())
    assert [(answer.status, answer.headers["connection"]) for answer in connection.answers] == [(403, "close")]
    assert connection.transport.ended
    assert connection.transport.reading, "a socket closed over unread bytes loses the answer"
    assert len(connection.seen) == 1


@pytest.mark.parametrize("behind", [b"", GET, b"\r\n" * 10_000, b"\0" * 100_000])
@pytest.mark.parametrize("last", [GET.replace(b"Host", b"Connection: close\r\nHost"), GET.replace(b"1.1", b"1.0")])
def test_what_arrives_after_the_last_request_is_read_so_that_no_answer_is_lost(last: bytes, behind: bytes) -> None:
    async def check() -> Connection:
        return await _after(Connection(), GET + last + behind, behind)

    connection = asyncio.run(check())
    assert [answer.status for answer in connection.answers] == [200, 200]
    assert connection.answers[-1].headers["connection"] == "close"
    assert (connection.transport.ended, connection.transport.lost) == (True, False)
    assert connection.transport.reading
    assert connection.protocol.idle, "it may be closed for a new connection"
    assert len(connection.seen) == 2
