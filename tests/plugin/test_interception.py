"""Clients with a fixed service host reach the mock, and other hosts are untouched."""

import asyncio
import socket
import ssl
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

import aiohttp
import httpx
import pytest
import requests
import trustme

from conftest_plugin.options import MockSettings
from conftest_plugin.sessions import running_server
from conftest_plugin.worlds import MockServer, MockWorld
from tests.plugin.sessions import outcome

HOSTS = ("api.us.poly.ai", "api.eu.poly.ai", "api.uk.poly.ai", "api.studio.poly.ai")

# Clients that are made when this module is imported, as those of an application are.
EARLIER_SESSION = requests.Session()
EARLIER_CLIENT = httpx.Client(trust_env=False)
EARLIER_CONTEXT = ssl.create_default_context()

Get = Callable[[str, dict[str, str]], bytes]


@pytest.fixture(scope="module")
def server(pytestconfig: pytest.Config) -> Iterator[MockServer]:
    with running_server(pytestconfig, MockSettings(mode="thread")) as server, EARLIER_SESSION, EARLIER_CLIENT:
        yield server


def by_requests(url: str, headers: dict[str, str]) -> bytes:
    return requests.get(url, headers=headers, timeout=30).content


def by_urllib(url: str, headers: dict[str, str]) -> bytes:
    with urllib.request.urlopen(urllib.request.Request(url, headers=headers), timeout=30) as answer:  # noqa: S310
        content: bytes = answer.read()
    return content


def by_httpx(url: str, headers: dict[str, str]) -> bytes:
    return httpx.get(url, headers=headers).content


def by_async_httpx(url: str, headers: dict[str, str]) -> bytes:
    async def get() -> bytes:
        async with httpx.AsyncClient() as client:
            return (await client.get(url, headers=headers)).content

    return asyncio.run(get())


def by_aiohttp(url: str, headers: dict[str, str]) -> bytes:
    async def get() -> bytes:
        async with aiohttp.ClientSession(trust_env=True) as client, client.get(url, headers=headers) as answer:
            return await answer.read()

    return asyncio.run(get())


CLIENTS = (by_requests, by_urllib, by_httpx, by_async_httpx, by_aiohttp)


@pytest.mark.parametrize("get", CLIENTS)
def test_the_hosts_of_the_service_lead_to_the_mock(intercepted_world: MockWorld, get: Get) -> None:
    for host in HOSTS:
        url = f"https://{host}/v1/agents/{intercepted_world.agent_id}/telephony/connectors/conn_abc123"
        assert b'"connectorId":"conn_abc123"' in get(url, intercepted_world.headers).replace(b" ", b"")
    assert len(intercepted_world.requests()) == len(HOSTS)


def test_large_bodies_and_keep_alive_work(intercepted_world: MockWorld) -> None:
    with requests.Session() as session:
        for _ in range(3):
            url = f"https://api.us.poly.ai/v1/agents/{intercepted_world.agent_id}/telephony/connectors/batch"
            body = {"connectorIds": ["conn_abc123", *(f"conn_{number}" for number in range(20_000))]}
            answer = session.post(url, json=body, headers=intercepted_world.headers, timeout=30)
            assert len(answer.json()["notFound"]) == 20_000


def by_an_earlier_session(url: str, headers: dict[str, str]) -> bytes:
    return EARLIER_SESSION.get(url, headers=headers, timeout=30).content


def by_an_earlier_client(url: str, headers: dict[str, str]) -> bytes:
    return EARLIER_CLIENT.get(url, headers=headers).content


def by_an_earlier_context(url: str, headers: dict[str, str]) -> bytes:
    request = urllib.request.Request(url, headers=headers)  # noqa: S310
    with urllib.request.urlopen(request, timeout=30, context=EARLIER_CONTEXT) as answer:  # noqa: S310
        content: bytes = answer.read()
    return content


def by_aiodns(url: str, headers: dict[str, str]) -> bytes:
    async def get() -> bytes:
        connector = aiohttp.TCPConnector(resolver=aiohttp.AsyncResolver())
        async with aiohttp.ClientSession(connector=connector) as client, client.get(url, headers=headers) as answer:
            return await answer.read()

    pytest.importorskip("aiodns")
    return asyncio.run(get())


def under_uvloop(url: str, headers: dict[str, str]) -> bytes:
    async def get() -> bytes:
        async with httpx.AsyncClient() as client, aiohttp.ClientSession() as other:
            content = (await client.get(url, headers=headers)).content
            async with other.get(url, headers=headers) as answer:
                assert await answer.read() == content
            return content

    uvloop = pytest.importorskip("uvloop")
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        return runner.run(get())


def under_trio(url: str, headers: dict[str, str]) -> bytes:
    async def get() -> bytes:
        async with httpx.AsyncClient() as client:
            return (await client.get(url, headers=headers)).content

    content: bytes = pytest.importorskip("trio").run(get)
    return content


def by_a_bare_socket(url: str, headers: dict[str, str]) -> bytes:
    host, _, path = url.removeprefix("https://").partition("/")
    with socket.socket() as plain:
        plain.connect((host, 443))
        with EARLIER_CONTEXT.wrap_socket(plain, server_hostname=host) as connection:
            lines = [f"GET /{path} HTTP/1.1", f"host: {host}", "connection: close"]
            lines += [f"{name}: {value}" for name, value in headers.items()]
            connection.sendall("\r\n".join([*lines, "", ""]).encode())
            return b"".join(iter(lambda: connection.recv(65_536), b""))


@pytest.mark.parametrize(
    "get",
    [
        by_an_earlier_session,
        by_an_earlier_client,
        by_an_earlier_context,
        by_aiodns,
        under_uvloop,
        under_trio,
        by_a_bare_socket,
    ],
)
def test_whatever_a_client_connects_by_it_reaches_the_mock(
    intercepted_world: MockWorld, monkeypatch: pytest.MonkeyPatch, get: Get
) -> None:
    monkeypatch.delenv("HTTPS_PROXY")
    monkeypatch.delenv("https_proxy")
    url = f"https://api.eu.poly.ai/v1/agents/{intercepted_world.agent_id}/telephony/connectors/conn_abc123"
    assert b"conn_abc123" in get(url, intercepted_world.headers)
    assert {entry["status"] for entry in intercepted_world.requests()} == {200}


GEVENT = """
    from gevent import monkey
    monkey.patch_all()

    import pytest
    import requests

    def test_answered(polyai_mock_intercept):
        url = f"https://api.us.poly.ai/v1/agents/{polyai_mock_intercept.agent_id}/telephony/connectors"
        assert requests.get(url, headers=polyai_mock_intercept.headers, timeout=10).status_code == 200
        assert len(polyai_mock_intercept.requests()) == 1
"""


def test_interception_works_under_gevent(project: pytest.Pytester) -> None:
    pytest.importorskip("gevent")
    project.makepyfile(GEVENT)
    project.runpytest_subprocess(timeout=60).assert_outcomes(passed=1)


TRUSTSTORE = """
    import truststore
    truststore.inject_into_ssl()

    import ssl
    import httpx

    def test_answered(polyai_mock_intercept):
        url = f"https://api.us.poly.ai/v1/agents/{polyai_mock_intercept.agent_id}/telephony/connectors"
        for verify in (True, truststore.SSLContext(ssl.PROTOCOL_TLS_CLIENT)):
            answer = httpx.get(url, headers=polyai_mock_intercept.headers, verify=verify)
            assert answer.status_code == 200
"""


def test_interception_works_where_truststore_has_replaced_contexts(project: pytest.Pytester) -> None:
    pytest.importorskip("truststore")
    project.makepyfile(TRUSTSTORE)
    project.runpytest_subprocess().assert_outcomes(passed=1)


class Elsewhere(BaseHTTPRequestHandler):
    """The server of another host."""

    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("content-length", "9")
        self.end_headers()
        self.wfile.write(b"elsewhere")

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
        """Print nothing."""


@contextmanager
def elsewhere() -> Iterator[int]:
    with ThreadingHTTPServer(("127.0.0.1", 0), Elsewhere) as server:
        thread = Thread(target=server.serve_forever)
        thread.start()
        yield server.server_port
        server.shutdown()
        thread.join()


@pytest.mark.parametrize("get", CLIENTS)
def test_other_hosts_are_untouched(intercepted_world: MockWorld, get: Get) -> None:
    with elsewhere() as port:
        assert get(f"http://localhost:{port}/", {}) == b"elsewhere"
    assert intercepted_world.requests() == []


def test_a_certificate_of_another_authority_is_still_refused(intercepted_world: MockWorld) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    trustme.CA().issue_cert("localhost").configure_cert(context)
    with ThreadingHTTPServer(("127.0.0.1", 0), Elsewhere) as server:
        server.socket = context.wrap_socket(server.socket, server_side=True)
        server.handle_error = lambda *_details: None  # type: ignore[method-assign]
        thread = Thread(target=server.serve_forever)
        thread.start()
        try:
            with pytest.raises(requests.exceptions.SSLError):
                requests.get(f"https://localhost:{server.server_port}/", timeout=30)
        finally:
            server.shutdown()
            thread.join()


def test_the_fixture_intercepts_for_its_test_alone(project: pytest.Pytester) -> None:
    project.makepyfile("""
        import socket
        import httpx

        lookup = socket.getaddrinfo

        def test_with(polyai_mock_intercept):
            url = f"https://api.us.poly.ai/v1/agents/{polyai_mock_intercept.agent_id}/telephony/connectors"
            assert httpx.get(url, headers=polyai_mock_intercept.headers).status_code == 200
            assert len(polyai_mock_intercept.requests()) == 1
            assert False, "on purpose"

        def test_without():
            assert socket.getaddrinfo is lookup
    """)
    project.runpytest_subprocess("-W", "error").assert_outcomes(failed=1, passed=1)
    result = project.runpytest_subprocess("--polyai-mock-mode=asgi")
    result.assert_outcomes(errors=1, passed=1)
    result.stdout.fnmatch_lines(["polyai_mock_intercept needs a server with a socket: mode process or thread"])
    assert "plugin.py:" not in outcome(result)


def test_the_missing_extra_is_named(project: pytest.Pytester) -> None:
    project.makeconftest("import sys\nsys.modules['trustme'] = None")
    project.makepyfile("def test_it(polyai_mock_intercept): pass")
    output = outcome(project.runpytest_subprocess("--polyai-mock-mode=thread"))
    assert "polyai_mock_intercept needs polyai-mockserver[intercept]: " in output
    assert "plugin.py:" not in output
