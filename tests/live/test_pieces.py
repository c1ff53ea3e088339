"""Offers to upgrade, whose head is parsed a second time: the same request, in whatever pieces it arrives."""

import asyncio
from collections.abc import Iterator

import pytest

from tests.live.inprocess import Connection, Seen

OFFER = (
    b"POST /up?a=b HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\n"
    b"HTTP2-Settings: AAM\r\n"
)
WEBSOCKET = b"GET /up HTTP/1.1\r\nHost: localhost\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\r\n"
GET = b"GET /next HTTP/1.1\r\nHost: localhost\r\n\r\n"
POST = b"POST /next HTTP/1.1\r\nHost: localhost\r\nContent-Length: 4\r\n\r\nnext"
LENGTH = OFFER + b"Content-Length: 9\r\n\r\nsome body"
IN_CHUNKS = OFFER + b"Transfer-Encoding: chunked\r\n\r\n4\r\nsome\r\n5\r\n body\r\n0\r\nX-Sum: 1\r\n\r\n"

HOST = (b"host", b"localhost")
UP_HEADERS = [HOST, (b"connection", b"Upgrade, HTTP2-Settings"), (b"http2-settings", b"AAM")]
UP = Seen("POST", "/up?a=b", [*UP_HEADERS, (b"content-length", b"9")], b"some body")
UP_IN_CHUNKS = Seen("POST", "/up?a=b", [*UP_HEADERS, (b"transfer-encoding", b"chunked")], b"some body")
UP_WEBSOCKET = Seen("GET", "/up", [HOST, (b"connection", b"upgrade")], b"")
NEXT = Seen("GET", "/next", [HOST], b"")
NEXT_POST = Seen("POST", "/next", [HOST, (b"content-length", b"4")], b"next")

OFFERS: dict[str, tuple[bytes, list[Seen]]] = {
    "a length": (LENGTH, [UP]),
    "chunks": (IN_CHUNKS, [UP_IN_CHUNKS]),
    "no body": (WEBSOCKET, [UP_WEBSOCKET]),
    "a request behind it": (LENGTH + GET, [UP, NEXT]),
    "a request with a body behind it": (IN_CHUNKS + POST, [UP_IN_CHUNKS, NEXT_POST]),
    "another offer behind it": (LENGTH + IN_CHUNKS, [UP, UP_IN_CHUNKS]),
    "a request before it": (POST + LENGTH + GET, [NEXT_POST, UP, NEXT]),
    "three of them": (WEBSOCKET + LENGTH + WEBSOCKET + GET, [UP_WEBSOCKET, UP, UP_WEBSOCKET, NEXT]),
}


def cuts(content: bytes) -> Iterator[list[bytes]]:
    """Yield some bytes as a whole, in two pieces cut at every position, and each byte by itself."""
    yield [content]
    for at in range(1, len(content)):
        yield [content[:at], content[at:]]
    yield [content[at : at + 1] for at in range(len(content))]


async def _answered(pieces: list[bytes], *, pauses: bool) -> Connection:
    """Return the connection on which the pieces were answered; with `pauses`, each before the next one arrived."""
    connection = Connection()
    await connection.send(*pieces, pauses=pauses)
    return connection


@pytest.mark.parametrize("pauses", [True, False], ids=["with pauses", "at once"])
@pytest.mark.parametrize(("content", "expected"), OFFERS.values(), ids=OFFERS)
def test_an_offer_to_upgrade_is_ignored_wherever_it_is_cut(content: bytes, expected: list[Seen], pauses: bool) -> None:
    bodies = [b"%b %b %b" % (seen.method.encode(), seen.target.encode(), seen.body or b"") for seen in expected]

    async def check() -> None:
        for pieces in cuts(content):
            connection = await _answered(pieces, pauses=pauses)
            assert connection.seen == expected, pieces
            assert [answer.body for answer in connection.answers] == bodies, pieces
            assert connection.protocol.idle, pieces
            assert (connection.transport.reading, connection.transport.ended) == (True, False), pieces

    asyncio.run(check())


@pytest.mark.parametrize("behind", [b"", GET, b"\r\n", b"\0"])
@pytest.mark.parametrize("last", [LENGTH.replace(b"Upgrade, ", b"Upgrade, close, "), LENGTH.replace(b"1.1", b"1.0")])
def test_an_offer_to_upgrade_may_be_a_clients_last_request_wherever_it_is_cut(last: bytes, behind: bytes) -> None:
    async def check() -> None:
        for pieces in cuts(GET + last + behind):
            for pauses in (True, False):
                connection = await _answered(pieces, pauses=pauses)
                assert [(seen.target, seen.body) for seen in connection.seen] == [("/next", b""), (UP.target, UP.body)]
                assert [answer.status for answer in connection.answers] == [200, 200]
                assert connection.answers[-1].headers["connection"] == "close"
                assert connection.transport.ended

    asyncio.run(check())


@pytest.mark.parametrize("size", [10_000, 16_384, 40_000, 100_000])
def test_an_offer_to_upgrade_with_a_large_body_is_ignored(size: int) -> None:
    body = bytes(range(256)) * (size // 256)
    large = OFFER + b"Content-Length: %d\r\n\r\n%b" % (len(body), body)

    async def check() -> None:
        for content in (large + GET, GET + large + GET):
            for pieces in ([content], [content[:20_000], content[20_000:]], [content[:-1], content[-1:]]):
                connection = await _answered(pieces, pauses=False)
                assert [seen.target for seen in connection.seen[-2:]] == ["/up?a=b", "/next"]
                assert connection.seen[-2].body == body
                assert len(connection.answers) == len(connection.seen)

    asyncio.run(check())
