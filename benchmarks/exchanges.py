"""Requests as they stand on the wire, and a client that adds next to nothing to the time of an answer."""

import re
import socket
from dataclasses import dataclass, field

from benchmarks.measurements import FailedError

HOST = "127.0.0.1"
SECONDS = 120.0

_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)
_CHUNKED = re.compile(rb"\r\ntransfer-encoding: *chunked", re.IGNORECASE)
_CLOSES = re.compile(rb"\r\nconnection: *close", re.IGNORECASE)
_STAYS = re.compile(rb"\r\nconnection: *keep-alive", re.IGNORECASE)


class AnswerError(FailedError):
    """A request was refused that should not have been."""


@dataclass(frozen=True, slots=True)
class Request:
    """A request; `body` is JSON where there is one."""

    method: str
    path: str
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""

    def raw(self, port: int) -> bytes:
        """Return the bytes to send to a port of this machine."""
        headers = {"Host": f"{HOST}:{port}", **self.headers}
        if self.body:
            headers = {"Content-Type": "application/json", **headers, "Content-Length": str(len(self.body))}
        lines = [f"{self.method} {self.path} HTTP/1.1", *(f"{name}: {value}" for name, value in headers.items())]
        return "\r\n".join([*lines, "", ""]).encode("latin-1") + self.body


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer, its headers in order; those of the connection, which each server makes itself, are left out."""

    status: int
    headers: list[tuple[str, str]]
    body: bytes


class AnswerReader:
    """Collects the bytes of one answer until they are all there."""

    def __init__(self) -> None:
        self.buffer = bytearray()
        self.closes = False
        self._end: int | None = None
        self._chunked = False

    def feed(self, data: bytes) -> bool:
        """Take bytes; tell whether the answer is complete. Without a length it is so when the connection closes."""
        self.buffer += data
        if self._end is None and not self._chunked:
            head = self.buffer.find(b"\r\n\r\n")
            if head < 0:
                return False
            start = bytes(self.buffer[: head + 2])
            old = start.startswith(b"HTTP/1.0") and not _STAYS.search(start)
            self.closes = old or _CLOSES.search(start) is not None
            length = _LENGTH.search(start)
            if length is not None:
                self._end = head + 4 + int(length[1])
            elif _CHUNKED.search(start):
                self._chunked = True
            else:
                self.closes = True
                return False
        if self._chunked:
            return self.buffer.endswith(b"\r\n0\r\n\r\n")
        return self._end is not None and len(self.buffer) >= self._end

    @property
    def status(self) -> int:
        """The status of the answer, of which at least the first line must be there."""
        return int(self.buffer[9:12])


class Connection:
    """A connection that is kept open from request to request where the server allows it."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._socket: socket.socket | None = None

    def exchange(self, raw: bytes) -> AnswerReader:
        """Send a request's bytes and return the complete answer; raises OSError."""
        if self._socket is None:
            self._socket = socket.create_connection((HOST, self._port), SECONDS)
            self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._socket.sendall(raw)
        reader = AnswerReader()
        while data := self._socket.recv(1 << 18):
            if reader.feed(data):
                break
        else:
            if not (reader.closes and reader.buffer):
                self.close()
                raise ConnectionError("the server closed the connection before its answer was complete")
        if reader.closes:
            self.close()
        return reader

    def close(self) -> None:
        """Close the connection; the next request opens another."""
        if self._socket is not None:
            self._socket.close()
            self._socket = None


def ask(port: int, request: Request) -> Answer:
    """Send one request on a connection of its own, and return the answer; raises OSError."""
    connection = Connection(port)
    try:
        reader = connection.exchange(request.raw(port))
    finally:
        connection.close()
    head, _, body = bytes(reader.buffer).partition(b"\r\n\r\n")
    pairs = [line.split(": ", 1) for line in head.decode("latin-1").split("\r\n")[1:]]
    headers = [(name, value) for name, value in pairs if name.lower() not in ("date", "server", "connection")]
    return Answer(reader.status, headers, body)


def good(port: int, request: Request) -> Answer:
    """Send one request and return its good answer; raises AnswerError for a refusal."""
    answer = ask(port, request)
    if answer.status >= 400:
        raise AnswerError(f"{request.method} {request.path} was answered {answer.status} {answer.body[:500]!r}")
    return answer
