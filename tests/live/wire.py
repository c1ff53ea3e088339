"""Raw connections: bytes are sent, and all answers are read until the server closes the connection."""

import json
import socket
from typing import Any, Protocol

from tests.live.process import Answer


class Connects(Protocol):
    """A server, wherever it runs."""

    def connect(self) -> socket.socket: ...


HOST_HEADER = b"Host: localhost\r\n"


def received(connection: socket.socket) -> bytes:
    """Return everything that arrives until the server closes the connection."""
    pieces = []
    while piece := connection.recv(65536):
        pieces.append(piece)
    return b"".join(pieces)


def answers_in(content: bytes) -> list[Answer]:
    """Return the answers that arrived on a connection, each of which must have a length."""
    answers = []
    while content:
        head, separator, rest = content.partition(b"\r\n\r\n")
        assert separator, f"not an answer: {content!r}"
        line, *fields = head.decode("latin-1").split("\r\n")
        headers = dict(field.lower().split(": ", 1) for field in fields)
        status = int(line.split(" ")[1])
        length = 0 if status < 200 else int(headers["content-length"])
        answers.append(Answer(status, headers, rest[:length]))
        content = rest[length:]
    return answers


def until_closed(server: Connects, *pieces: bytes) -> list[Answer]:
    """Send pieces on a new connection, and return all answers once the server has closed it."""
    with server.connect() as connection:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for piece in pieces:
            connection.sendall(piece)
        return answers_in(received(connection))


def assert_envelope(answer: Answer, status: int, code: str) -> dict[str, Any]:
    """Assert that an answer is an error in the API's envelope with `Connection: close`, and return its body."""
    assert (answer.status, answer.headers["content-type"]) == (status, "application/json"), answer
    assert answer.headers["connection"] == "close"
    body: dict[str, Any] = json.loads(answer.body)
    assert set(body) == {"success", "error", "error_id", "error_code", "error_message", "data"}
    assert body["error_code"] == code
    assert body["error_id"] == answer.headers["x-polyai-correlation-id"]
    return body
