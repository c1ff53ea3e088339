"""What uvicorn's request cycle and its flow control lack: answers in one piece, and patience.

Patience at the end of a connection, and with what a client sends ahead of its turn.
"""

import asyncio
from collections.abc import Callable
from typing import Any

from starlette.types import Message, Receive, Scope, Send
from uvicorn.protocols.http.flow_control import FlowControl
from uvicorn.protocols.http.httptools_impl import STATUS_LINE, RequestResponseCycle

from mockserver.http.exchange import Headers


class HeldFlow(FlowControl):
    """Flow control under which nothing is read while something read earlier waits, whoever would resume reading."""

    def __init__(self, transport: asyncio.Transport, waiting: Callable[[], bool]) -> None:
        super().__init__(transport)
        self._waiting = waiting

    def resume_reading(self) -> None:
        """Read on, unless something waits."""
        if self.read_paused and not self._waiting():
            super().resume_reading()


class PoliteTransport(asyncio.Transport):
    """The transport of a request after which the connection ends, and which is closed in the way that is given."""

    def __init__(self, transport: asyncio.Transport, close: Callable[[], None]) -> None:
        super().__init__()
        self.write = transport.write  # type: ignore[method-assign]
        self.is_closing = transport.is_closing  # type: ignore[method-assign]
        self.close = close  # type: ignore[method-assign]


def closing_unless_continued(cycle: RequestResponseCycle, app: Any) -> Any:
    """Return an application whose answer ends the connection if the client was never told to send the body."""

    async def closing(scope: Scope, receive: Receive, send: Send) -> None:
        async def send_closing(message: Message) -> None:
            if cycle.waiting_for_100_continue:
                cycle.keep_alive = False
            await send(message)

        await app(scope, receive, send_closing)

    return closing


def send_whole(cycle: RequestResponseCycle, status: int, headers: Headers, body: bytes) -> bool:
    """Send an answer at once, or return False where only uvicorn's own way will do.

    That way is two calls and two writes to the socket, and costs more than the rest of a small answer together.
    """
    if (
        cycle.response_started
        or cycle.flow.write_paused
        or cycle.waiting_for_100_continue
        or cycle.scope["method"] == "HEAD"
    ):
        return False
    if cycle.disconnected:
        return True
    cycle.response_started = cycle.response_complete = True
    ending = [] if cycle.keep_alive else [(b"connection", b"close")]
    cycle.transport.write(written(status, [*cycle.default_headers, *headers, *ending], body))
    cycle.message_event.set()
    if not cycle.keep_alive:
        cycle.transport.close()
    cycle.on_response()
    return True


def written(status: int, headers: Headers, body: bytes) -> bytes:
    """Return an answer as it goes over the wire."""
    return b"".join([STATUS_LINE[status], *[b"%b: %b\r\n" % header for header in headers], b"\r\n", body])


def disconnect(cycle: RequestResponseCycle) -> None:
    """Have a request's application see that the client has gone."""
    if not cycle.response_complete:
        cycle.disconnected = True
    cycle.message_event.set()
