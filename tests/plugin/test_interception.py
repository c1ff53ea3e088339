"""Clients with a fixed service host reach the mock; other hosts are untouched; everything is restored."""

import asyncio
import os
import socket
import ssl
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

import aiohttp
import aiohttp.connector
import httpx
import pytest
import requests
import trustme

from conftest_plugin.interception import intercepted
from conftest_plugin.options import MockSettings
from conftest_plugin.sessions import running_server
from conftest_plugin.worlds import MockServer, MockWorld
from tests.plugin.sessions import outcome

HOSTS = ("api.us.poly.ai", "api.eu.poly.ai", "api.uk.poly.ai", "api.studio.poly.ai")

Get = Callable[[str, dict[str, str]], bytes]


@pytest.fixture(scope="module")
def server(pytestconfig: pytest.Config) -> Iterator[MockServer]:
    with running_server(pytestconfig, MockSettings(mode="thread")) as server:
        yield server


@pytest.fixture
def world(server: MockServer, monkeypatch: pytest.MonkeyPatch) -> Iterator[MockWorld]:
    """A world with interception, in an environment whose proxies do not answer."""
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    for name in ("NO_PROXY", "no_proxy"):
        monkeypatch.setenv(name, "localhost")
    with server.world() as world, intercepted(world.base_url, monkeypatch):
        yield world


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
def test_the_hosts_of_the_service_lead_to_the_mock(world: MockWorld, get: Get) -> None:
    for host in HOSTS:
        url = f"https://{host}/v1/agents/{world.agent_id}/telephony/connectors/conn_abc123"
        assert b'"connectorId":"conn_abc123"' in get(url, world.headers).replace(b" ", b"")
    assert len(world.requests()) == len(HOSTS)


def test_large_bodies_and_keep_alive_work(world: MockWorld) -> None:
    with requests.Session() as session:
        for _ in range(3):
            url = f"https://api.us.poly.ai/v1/agents/{world.agent_id}/telephony/connectors/batch"
            body = {"connectorIds": ["conn_abc123", *(f"conn_{number}" for number in range(20_000))]}
            answer = session.post(url, json=body, headers=world.headers, timeout=30)
            assert len(answer.json()["notFound"]) == 20_000


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
def test_other_hosts_are_untouched(world: MockWorld, get: Get) -> None:
    with elsewhere() as port:
        assert get(f"http://localhost:{port}/", {}) == b"elsewhere"
    assert world.requests() == []


def test_other_names_are_looked_up_unchanged(server: MockServer, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[Any] = []

    def lookup(host: Any, *_arguments: Any, **_options: Any) -> list[Any]:
        asked.append(host)
        return []

    with monkeypatch.context() as patch:
        patch.setattr(socket, "getaddrinfo", lookup)
        with intercepted(server.base_url, patch):
            for host in ("poly.ai", "us.poly.ai", "api.us.poly.ai.example", b"example.org", None):
                socket.getaddrinfo(host, 443)
            for host in ("api.us.poly.ai", "API.EU.poly.ai.", b"api.uk.poly.ai"):
                socket.getaddrinfo(host, 443, family=socket.AF_INET6, type=socket.SOCK_STREAM)
    ours = asked[5:]
    assert asked[:5] == ["poly.ai", "us.poly.ai", "api.us.poly.ai.example", b"example.org", None]
    assert len(set(ours)) == 1
    assert ours[0].startswith("127.")


def test_a_certificate_of_another_authority_is_still_refused(world: MockWorld) -> None:
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


def patched_globals() -> tuple[object, ...]:
    """Return everything that interception changes."""
    return (
        dict(os.environ),
        socket.getaddrinfo,
        socket.socket.connect,
        socket.socket.connect_ex,
        socket.socket.__dict__.get("connect"),
        aiohttp.connector._SSL_CONTEXT_VERIFIED,
    )


def test_everything_is_restored_even_if_the_test_fails(server: MockServer, monkeypatch: pytest.MonkeyPatch) -> None:
    before = patched_globals()

    def fail() -> None:
        with intercepted(server.base_url, monkeypatch):
            assert patched_globals() != before
            raise KeyError

    with pytest.raises(KeyError):
        fail()
    assert patched_globals() == before


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
