"""What interception replaces: look-ups, connections and TLS; what it refuses; and that everything is restored."""

import _socket
import asyncio
import os
import socket
import ssl
import subprocess
import sys
from _socket import getaddrinfo, gethostbyname, gethostbyname_ex  # functions in C, bound before any interception
from collections.abc import Iterator
from socket import create_connection
from socket import getaddrinfo as python_getaddrinfo
from threading import Thread
from typing import Any

import pytest
import trustme

from conftest_plugin.guard import RefusedError
from conftest_plugin.interception import intercepted
from conftest_plugin.options import MockSettings
from conftest_plugin.resolvers import SERVICE_ADDRESS
from conftest_plugin.sessions import running_server
from conftest_plugin.worlds import MockServer, MockWorld


@pytest.fixture(scope="module")
def server(pytestconfig: pytest.Config) -> Iterator[MockServer]:
    with running_server(pytestconfig, MockSettings(mode="thread")) as server:
        yield server


def is_loopback(address: str | int) -> bool:
    return str(address).startswith("127.")


@pytest.mark.parametrize("host", ["api.us.poly.ai", "API.US.poly.ai.", "\uff41pi.us.poly.ai"])
def test_every_lookup_leads_to_this_machine(intercepted_world: MockWorld, host: str) -> None:
    assert is_loopback(socket.gethostbyname(host))
    assert all(map(is_loopback, socket.gethostbyname_ex(host)[2]))
    for lookup in (socket.getaddrinfo, python_getaddrinfo, _socket.getaddrinfo):
        assert all(is_loopback(row[4][0]) for row in lookup(host, 443))

    async def main() -> None:
        rows = await asyncio.get_running_loop().getaddrinfo(host, 443)
        assert all(is_loopback(row[4][0]) for row in rows)

    asyncio.run(main())
    create_connection((host, 443), timeout=10).close()
    with socket.socket() as client:
        assert client.connect_ex((host, 443)) == 0


def test_what_cannot_be_redirected_is_refused(intercepted_world: MockWorld) -> None:
    host = "api.us.poly.ai"
    for lookup in (gethostbyname, gethostbyname_ex, lambda name: getaddrinfo(name, 443), socket.gethostbyaddr):
        with pytest.raises(RefusedError, match=r"^polyai_mock_intercept .* of api.us.poly.ai$"):
            lookup(host)
    with socket.socket() as client, pytest.raises(RefusedError, match=r"socket.connect"):
        _socket.socket.connect(client, (SERVICE_ADDRESS, 443))
    with socket.socket(type=socket.SOCK_DGRAM) as client:
        with pytest.raises(RefusedError, match=r"a datagram for api.us.poly.ai"):
            client.sendto(b"", (host, 443))
        with pytest.raises(RefusedError, match=r"a datagram for api.us.poly.ai"):
            client.sendto(b"", 0, (host, 443))
        with pytest.raises(RefusedError, match=r"a datagram for api.us.poly.ai"):
            client.sendmsg([b""], [], 0, (host, 443))


def test_queries_of_aiodns_are_refused(intercepted_world: MockWorld) -> None:
    aiodns = pytest.importorskip("aiodns")

    async def main() -> None:
        resolver = aiodns.DNSResolver()
        with pytest.raises(RefusedError, match=r"refuses DNS queries for api.us.poly.ai"):
            await resolver.query_dns("api.us.poly.ai", "A")
        await resolver.close()

    asyncio.run(main())


def test_processes_whose_command_names_the_service_are_refused(intercepted_world: MockWorld) -> None:
    with pytest.raises(RefusedError, match=r"a process, which it does not reach, for api.us.poly.ai"):
        subprocess.run(["curl", "https://api.us.poly.ai/v1"], check=False)  # noqa: S607
    with pytest.raises(RefusedError, match="a process"):
        os.system("curl https://API.us.poly.ai/v1")  # noqa: S605, S607
    subprocess.run([sys.executable, "-c", "pass"], check=True)


class Service:
    """A stand-in for the real service: clients trust its certificate, and it records what it gets."""

    def __init__(self) -> None:
        authority = trustme.CA()
        self.client_context = ssl.create_default_context()
        authority.configure_trust(self.client_context)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        authority.issue_cert("api.us.poly.ai").configure_cert(context)
        self.received = b""
        self._listener = context.wrap_socket(socket.create_server(("127.0.0.1", 0)), server_side=True)
        self.address = self._listener.getsockname()
        self._thread = Thread(target=self._serve, daemon=True)
        self._thread.start()

    def _serve(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
                with connection:
                    self.received += connection.recv(1000)
            except ssl.SSLError:
                continue
            except OSError:
                return

    def stop(self) -> None:
        if self._listener.fileno() == -1:
            return
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._thread.join(30)


@pytest.fixture
def service() -> Iterator[Service]:
    service = Service()
    yield service
    service.stop()


def test_a_client_that_knows_the_services_address_is_refused(service: Service, intercepted_world: MockWorld) -> None:
    with (
        socket.create_connection(service.address) as plain,
        pytest.raises(ssl.SSLCertVerificationError, match="polyai_mock_intercept: not the mock but something else"),
    ):
        service.client_context.wrap_socket(plain, server_hostname="api.us.poly.ai")

    async def main() -> None:
        with pytest.raises(ssl.SSLCertVerificationError, match="polyai_mock_intercept: not the mock"):
            await asyncio.open_connection(
                *service.address, ssl=service.client_context, server_hostname="api.us.poly.ai"
            )

    asyncio.run(main())
    assert service.received == b""


def test_a_connection_that_was_open_before_is_refused(
    service: Service, server: MockServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    plain = socket.create_connection(service.address)
    with service.client_context.wrap_socket(plain, server_hostname="api.us.poly.ai") as connection:
        with intercepted(server.base_url, monkeypatch):
            for send in (connection.send, connection.sendall, connection.write):
                with pytest.raises(RefusedError, match=r"to api.us.poly.ai that was opened before it; close"):
                    send(b"x-api-key: real")
        connection.sendall(b"afterwards")
    service.stop()
    assert service.received == b"afterwards"


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


LOOKUPS = ("getaddrinfo", "gethostbyname", "gethostbyname_ex")


def patched_globals() -> tuple[object, ...]:
    """Return everything that interception changes."""
    return (
        dict(os.environ),
        *(getattr(it, name) for it in (socket, _socket) for name in LOOKUPS),
        *(socket.socket.__dict__.get(name) for name in ("connect", "connect_ex", "sendto", "sendmsg")),
        ssl.SSLContext.wrap_socket,
        ssl.SSLContext.wrap_bio,
        *(getattr(it, name) for it in (ssl.SSLSocket, ssl.SSLObject) for name in ("do_handshake", "write")),
        ssl.SSLSocket.send,
        *(getattr(sys.modules.get("pycares"), "Channel", type).__dict__.values()),
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
