"""Connection without a socket: the server's protocol between a recording transport and a recording application.

The event loop runs only where a test says so: the outcome depends only on what is sent, and in which order.
"""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, NamedTuple

import uvicorn
from starlette.types import Receive, Scope, Send
from uvicorn.server import ServerState

from mockserver.http.exchange import ClientGoneError, Exchange
from mockserver.server.uvicorn_adapter import TimedConnection
from tests.live.process import Answer
from tests.live.wire import answers_in

Handler = Callable[[Exchange], Awaitable[None]]

_TURNS = 40  # iterations of the event loop: many more than the answers of one test take


class Seen(NamedTuple):
    """A request as the application got it; the body is None if the client disconnected before it was complete."""

    method: str
    target: str
    headers: list[tuple[bytes, bytes]]
    body: bytes | None


class RecordingTransport(asyncio.Transport):
    """Records what is written, and delivers nothing while reading is paused or after the connection has ended."""

    def __init__(self) -> None:
        super().__init__()
        self.protocol: TimedConnection
        self.written = b""
        self.ended = False  # the server has closed its side
        self.lost = False  # the connection has ended, and the protocol knows
        self.reading = True
        self._closing = False
        self._arrived = b""

    def arrive(self, data: bytes) -> None:
        """Deliver bytes from the client."""
        self._arrived += data
        self._deliver()

    def _deliver(self) -> None:
        if self.reading and self._arrived and not self._closing:
            data, self._arrived = self._arrived, b""
            self.protocol.data_received(data)

    def write(self, data: bytes | bytearray | memoryview) -> None:
        if self.lost or self.ended:
            raise AssertionError(f"answered into a closed connection: {bytes(data)!r}")
        if not self._closing:
            self.written += data

    def write_eof(self) -> None:
        self.ended = True

    def pause_reading(self) -> None:
        self.reading = False

    def resume_reading(self) -> None:
        self.reading = True
        asyncio.get_running_loop().call_soon(self._deliver)

    def is_closing(self) -> bool:
        return self._closing

    def close(self) -> None:
        self.lose(None)

    def abort(self) -> None:
        self.lose(None)

    def lose(self, error: Exception | None) -> None:
        """End the connection, from either side."""
        if not self._closing:
            self._closing = True
            asyncio.get_running_loop().call_soon(self._tell, error)

    def _tell(self, error: Exception | None) -> None:
        self.lost = True
        self.protocol.connection_lost(error)

    def get_write_buffer_size(self) -> int:
        return 0

    def get_extra_info(self, _name: str, default: Any = None) -> Any:
        return default


async def echo(exchange: Exchange) -> None:
    """Answer with the method, the target and the body of a request."""
    body = await exchange.body(1_000_000)
    content = b"%b %b %b" % (exchange.method.encode(), exchange.target.encode(), body)
    await exchange.answer(200, [(b"content-length", b"%d" % len(content))], content)


class Connection:
    """One connection to a handler; create it within a running event loop."""

    def __init__(self, handler: Handler = echo) -> None:
        self.seen: list[Seen] = []
        self._handler = handler
        self._state = ServerState()
        config = uvicorn.Config(
            self._app,
            http=TimedConnection,
            ws="none",
            interface="asgi3",
            lifespan="off",
            log_config=None,
            proxy_headers=False,
        )
        self.transport = RecordingTransport()
        self.protocol = TimedConnection(config, self._state, {})
        self.transport.protocol = self.protocol
        self.protocol.connection_made(self.transport)

    async def _app(self, scope: Scope, receive: Receive, send: Send) -> None:
        exchange = Exchange(scope, receive, send)
        content: bytes | None = None

        async def recorded() -> Any:
            nonlocal content
            message = await receive()
            if message["type"] == "http.request":
                content = (content or b"") + message["body"]
            return message

        exchange.receive = recorded
        try:
            await self._handler(exchange)
        except ClientGoneError:
            content = None
        self.seen.append(Seen(exchange.method, exchange.target, list(scope["headers"]), content))

    @property
    def running(self) -> int:
        """How many requests are being answered."""
        return len(self._state.tasks)

    @property
    def answers(self) -> list[Answer]:
        """The answers so far."""
        return answers_in(self.transport.written)

    async def settle(self) -> None:
        """Run the event loop until nothing more can happen without the client."""
        for _ in range(_TURNS):
            await asyncio.sleep(0)

    async def send(self, *pieces: bytes, pauses: bool = True) -> None:
        """Deliver pieces from the client; with `pauses`, the event loop runs after each."""
        for piece in pieces:
            self.transport.arrive(piece)
            if pauses:
                await self.settle()
        await self.settle()
