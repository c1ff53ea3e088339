"""What is no request is refused, in the envelope, and nothing after it on its connection is taken for one."""

from collections.abc import Iterator

import httptools
import httpx
import pytest

from tests.client import AGENT
from tests.live.process import Server, head
from tests.live.threads import ThreadServer, serving_in_thread
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
    "two hosts": LINE + HOST_HEADER + b"Host: evil.example\r\n\r\n",
    "the same host twice": LINE + HOST_HEADER + HOST_HEADER + b"\r\n",
    "no host": LINE + b"\r\n",
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
    "a second coding": POST + b"Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
    "chunked twice": POST + b"Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "a control character in the coding": POST + b"Transfer-Encoding: \x0bchunked\r\n\r\n0\r\n\r\n",
    "chunks in HTTP/1.0": POST.replace(b"HTTP/1.1", b"HTTP/1.0") + b"Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
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
    "HTTP/0.9": b"GET " + TELEPHONY.encode() + b"/connectors\r\n\r\n",
    "HTTP/0.9 by name": LINE.replace(b"1.1", b"0.9") + HOST_HEADER + b"\r\n",
    "HTTP/1.2": LINE.replace(b"1.1", b"1.2") + HOST_HEADER + b"\r\n",
    "HTTP/2.0": LINE.replace(b"1.1", b"2.0") + HOST_HEADER + b"\r\n",
    "HTTP/2's preface": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    "http in small letters": LINE.replace(b"HTTP", b"http") + HOST_HEADER + b"\r\n",
    "an unknown method": LINE.replace(b"GET", b"FETCH") + HOST_HEADER + b"\r\n",
    "a method in small letters": LINE.replace(b"GET", b"get") + HOST_HEADER + b"\r\n",
    "CONNECT": b"CONNECT localhost:80 HTTP/1.1\r\n" + HOST_HEADER + b"\r\n",
    "CONNECT to a URL": b"CONNECT http://localhost/ HTTP/1.1\r\n" + HOST_HEADER + b"\r\n",
    "no target": b"GET  HTTP/1.1\r\n" + HOST_HEADER + b"\r\n",
    "a relative target": b"GET v1/agents HTTP/1.1\r\n" + HOST_HEADER + b"\r\n",
    "a NUL in the target": b"GET /v1\0/agents HTTP/1.1\r\n" + HOST_HEADER + b"\r\n",
    "a tab in the target": b"GET /v1\t/agents HTTP/1.1\r\n" + HOST_HEADER + b"\r\n",
    "a byte beyond ASCII in the target": b"GET /v1/\xff HTTP/1.1\r\n" + HOST_HEADER + b"\r\n",
    "a URL without a path": b"GET http://localhost HTTP/1.1\r\n" + HOST_HEADER + b"\r\n",
    "a URL without a host": b"GET http:///v1/agents HTTP/1.1\r\nHost: \r\n\r\n",
    "a port that is none": b"GET http://localhost:65536/v1 HTTP/1.1\r\nHost: localhost:65536\r\n\r\n",
    "more than an asterisk": b"OPTIONS *v1 HTTP/1.1\r\n" + HOST_HEADER + b"\r\n",
    "a target of another host": b"GET http://evil.example/v1/agents HTTP/1.1\r\n" + HOST_HEADER + b"\r\n",
    "TLS": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(range(256)),
    "noise": bytes(range(255, 0, -1)) * 4,
}

BODIES: dict[str, bytes] = {
    "a size that is no number": b"g\r\nabc\r\n0\r\n\r\n",
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
    "an extension without an end": b"3;" + b"a" * 100_000,
    "a trailer that is no header": b"3\r\nabc\r\n0\r\nX Other: 1\r\n\r\n",
    "a length in a trailer": b"3\r\nabc\r\n0\r\nContent-Length: 5\r\n\r\n",
    "an end of the connection in a trailer": b"3\r\nabc\r\n0\r\nConnection: close\r\n\r\n",
    "an end of the connection to a proxy in a trailer": b"3\r\nabc\r\n0\r\nProxy-Connection: close\r\n\r\n",
    "a host in a trailer": b"3\r\nabc\r\n0\r\nHost: evil.example\r\n\r\n",
    "a trailer without an end": b"3\r\nabc\r\n0\r\nX-Other: " + b"a" * 100_000,
}


@pytest.fixture(autouse=True)
def untouched(http: httpx.Client) -> Iterator[None]:
    """However a connection was abused, nothing that it smuggled was done, and others are served."""
    yield
    assert http.get("/connectors/conn_new456").status_code == 200


@pytest.mark.parametrize("content", HEADS.values(), ids=HEADS)
def test_what_is_no_request_is_refused_and_nothing_after_it_is_run(server: Server, content: bytes) -> None:
    (answer,) = until_closed(server, content + SMUGGLED)
    assert_envelope(answer, 400, "BAD_REQUEST")


@pytest.mark.parametrize("content", BODIES.values(), ids=BODIES)
def test_a_body_in_bad_chunks_is_refused_and_nothing_after_it_is_run(server: Server, content: bytes) -> None:
    (answer,) = until_closed(server, CHUNKED, content + SMUGGLED)
    assert_envelope(answer, 400, "BAD_REQUEST")


@pytest.mark.parametrize("content", [HEADS["two lengths"], CHUNKED + BODIES["no size"]], ids=["head", "body"])
def test_a_refusal_waits_for_the_answers_of_the_requests_before_it(server: Server, content: bytes) -> None:
    good = head(f"GET {TELEPHONY}/connectors/conn_abc123")
    first, second, refusal = until_closed(server, good * 2 + content + SMUGGLED)
    assert (first.status, second.status) == (200, 200)
    assert_envelope(refusal, 400, "BAD_REQUEST")


def test_a_refusal_says_what_is_wrong(server: Server) -> None:
    (answer,) = until_closed(server, HEADS["a NUL in a value"])
    assert assert_envelope(answer, 400, "BAD_REQUEST")["error"] == (
        "The request is not valid HTTP: invalid header value char."
    )
    (answer,) = until_closed(server, HEADS["the same host twice"])
    assert assert_envelope(answer, 400, "BAD_REQUEST")["error"] == (
        "The request is not valid HTTP: more than one Host header."
    )


def test_a_request_of_http_1_0_may_name_its_host_in_the_target_alone(server: Server) -> None:
    line = b"POST http://localhost" + LOOKUP.encode() + b" HTTP/1.0\r\n"
    request = line + b"x-api-key: demo-key\r\nContent-Length: %d\r\n\r\n" % len(BODY) + BODY
    (answer,) = until_closed(server, request)
    assert answer.status == 200, answer


def test_white_space_about_a_value_is_no_part_of_it(server: Server) -> None:
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


def _filled(count: int, size: int, *headers: str) -> bytes:
    """Return a request with `count` headers of `size` bytes in all, its own included."""
    plain = head(f"GET {TELEPHONY}/connectors", "Connection: close", *headers)
    lines = plain[:-2].split(b"\r\n", 1)[1]
    more = [b"X-%06d: \r\n" % number for number in range(count - lines.count(b"\r\n"))]
    missing = size - len(lines) - sum(map(len, more))
    if missing > 0:
        more[-1] = more[-1].replace(b"\r\n", b"a" * missing + b"\r\n")
    return plain[:-2] + b"".join(more) + b"\r\n"


@pytest.mark.parametrize(("count", "size"), [(200, 0), (20, 32 * 1024), (200, 32 * 1024)])
def test_200_headers_of_32_kb_are_accepted(server: Server, count: int, size: int) -> None:
    (answer,) = until_closed(server, _filled(count, size))
    assert answer.status == 200, answer


@pytest.mark.parametrize(("count", "size"), [(201, 0), (20, 32 * 1024 + 1), (20, 100_000), (3_000, 0), (20, 3_000_000)])
@pytest.mark.parametrize("before", [b"", head(f"GET {TELEPHONY}/connectors")], ids=["the first", "the second"])
def test_more_headers_are_refused(server: Server, count: int, size: int, before: bytes) -> None:
    *_, answer = until_closed(server, before + _filled(count, size) + SMUGGLED)
    assert_envelope(answer, 431, "REQUEST_HEADER_FIELDS_TOO_LARGE")


def test_headers_without_an_end_are_refused_before_they_end(server: Server) -> None:
    (answer,) = until_closed(server, LINE + HOST_HEADER, b"X-Other: " + b"a" * 100_000)
    assert_envelope(answer, 431, "REQUEST_HEADER_FIELDS_TOO_LARGE")


def test_empty_lines_without_an_end_are_refused(server: Server) -> None:
    (answer,) = until_closed(server, b"\r\n" * 50_000)
    assert_envelope(answer, 431, "REQUEST_HEADER_FIELDS_TOO_LARGE")


def test_a_target_of_8_kb_is_accepted_and_a_longer_one_refused(server: Server) -> None:
    path = f"{TELEPHONY}/phone-numbers?connectorId="
    (answer,) = until_closed(server, head("GET " + path.ljust(8192, "x"), "Connection: close"))
    assert answer.status == 200, answer
    for length in (8193, 200_000):
        (answer,) = until_closed(server, head("GET " + path.ljust(length, "x")) + SMUGGLED)
        assert_envelope(answer, 414, "URI_TOO_LONG")


@pytest.mark.parametrize("size", [1, 7, 100])
def test_requests_may_come_in_pieces_of_any_size(server: Server, size: int) -> None:
    upgrade = ("Connection: Upgrade, HTTP2-Settings", "Upgrade: h2c", "HTTP2-Settings: AAMAAABkAAQAAP__")
    content = head(f"POST {LOOKUP}", *upgrade, f"Content-Length: {len(BODY)}") + BODY
    content += head(f"GET {TELEPHONY}/connectors", "Connection: close")
    first, second = until_closed(server, *(content[at : at + size] for at in range(0, len(content), size)))
    assert (first.status, second.status) == (200, 200)
    assert b"conn_abc123" in first.body


class _LenientParser(httptools.HttpRequestParser):
    """A parser that lets pass whatever it can be told to."""

    def __init__(self, connection: object) -> None:
        super().__init__(connection)
        self.set_dangerous_leniencies(
            lenient_headers=True,
            lenient_chunked_length=True,
            lenient_keep_alive=True,
            lenient_transfer_encoding=True,
            lenient_version=True,
        )


@pytest.fixture(scope="module")
def lenient_server() -> Iterator[ThreadServer]:
    with pytest.MonkeyPatch.context() as patch, serving_in_thread(seed="two_agents") as server:
        patch.setattr(httptools, "HttpRequestParser", _LenientParser)
        yield server


@pytest.mark.parametrize(
    "name",
    [
        "a length and chunks",
        "chunks and a length",
        "two hosts",
        "the same host twice",
        "no host",
        "two lengths",
        "the same length twice",
        "a list of lengths",
        "an unknown coding",
        "a second coding",
        "chunked twice",
        "chunks in HTTP/1.0",
        "HTTP/0.9",
        "HTTP/1.2",
        "HTTP/2.0",
        "a target of another host",
    ],
)
def test_the_checks_do_not_lean_on_a_strict_parser(lenient_server: ThreadServer, name: str) -> None:
    (answer,) = until_closed(lenient_server, HEADS[name] + SMUGGLED)
    assert_envelope(answer, 400, "BAD_REQUEST")
    (answer,) = until_closed(lenient_server, head(f"GET {TELEPHONY}/connectors/conn_new456", "Connection: close"))
    assert answer.status == 200
