"""What carries the requests of the worlds' clients to a server that listens: connections that outlive single tests."""

import httpx


class ClientTransport(httpx.BaseTransport):
    """The transport of one client: connections that all clients share, and its own to wherever TLS is spoken."""

    def __init__(self, shared: httpx.BaseTransport) -> None:
        self._shared = shared
        self._own: httpx.BaseTransport | None = None

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Send a request."""
        if request.url.scheme == "http":
            return self._shared.handle_request(request)
        if self._own is None:  # not before it is needed: reading certificates takes longer than a test
            self._own = httpx.HTTPTransport(trust_env=False)
        return self._own.handle_request(request)

    def close(self) -> None:
        """Close what is the client's own."""
        if self._own is not None:
            self._own.close()


def shared_connections() -> httpx.HTTPTransport:
    """Return connections without TLS, kept open from test to test."""
    return httpx.HTTPTransport(verify=False, trust_env=False)
