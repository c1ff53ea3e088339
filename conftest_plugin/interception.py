"""Interception of connections to the service's own hosts, for clients whose base URL cannot be changed.

The hosts resolve to a reserved loopback address, and connecting to that address or to a host by name, on any port,
connects to a TLS relay in this process, which forwards the bytes to the mock. TLS for the service's names trusts that
relay alone, whatever context a client has, so that a client with an address of its own fails. What cannot be redirected
is refused by an audit hook. All other hosts are untouched, and everything is restored afterwards.
"""

import _socket
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit

import pytest

from conftest_plugin import resolvers, tls
from conftest_plugin.address import SERVICE_HOSTS, bypass_proxies
from conftest_plugin.guard import RefusedError, host_name, refused
from conftest_plugin.relay import Relay

_REASON = (
    "polyai_mock_intercept cannot lead this to the mock, so it is refused (docs/pytest.md, Interception; a function of "
    "`socket` that was imported by name earlier should be called as `socket.…`)"
)


@contextmanager
def intercepted(base_url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Redirect connections to the service's hosts to the mock at `base_url` for a `with` block."""
    target = urlsplit(base_url)
    assert target.hostname is not None, "a server with a socket has a host"
    with (
        Relay((target.hostname, target.port or 80)) as relay,
        refused((*SERVICE_HOSTS, resolvers.SERVICE_ADDRESS), _REASON),
        monkeypatch.context() as patch,
    ):
        bypass_proxies(patch, *SERVICE_HOSTS)
        resolvers.redirect(patch, relay.port)
        _redirect_connections(patch, relay.port)
        tls.trust_relay_alone(patch)
        yield


def _redirect_connections(patch: pytest.MonkeyPatch, port: int) -> None:
    """Replace the methods of sockets that take an address."""
    kind = next((base for base in socket.socket.__mro__ if base.__module__ == "socket"), socket.socket)

    def connecting(method: Callable[..., Any]) -> Callable[..., Any]:
        def connect(self: _socket.socket, address: Any) -> Any:
            if isinstance(address, tuple) and address and resolvers.is_redirected(address[0]):
                address = ("::ffff:127.0.0.1" if self.family == socket.AF_INET6 else "127.0.0.1", port)
            return method(self, address)

        return connect

    def sending(method: Callable[..., Any]) -> Callable[..., Any]:
        def send(self: _socket.socket, *arguments: Any) -> Any:
            address = arguments[-1] if arguments else None
            if isinstance(address, tuple) and address and host_name(address[0]) in SERVICE_HOSTS:
                raise RefusedError(f"{_REASON}: a datagram for {address[0]}")
            return method(self, *arguments)

        return send

    for name in ("connect", "connect_ex"):
        patch.setattr(kind, name, connecting(getattr(kind, name)))
    for name in ("sendto", "sendmsg"):
        if hasattr(kind, name):
            patch.setattr(kind, name, sending(getattr(kind, name)))
