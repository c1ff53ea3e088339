"""Web pages that attack the server: with a browser's own headers, from other origins and by names of their own."""

import pytest
from starlette.applications import Starlette

from tests.client import AGENT, server
from tests.hardening.browser import BrowserRequest, captured
from tests.hardening.direct import Answer, ask
from tests.live.process import Server, read_answer

PREFLIGHT = "OPTIONS"
RESET = b"/_mock/worlds/default/reset"
CONNECTORS = f"/v1/agents/{AGENT}/telephony/connectors".encode()


@pytest.fixture(scope="module")
def app() -> Starlette:
    """An application with the demo world."""
    return server("demo")


def _expected(request: BrowserRequest) -> int:
    if request.page == "rebound.example":
        return 403
    if request.method == PREFLIGHT:
        return 405
    return 403 if request.control else 405 if "connectors/" in request.target else 401


def _assert_of_no_use(request: BrowserRequest, answer: Answer) -> None:
    """Assert that a page got nothing, and no leave to ask again with headers that it may not set by itself."""
    assert answer.refused, answer
    allowed = {name for name in answer.headers if name.startswith(b"access-control-")}
    if request.control or request.method == PREFLIGHT:
        assert not allowed & {b"access-control-allow-headers", b"access-control-allow-methods"}
    if request.control:
        assert b"access-control-allow-origin" not in answer.headers


def test_every_kind_of_page_and_request_was_captured() -> None:
    requests = captured()
    assert {request.page for request in requests} == {"evil.example", "localhost", "rebound.example"}
    sites = {value for request in requests for name, value in request.headers if name == "Sec-Fetch-Site"}
    assert sites == {"cross-site", "same-site"}
    attacks = {request.attack for request in requests if request.page == "evil.example"}
    assert {"img", "script", "iframe", "form-text", "sandboxed-form", "beacon", "websocket", "navigation"} <= attacks


@pytest.mark.parametrize("request_", captured(), ids=str)
def test_what_chromium_sends_for_a_page_is_refused_and_changes_nothing(
    app: Starlette, request_: BrowserRequest
) -> None:
    before = app.state.worlds.default.state
    headers = [(name.lower().encode(), value.encode()) for name, value in request_.headers]
    answer = ask(app, request_.method, request_.target.encode(), request_.body.encode(), headers)
    assert answer.status == _expected(request_)
    _assert_of_no_use(request_, answer)
    assert app.state.worlds.default.state is before


def test_a_real_server_refuses_what_chromium_sends(server: Server) -> None:
    for request in captured():
        lines = [
            f"{request.method} {request.target} HTTP/1.1",
            *(f"{name}: {value}" for name, value in request.headers),
        ]
        with server.connect() as connection:
            connection.sendall("\r\n".join([*lines, "", request.body]).encode())
            answer = read_answer(connection, request.method)
        assert answer.status in (401, 403, 404, 405), (request, answer)
        headers = {name.encode(): value.encode() for name, value in answer.headers.items()}
        _assert_of_no_use(request, Answer(answer.status, headers, answer.body))


FOREIGN_HOSTS = [
    "evil.example",
    "evil.example:8750",
    "localhost.evil.com",
    "127.0.0.1.evil.com",
    "localhost.",
    "localhost.:8750",
    "127.0.0.1.",
    ".localhost",
    "sub.localhost",
    "localhost:8750.evil.com",
    "localhost:8750:8750",
    "localhost:",
    "localhost:x",
    "localhost:-1",
    "localhost:\xb2",
    "localhost, evil.example",
    "localhost evil.example",
    "user@localhost",
    "localhost@evil.example",
    "http://localhost",
    "0.0.0.0",
    "0",
    "127.1",
    "127.0.0.2",
    "2130706433",
    "0x7f000001",
    "0177.0.0.1",
    "::1",
    "::1:8750",
    "[::1",
    "::1]",
    "[::1].evil.com",
    "[::1]evil.com:8750",
    "[::]",
    "[0:0:0:0:0:0:0:1]",
    "[::ffff:127.0.0.1]",
    "[::1%25lo]",
    "\uff4cocalhost",
    "\u24db\u24de\u24d2\u24d0\u24db\u24d7\u24de\u24e2\u24e3",
    "local\x00host",
    "*",
    "",
]


def _on_the_wire(host: str) -> bytes:
    """Return a name in the encoding of headers where that has its letters, and else in UTF-8."""
    try:
        return host.encode("latin-1")
    except UnicodeEncodeError:
        return host.encode()


@pytest.mark.parametrize("host", FOREIGN_HOSTS)
@pytest.mark.parametrize("target", [RESET, CONNECTORS, b"/openapi.json", b"/nowhere"])
def test_a_name_that_is_not_the_servers_is_refused_for_every_part_of_it(
    app: Starlette, host: str, target: bytes
) -> None:
    before = app.state.worlds.default.state
    headers = [(b"host", _on_the_wire(host)), (b"x-api-key", b"demo-key"), (b"content-type", b"application/json")]
    for method in ("GET", "POST"):
        answer = ask(app, method, target, b"{}", headers)
        assert (answer.status, answer.refused) == (403, True), answer
    assert app.state.worlds.default.state is before


ORIGINS = [
    "https://evil.example",
    "null",
    "http://localhost",
    "https://localhost:8750",
    "http://localhost:8750.evil.com",
]
ORIGINS += ["http://127.0.0.1:8750", "http://localhost:8751", "HTTP://LOCALHOST:8750", "file://", ""]


@pytest.mark.parametrize("origin", ORIGINS)
def test_an_origin_must_be_the_server_by_the_very_name_that_it_was_asked_by(app: Starlette, origin: str) -> None:
    headers = [(b"host", b"localhost:8750"), (b"content-type", b"application/json"), (b"origin", origin.encode())]
    answer = ask(app, "POST", RESET, b"{}", headers)
    assert (answer.status, answer.refused) == (403, True)
    headers[-1] = (b"origin", b"http://localhost:8750")
    assert ask(app, "POST", RESET, b"{}", headers).status == 200


SIMPLE_TYPES = [
    "text/plain",
    "text/plain;charset=UTF-8",
    "application/x-www-form-urlencoded",
    "multipart/form-data; b=x",
]
SIMPLE_TYPES += [
    "text/plain; application/json",
    "text/json",
    "application/jsonx",
    "application/json, text/plain",
    "",
    "*/*",
]


@pytest.mark.parametrize("media_type", SIMPLE_TYPES)
def test_a_simple_request_is_refused_even_where_a_browser_says_nothing_of_its_origin(
    app: Starlette, media_type: str
) -> None:
    before = app.state.worlds.default.state
    headers = [(b"host", b"localhost"), (b"content-type", media_type.encode())]
    answer = ask(app, "POST", RESET, b"{}", headers)
    assert (answer.status, answer.refused) == (415, True)
    assert app.state.worlds.default.state is before
