"""Malformed requests: refused in the envelope, and nothing after them on the connection is treated as a request."""

from collections.abc import Iterator

import httpx
import pytest

from tests.client import AGENT
from tests.live.process import Server, head
from tests.live.wire import HOST_HEADER, assert_envelope, until_closed

TELEPHONY = f"/v1/agents/{AGENT}/telephony"
LOOKUP = f"{TELEPHONY}/connectors/lookup"
BODY = b'{"phoneNumber": "+442071234567"}'
SMUGGLED = head(f"DELETE {TELEPHONY}/connectors/conn_new456")

LINE = b"GET " + TELEPHONY.encode() + b"/connectors HTTP/1.1\r\n"
POST = b"POST " + LOOKUP.encode() + b" HTTP/1.1\r\n" + HOST_HEADER + b"x-api-key: demo-key\r\n"
CHUNKED = POST + b"Transfer-Encoding: chunked\r\n\r\n"

HEADS: dict[str, bytes] = {
    "a length and chunks": POST + b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "chunks and a length": POST + b"Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n",
    "two lengths": POST + b"Content-Length: 3\r\nContent-Length: 5\r\n\r\nabcde",
    "the same length twice": POST + b"Content-Length: 5\r\nContent-Length: 5\r\n\r\nabcde",
    "a list of lengths": POST + b"Content-Length: 5, 5\r\n\r\nabcde",
    "a signed length": POST + b"Content-Length: +5\r\n\r\nabcde",
    "a negative length": POST + b"Content-Length: -5\r\n\r\nabcde",
    "an empty length": POST + b"Content-Length: \r\n\r\n",
    "an endless length": POST + b"Content-Length: 99999999999999999999999\r\n\r\n",
    "a length in hexadecimal": POST + b"Content-Length: 0x5\r\n\r\nabcde",
    "a space before the colon": POST + b"Content-Length : 5\r\n\r\nabcde",
    "an unknown coding": POST + b"Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n",
    "chunked twice": POST + b"Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "a control character in the coding": POST + b"Transfer-Encoding: \x0bchunked\r\n\r\n0\r\n\r\n",
    "lines that end in LF": LINE.replace(b"\r\n", b"\n") + b"Host: localhost\n\n",
    "one line that ends in LF": LINE + b"Host: localhost\nX-Other: 1\r\n\r\n",
    "a request line that ends in LF": LINE.replace(b"\r\n", b"\n") + HOST_HEADER + b"\r\n",
    "an end of headers in LF": LINE + HOST_HEADER + b"\n",
    "a line that ends in CR": LINE + b"Host: localhost\rX-Other: 1\r\n\r\n",
    "a folded header": LINE + HOST_HEADER + b"X-Other: 1\r\n 2\r\n\r\n",
    "a folded first header": LINE + b" " + HOST_HEADER + b"\r\n",
    "a NUL in a value": LINE + HOST_HEADER + b"X-Other: a\0b\r\n\r\n",
    "a control character in a value": LINE + HOST_HEADER + b"X-Other: a\x1b[2Jb\r\n\r\n",
    "DEL in a value": LINE + HOST_HEADER + b"X-Other: a\x7fb\r\n\r\n",
    "a header without a colon": LINE + HOST_HEADER + b"X-Other\r\n\r\n",
    "a header without a name": LINE + HOST_HEADER + b": 1\r\n\r\n",
    "a space in a header's name": LINE + HOST_HEADER + b"X Other: 1\r\n\r\n",
    "HTTP/1.2": LINE.replace(b"1.1", b"1.2") + HOST_HEADER + b"\r\n",
    "HTTP/2's preface": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    "http in lower case": LINE.replace(b"HTTP", b"http") + HOST_HEADER + b"\r\n",
    "an unknown method": LINE.replace(b"GET", b"FETCH") + HOST_HEADER + b"\r\n",
    "a method in lower case": LINE.replace(b"GET", b"get") + HOST_HEADER + b"\r\n",
    "CONNECT": b"CONNECT localhost:80 HTTP/1.1\r\n" + HOST_HEADER + b"\r\n",
    "CONNECT to a URL": b"CONNECT http://localhost/ HTTP/1.1\r\n" + HOST_HEADER + b"\r\n",
    "no target": b"GET  HTTP/1.1\r\n" + HOST_HEADER + b"\r\n",
    "a relative target": b"GET v1/agents HTTP/1.1\r\n" + HOST_HEADER + b"\r\n",
    "a NUL in the target": b"GET /v1\0/agents HTTP/1.1\r\n" + HOST_HEADER + b"\r\n",
    "a tab in the target": b"GET /v1\t/agents HTTP/1.1\r\n" + HOST_HEADER + b"\r\n",
    "a byte beyond ASCII in the target": b"GET /v1/\xff HTTP/1.1\r\n" + HOST_HEADER + b"\r\n",
    "a URL without a path": b"GET http://localhost HTTP/1.1\r\n" + HOST_HEADER + b"\r\n",
    "a URL without a host": b"GET http:///v1/agents HTTP/1.1\r\nHost: \r\n\r\n",
    "an invalid port": b"GET http://localhost:65536/v1 HTTP/1.1\r\nHost: localhost:65536\r\n\r\n",
    "TLS": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(range(256)),
    "noise": bytes(range(255, 0, -1)) * 4,
}

BODIES: dict[str, bytes] = {
    "a size that is not a number": b"g\r\nabc\r\n0\r\n\r\n",
    "a size with 0x": b"0x3\r\nabc\r\n0\r\n\r\n",
    "a negative size": b"-3\r\nabc\r\n0\r\n\r\n",
    "an endless size": b"fffffffffffffffff\r\nabc\r\n0\r\n\r\n",
    "a space after the size": b"3 \r\nabc\r\n0\r\n\r\n",
    "no size": b"\r\nabc\r\n0\r\n\r\n",
    "a size line that ends in LF": b"3\nabc\r\n0\r\n\r\n",
    "a chunk that ends in LF": b"3\r\nabc\n0\r\n\r\n",
    "a chunk without an end": b"3\r\nabc0\r\n\r\n",
    "a chunk that is longer than it says": b"3\r\nabcde\r\n0\r\n\r\n",
    "a last chunk that ends in LF": b"3\r\nabc\r\n0\n\n",
    "LF in an extension": b"3;a\nb\r\nabc\r\n0\r\n\r\n",
    "CR in an extension": b"3;a\rb\r\nabc\r\n0\r\n\r\n",
    "a trailer that is not a header": b"3\r\nabc\r\n0\r\nX Other: 1\r\n\r\n",
    "a length in a trailer": b"3\r\nabc\r\n0\r\nContent-Length: 5\r\n\r\n",
}


@pytest.fixture(autouse=True)
def untouched(http: httpx.Client) -> Iterator[None]:
    """Check after each test that no smuggled request was run, and that other connections are served."""
    yield
    assert http.get("/connectors/conn_new456").status_code == 200


@pytest.mark.parametrize("content", HEADS.values(), ids=HEADS)
def test_a_malformed_request_is_refused_and_nothing_after_it_is_run(server: Server, content: bytes) -> None:
    (answer,) = until_closed(server, content + SMUGGLED)
    assert_envelope(answer, 400, "BAD_REQUEST")


@pytest.mark.parametrize("content", BODIES.values(), ids=BODIES)
def test_a_body_in_malformed_chunks_is_refused_and_nothing_after_it_is_run(server: Server, content: bytes) -> None:
    (answer,) = until_closed(server, CHUNKED, content + SMUGGLED)
    assert_envelope(answer, 400, "BAD_REQUEST")


@pytest.mark.parametrize("content", [HEADS["two lengths"], CHUNKED + BODIES["no size"]], ids=["head", "body"])
def test_requests_before_a_malformed_one_are_answered_and_the_connection_ends(server: Server, content: bytes) -> None:
    good = head(f"GET {TELEPHONY}/connectors/conn_abc123")
    answers = until_closed(server, good * 2 + content + SMUGGLED)
    assert [answer.status for answer in answers] == [200, 200]


@pytest.mark.parametrize(
    ("name", "reason"),
    [("a NUL in a value", "Invalid header value char"), ("a URL without a path", "Invalid target")],
)
def test_a_refusal_says_what_is_wrong(server: Server, name: str, reason: str) -> None:
    (answer,) = until_closed(server, HEADS[name])
    assert assert_envelope(answer, 400, "BAD_REQUEST")["error"] == f"The request is not valid HTTP: {reason}."


def test_white_space_around_a_value_is_not_part_of_it(server: Server) -> None:
    headers = b"Host:\t localhost \t\r\nx-api-key: demo-key \t\r\nConnection: close \r\nContent-Length: %d \r\n\r\n"
    (answer,) = until_closed(server, b"POST " + LOOKUP.encode() + b" HTTP/1.1\r\n" + headers % len(BODY) + BODY)
    assert answer.status == 200, answer


def test_trailers_are_not_headers(server: Server) -> None:
    request = head(f"POST {LOOKUP}", "Transfer-Encoding: chunked", "Connection: close", key=None)
    body = b"%x\r\n%b\r\n0\r\nx-api-key: demo-key\r\n\r\n" % (len(BODY), BODY)
    (answer,) = until_closed(server, request + body)
    assert answer.status == 401


def test_chunks_may_have_extensions_and_trailers(server: Server) -> None:
    request = head(f"POST {LOOKUP}", "Transfer-Encoding: chunked", "Connection: close")
    body = b'%x;name="a \\" value";other\r\n%b\r\n0\r\nX-Checksum: 1\r\n\r\n' % (len(BODY), BODY)
    (answer,) = until_closed(server, request + body)
    assert answer.status == 200, answer


@pytest.mark.parametrize("header", [b"", b"X-Other: " + b"a" * 50_000 + b"\r\n", b"X-Other: a\r\n" * 4_000])
def test_headers_of_50_kb_are_accepted(server: Server, header: bytes) -> None:
    request = head(f"GET {TELEPHONY}/connectors", "Connection: close")
    (answer,) = until_closed(server, request[:-2] + header + b"\r\n")
    assert answer.status == 200, answer


@pytest.mark.parametrize(
    "content",
    [
        LINE + HOST_HEADER + b"X-Other: " + b"a" * 100_000,
        LINE + HOST_HEADER + b"X-Other: a\r\n" * 10_000,
        b"\r\n" * 50_000,
    ],
    ids=["a header", "headers", "empty lines"],
)
def test_a_head_that_does_not_end_within_64_kb_is_refused(server: Server, content: bytes) -> None:
    (answer,) = until_closed(server, content)
    assert_envelope(answer, 431, "REQUEST_HEADER_FIELDS_TOO_LARGE")


def test_a_target_that_does_not_end_within_64_kb_is_refused(server: Server) -> None:
    (answer,) = until_closed(server, b"GET /" + b"a" * 100_000)
    assert_envelope(answer, 414, "URI_TOO_LONG")


@pytest.mark.parametrize("size", [1, 7, 100])
def test_requests_may_come_in_pieces_of_any_size(server: Server, size: int) -> None:
    upgrade = ("Connection: Upgrade, HTTP2-Settings", "Upgrade: h2c", "HTTP2-Settings: AAMAAABkAAQAAP__")
    content = head(f"POST {LOOKUP}", *upgrade, f"Content-Length: {len(BODY)}") + BODY
    content += head(f"GET {TELEPHONY}/connectors", "Connection: close")
    first, second = until_closed(server, *(content[at : at + size] for at in range(0, len(content), size)))
    assert (first.status, second.status) == (200, 200)
    assert b"conn_abc123" in first.body
