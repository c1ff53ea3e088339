"""What uvicorn's request cycle and its flow control lack: patience at the end, and a hold on what is sent ahead."""

import asyncio
from collections.abc import Callable
from typing import Any

from starlette.types import Message, Receive, Scope, Send
from uvicorn.protocols.http.flow_control import FlowControl
from uvicorn.protocols.http.httptools_impl import RequestResponseCycle


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


def disconnect(cycle: RequestResponseCycle) -> None:
    """Have a request's application see that the client has gone."""
    if not cycle.response_complete:
        cycle.disconnected = True
    cycle.message_event.set()
