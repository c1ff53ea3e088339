"""Requests straight to the application, as a server would hand them over: any bytes as path, headers and body."""

import json
from collections.abc import Callable, Coroutine, Iterable
from typing import Any, NamedTuple
from unittest.mock import patch
from urllib.parse import unquote

from starlette.types import ASGIApp

HEADERS = [(b"host", b"mock"), (b"x-api-key", b"demo-key"), (b"content-type", b"application/json")]
ENVELOPE = {"success", "error", "error_id", "error_code", "error_message", "data"}

Headers = Iterable[tuple[bytes, bytes]]


class Answer(NamedTuple):
    """A response."""

    status: int
    headers: dict[bytes, bytes]
    body: bytes

    @property
    def refused(self) -> bool:
        """Whether it is a 4xx in the envelope."""
        return 400 <= self.status < 500 and set(json.loads(self.body)) == ENVELOPE


def ask(
    app: ASGIApp,
    method: str,
    target: bytes,
    body: bytes = b"",
    headers: Headers = HEADERS,
    meanwhile: Callable[[], object] = lambda: None,
) -> Answer:
    """Return the answer to a request, which must have nothing to wait for: there is no event loop.

    `meanwhile` is what happens before the body has come. Work for a thread is done at once.
    """
    sent: list[Any] = []

    async def receive() -> dict[str, object]:
        meanwhile()
        return {"type": "http.request", "body": body}

    async def send(message: object) -> None:
        sent.append(message)

    async def at_once(work: Callable[[], object]) -> object:
        return work()

    raw_path, _, query = target.partition(b"?")
    scope = {
        "type": "http",
        "method": method,
        "path": unquote(raw_path.decode("latin-1")),
        "raw_path": raw_path,
        "query_string": query,
        "headers": list(headers),
    }
    answering: Coroutine[Any, Any, None] = app(scope, receive, send)  # type: ignore[assignment]
    try:
        with patch("asyncio.to_thread", at_once):
            answering.send(None)
    except StopIteration:
        return Answer(sent[0]["status"], dict(sent[0]["headers"]), b"".join(part["body"] for part in sent[1:]))
    answering.close()
    raise AssertionError("a request had to wait")
