"""Transport of the worlds' clients to a server with a socket: connections that are kept from test to test."""

from collections.abc import Callable

import httpx


class ClientTransport(httpx.BaseTransport):
    """The transport of one client: connections that all clients of the process share, and its own ones for TLS."""

    def __init__(self, shared: Callable[[], httpx.BaseTransport]) -> None:
        self._shared = shared
        self._own: httpx.BaseTransport | None = None

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Send a request."""
        if request.url.scheme == "http":
            return self._shared().handle_request(request)
        if self._own is None:  # only if it is needed: loading certificates takes longer than a test
            self._own = httpx.HTTPTransport(trust_env=False)
        return self._own.handle_request(request)

    def close(self) -> None:
        """Close the client's own connections."""
        if self._own is not None:
            self._own.close()


def shared_connections() -> httpx.HTTPTransport:
    """Return a transport without TLS, whose connections are kept from test to test."""
    return httpx.HTTPTransport(verify=False, trust_env=False)
