"""Client of the control plane, over HTTP or, in a subclass, in process; shared by the command line and the plugin.

It imports no part of the server, because it is imported wherever one is used and not only where one runs. What a test
may replace meanwhile is kept from the time of its import; see `mockserver.control.connection`.
"""

import threading
from collections.abc import Mapping
from json import JSONDecoder, JSONEncoder
from operator import methodcaller
from os import getpid
from typing import Any
from urllib.parse import SplitResult, quote, urlencode, urlsplit
from weakref import WeakSet

from mockserver.control.connection import Answer, Connection, connect

TIMEOUT_SECONDS = 30

CORRELATION_ID = "x-polyai-correlation-id"

_encode = JSONEncoder().encode
_decode = JSONDecoder().decode


class ControlError(Exception):
    """The control plane refused a call; the text is its reason, and `status` the HTTP status of the answer."""

    def __init__(self, status: int, reason: str) -> None:
        super().__init__(reason)
        self.status = status


class NotAMockServerError(ControlError):
    """Something other than a polyai-mockserver answered."""


# For pytest, which then shows the line of a test whose call was refused, and not the lines behind it.
is_refusal = methodcaller("errisinstance", ControlError)
__tracebackhide__ = is_refusal


class ControlClient:
    """The control plane of a server at a URL, with one connection per thread that stays open between calls.

    After a fork, a process opens its own connections. Raises ValueError for a URL or a token that cannot be used.
    """

    def __init__(self, url: str, token: str | None = None) -> None:
        self.url = url.rstrip("/")
        self._target = _target(url)
        self._headers: dict[str, str] = {"content-type": "application/json"}
        if token:
            if not token.isprintable():
                raise ValueError("the control token must be one line of printable text")
            self._headers["authorization"] = _latin(f"Bearer {token}")
        self._forget_connections()

    def _forget_connections(self) -> None:
        self._process = getpid()
        self._local = threading.local()
        self._opened: WeakSet[Connection] = WeakSet()
        self._opening = threading.Lock()

    def call(self, method: str, path: str, body: object = None) -> Any:
        """Return the JSON that a call answers; see `read`."""
        return _decode(self.read(method, path, body).decode())

    def read(self, method: str, path: str, body: object = None, *, accept: str = "application/json") -> bytes:
        """Return the body of an answer; `path` starts after `/_mock`.

        Raises ControlError for a refusal, and OSError if no server answers.
        """
        payload = None if body is None else _encode(body).encode()
        answer = self.send(method, f"/_mock{path}", payload, {**self._headers, "accept": accept})
        if CORRELATION_ID not in answer.headers:
            raise NotAMockServerError(answer.status, f"{self.url} is not a polyai-mockserver")
        if answer.status >= 400:
            raise ControlError(answer.status, _decode(answer.body.decode())["error"])
        return answer.body

    def send(self, method: str, path: str, payload: bytes | None, headers: Mapping[str, str]) -> Answer:
        """Send a request, once more if the server has closed a connection that was kept open."""
        target = f"{quote(self._target.path.rstrip('/'), safe='/%')}{path}"
        content = payload or b""
        sent = {"host": _latin(self._target.netloc.rpartition("@")[2]), "content-length": str(len(content)), **headers}
        connection = self._connection()
        was_used = connection.used
        try:
            return connection.exchange(method, target, sent, content)
        except ConnectionError:
            if not was_used:
                raise
        return self._connection().exchange(method, target, sent, content)

    def _connection(self) -> Connection:
        """Return the connection of this thread."""
        if self._process != getpid():
            self._forget_connections()
        connection: Connection | None = getattr(self._local, "connection", None)
        if connection is None or not connection.open:
            connection = self._local.connection = self._opened_connection()
            with self._opening:
                self._opened.add(connection)
        return connection

    def _opened_connection(self) -> Connection:
        host, tls = self._target.hostname or "", self._target.scheme == "https"
        connected = connect(host, self._target.port or (443 if tls else 80), TIMEOUT_SECONDS)
        if tls:
            import ssl  # only for a server behind a proxy

            connected = ssl.create_default_context().wrap_socket(connected, server_hostname=host)
        return Connection(connected)

    def close(self) -> None:
        """Close the connections of all threads; a later call opens a new one."""
        with self._opening:
            opened = list(self._opened)
        for connection in opened:
            connection.close()


def _target(url: str) -> SplitResult:
    """Return the parts of a server's URL; raises ValueError."""
    try:
        target = urlsplit(url)
        valid = target.scheme in ("http", "https") and bool(target.hostname) and target.port != 0
    except ValueError:  # of a port or an IPv6 address
        valid = False
    if not valid:
        raise ValueError(f"{url} is not a valid server URL; expected for example http://127.0.0.1:8750")
    return target


def _latin(text: str) -> str:
    """Return the bytes of text in UTF-8 as Latin-1 reads them."""
    return text.encode().decode("latin-1")


def query(parameters: Mapping[str, object]) -> str:
    """Return the parameters that are not None as a query string."""
    given = {name: value for name, value in parameters.items() if value is not None}
    return f"?{urlencode(given)}" if given else ""


def segment(name: str) -> str:
    """Return a name as a segment of a path."""
    return quote(name, safe="")
