"""Client of the control plane, over HTTP or, in a subclass, in process; shared by the command line and the plugin.

It imports only the standard library, because it is imported wherever a server is used and not only where one runs.
"""

import http.client
import json
import threading
from collections.abc import Mapping
from typing import Any, NamedTuple
from urllib.parse import SplitResult, quote, urlencode, urlsplit
from weakref import WeakSet

TIMEOUT_SECONDS = 30

CORRELATION_ID = "x-polyai-correlation-id"


class ControlError(Exception):
    """The control plane refused a call; the text is its reason."""

    def __init__(self, status: int, reason: str) -> None:
        super().__init__(reason)
        self.status = status


class NotAMockServerError(ControlError):
    """Something other than a polyai-mockserver answered."""


class Answer(NamedTuple):
    """An HTTP response as far as a client reads it; every one of a polyai-mockserver has a correlation id."""

    status: int
    correlation_id: str | None
    body: bytes


class _Connection(http.client.HTTPConnection):
    """A thread's connection, closed when the thread ends and its last reference with it."""

    def __del__(self) -> None:
        self.close()


class _TlsConnection(_Connection, http.client.HTTPSConnection):
    """The same with TLS, for a server behind a proxy."""


class ControlClient:
    """The control plane of a server at a URL, with one connection per thread that stays open between calls.

    Raises ValueError for a URL or a token that cannot be used.
    """

    def __init__(self, url: str, token: str | None = None) -> None:
        self.url = url.rstrip("/")
        self._target = _target(url)
        self._headers = {"content-type": "application/json"}
        if token:
            if not token.isprintable():
                raise ValueError("the control token must be one line of printable text")
            self._headers["authorization"] = f"Bearer {token}".encode().decode("latin-1")  # UTF-8 when it is sent
        self._local = threading.local()
        self._opened: WeakSet[http.client.HTTPConnection] = WeakSet()
        self._opening = threading.Lock()

    def call(self, method: str, path: str, body: object = None) -> Any:
        """Return the JSON that a call answers; see `read`."""
        return json.loads(self.read(method, path, body))

    def read(self, method: str, path: str, body: object = None, *, accept: str = "application/json") -> bytes:
        """Return the body of an answer; `path` starts after `/_mock`.

        Raises ControlError for a refusal, and OSError or HTTPException if no server answers.
        """
        payload = None if body is None else json.dumps(body).encode()
        answer = self.send(method, f"/_mock{path}", payload, {**self._headers, "accept": accept})
        if answer.correlation_id is None:
            raise NotAMockServerError(answer.status, f"{self.url} is not a polyai-mockserver")
        if answer.status >= 400:
            raise ControlError(answer.status, json.loads(answer.body)["error"])
        return answer.body

    def send(self, method: str, path: str, payload: bytes | None, headers: Mapping[str, str]) -> Answer:
        """Send a request, once more if the server has closed a connection that was kept open."""
        connection = self._connection()
        was_open = connection.sock is not None
        try:
            connection.request(method, f"{self._target.path.rstrip('/')}{path}", payload, headers)
            response = connection.getresponse()
            return Answer(response.status, response.headers.get(CORRELATION_ID), response.read())
        except BaseException as error:  # also a timeout or Ctrl-C: a connection cannot be used after half an exchange
            connection.close()
            if not was_open or not isinstance(error, ConnectionError):
                raise
        return self.send(method, path, payload, headers)

    def _connection(self) -> http.client.HTTPConnection:
        """Return the connection of this thread."""
        connection: http.client.HTTPConnection | None = getattr(self._local, "connection", None)
        if connection is None:
            kind = _TlsConnection if self._target.scheme == "https" else _Connection
            connection = kind(self._target.hostname or "", self._target.port, timeout=TIMEOUT_SECONDS)
            self._local.connection = connection
            with self._opening:
                self._opened.add(connection)
        return connection

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


def query(parameters: Mapping[str, object]) -> str:
    """Return the parameters that are not None as a query string."""
    given = {name: value for name, value in parameters.items() if value is not None}
    return f"?{urlencode(given)}" if given else ""


def segment(name: str) -> str:
    """Return a name as a segment of a path."""
    return quote(name, safe="")
