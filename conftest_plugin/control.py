"""A client of the control plane, over a socket or in process: the same calls, the same answers."""

import http.client
import json
import threading
from collections.abc import Mapping
from typing import Any, Protocol
from urllib.parse import quote, urlencode, urlsplit
from weakref import WeakSet

Json = dict[str, Any]


class Call(Protocol):
    """A call about one world."""

    def __call__(self, method: str, path: str, body: object = None) -> Json:
        """Return the JSON that it answers; raises ControlError for a refusal."""
        ...


class ControlError(Exception):
    """The control plane refused a call; the text is its reason."""

    def __init__(self, status: int, reason: str) -> None:
        super().__init__(reason)
        self.status = status


class Control(Protocol):
    """What fixtures need of a server, however it runs."""

    def call(self, method: str, path: str, body: object = None) -> Any:
        """Return the JSON that a call answers; raises ControlError for a refusal."""

    def close(self) -> None:
        """Let go of the server, without stopping it."""


class _Connection(http.client.HTTPConnection):
    """The connection of a thread, which is closed when the thread ends and so lets go of it."""

    def __del__(self) -> None:
        self.close()


class HttpControl:
    """The control plane of a server that listens; one connection for each thread, kept open while the thread lives."""

    def __init__(self, base_url: str, token: str | None) -> None:
        split = urlsplit(base_url)
        self._address = (split.hostname or "127.0.0.1", split.port or 80)
        self._headers = {"content-type": "application/json", "accept": "application/json"}
        if token is not None:
            self._headers["authorization"] = f"Bearer {token}"
        self._local = threading.local()
        self._opened: WeakSet[_Connection] = WeakSet()
        self._opening = threading.Lock()

    def call(self, method: str, path: str, body: object = None) -> Any:
        """Return the JSON that a call answers; raises ControlError for a refusal."""
        payload = None if body is None else json.dumps(body)
        try:
            return self._call(method, path, payload)
        except (http.client.RemoteDisconnected, BrokenPipeError, ConnectionResetError):
            return self._call(method, path, payload)  # the server closed it in the meantime: once more, on a new one

    def _call(self, method: str, path: str, payload: str | None) -> Any:
        connection: _Connection | None = getattr(self._local, "connection", None)
        if connection is None:
            connection = self._local.connection = _Connection(*self._address, timeout=30)
            with self._opening:
                self._opened.add(connection)
        try:
            connection.request(method, f"/_mock{path}", payload, self._headers)
            answer = connection.getresponse()
            content = answer.read()
        except BaseException:  # also a time-out or Ctrl-C: a connection in the middle of a call is of no use
            connection.close()
            raise
        return answer_of(answer.status, content)

    def close(self) -> None:
        """Close the connections of all threads; one that is used again opens again."""
        with self._opening:
            opened = list(self._opened)
        for connection in opened:
            connection.close()


def answer_of(status: int, body: bytes) -> Any:
    """Return the JSON of an answer; raises ControlError where it is a refusal."""
    try:
        answer = json.loads(body)
    except ValueError:
        raise ControlError(status, f"not the answer of a mock server (status {status})") from None
    if status >= 400:
        raise ControlError(status, answer["error"])
    return answer


def query(parameters: Mapping[str, object]) -> str:
    """Return parameters that are not None as a query string."""
    given = {name: value for name, value in parameters.items() if value is not None}
    return f"?{urlencode(given)}" if given else ""


def segment(name: str) -> str:
    """Return a name as a segment of a path."""
    return quote(name, safe="")
