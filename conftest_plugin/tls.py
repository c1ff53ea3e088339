"""TLS for the service's names: it trusts the relay and nobody else, whatever context a client has.

So clients work that were made before the interception, and none reaches the real service, also by an address of its own
or by a connection that was open before.
"""

import ssl
from collections.abc import Callable
from typing import Any

import pytest

from conftest_plugin.address import SERVICE_HOSTS
from conftest_plugin.guard import RefusedError, host_name
from conftest_plugin.relay import tls_context, trusting_context


def trust_relay_alone(patch: pytest.MonkeyPatch) -> None:
    """Replace what wraps connections in TLS, and what shakes hands and writes on them."""
    context = trusting_context()
    kind = tls_context()
    wrap_socket, wrap_bio = kind.wrap_socket, kind.wrap_bio

    def wrapped_socket(
        self: ssl.SSLContext,
        sock: Any,
        server_side: bool = False,
        do_handshake_on_connect: bool = True,
        suppress_ragged_eofs: bool = True,
        server_hostname: Any = None,
        session: Any = None,
    ) -> ssl.SSLSocket:
        ours = _is_ours(server_side, server_hostname)
        return wrap_socket(
            context if ours else self,
            sock,
            server_side,
            do_handshake_on_connect,
            suppress_ragged_eofs,
            server_hostname,
            None if ours else session,
        )

    def wrapped_bio(
        self: ssl.SSLContext,
        incoming: ssl.MemoryBIO,
        outgoing: ssl.MemoryBIO,
        server_side: bool = False,
        server_hostname: Any = None,
        session: Any = None,
    ) -> ssl.SSLObject:
        ours = _is_ours(server_side, server_hostname)
        return wrap_bio(
            context if ours else self, incoming, outgoing, server_side, server_hostname, None if ours else session
        )

    patch.setattr(kind, "wrap_socket", wrapped_socket)
    patch.setattr(kind, "wrap_bio", wrapped_bio)
    for connection, names in ((ssl.SSLSocket, ("send", "write")), (ssl.SSLObject, ("write",))):
        patch.setattr(connection, "do_handshake", _explained(connection.do_handshake, context))
        for name in names:
            patch.setattr(connection, name, _checked(getattr(connection, name), context))


def _is_ours(server_side: bool, name: object) -> bool:
    return not server_side and host_name(name) in SERVICE_HOSTS


def _checked(method: Callable[..., Any], context: ssl.SSLContext) -> Callable[..., Any]:
    """Return a method that refuses to write on a connection that was opened before the interception."""

    def write(self: ssl.SSLSocket | ssl.SSLObject, *arguments: Any, **options: Any) -> Any:
        if self.context is not context and _is_ours(self.server_side, self.server_hostname):
            raise RefusedError(
                f"polyai_mock_intercept refuses a connection to {self.server_hostname} that was opened before it; "
                "close the client's connections first, or make the client in the test"
            )
        return method(self, *arguments, **options)

    return write


def _explained(method: Callable[..., Any], context: ssl.SSLContext) -> Callable[..., Any]:
    """Return a handshake that says why it failed for the service's names."""

    def do_handshake(self: ssl.SSLSocket | ssl.SSLObject, *arguments: Any, **options: Any) -> Any:
        try:
            return method(self, *arguments, **options)
        except ssl.SSLCertVerificationError as error:
            if self.context is not context:
                raise
            raise ssl.SSLCertVerificationError(
                error.errno,
                f"polyai_mock_intercept: not the mock but something else answered as {self.server_hostname}; the "
                "client has an address or a proxy of its own from before the test: make it in the test",
            ) from error

    return do_handshake
