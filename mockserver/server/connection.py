"""How long a connection lives, and how it ends: by a refusal, by a client that keeps it waiting, or to make room.

A connection that is closed over unread bytes may lose its last answers, so it is closed on this side only, and read
from until the client closes it, too, or for a moment. No request has a timer; the server looks at all its connections
from time to time.
"""

import asyncio
import logging
from typing import Any

import uvicorn
from starlette.types import ASGIApp
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle
from uvicorn.server import ServerState

from mockserver.api.broken import TRANSPORT
from mockserver.errors import ApiError, Err
from mockserver.http.errors import envelope
from mockserver.http.exchange import JSON, WHOLE, Headers, framed
from mockserver.server.cycle import HeldFlow, disconnect, send_whole, written
from mockserver.server.limits import most_connections
from mockserver.values.ids import Mint

LINGER_SECONDS = 2.0
LINGER_BYTES = 16 * 1024 * 1024

logger = logging.getLogger(__name__)


class Config(uvicorn.Config):
    """uvicorn's, and what a server's connections share: the ids of refusals, and whether there were ever too many."""

    def __init__(self, app: ASGIApp, **options: Any) -> None:
        super().__init__(app, **options)
        self.mint = Mint()
        self.crowded = False


class MortalConnection(HttpToolsProtocol):
    """A connection that ends in time."""

    def __init__(
        self,
        config: Config,
        server_state: ServerState,
        app_state: dict[str, Any],
        _loop: asyncio.AbstractEventLoop | None = None,
    ) -> None:
        super().__init__(config, server_state, app_state, _loop)
        self._crowd = config
        self._active: RequestResponseCycle | None = None  # the request that is being answered
        self._receiving = False  # a request has begun to come, and is not complete
        self._in_head = True
        self._since = self.loop.time()  # when the connection came to wait for what it waits for
        self._unparsed = b""
        self._ignored = 0  # bytes that came after their answer
        self._refusal: ApiError | None = None
        self._leaving: float | None = None  # when the connection was closed on this side
        self._unsent = 0
        self._unsent_since = 0.0

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn's
        """Take a connection."""
        super().connection_made(transport)
        self.flow = HeldFlow(transport, self._waiting)
        if len(self.connections) > most_connections():
            self._make_room()
        # narrower in uvicorn's types than in ASGI
        self._extensions: dict[str, Any] = {TRANSPORT: transport, WHOLE: self._send_whole}

    def _make_room(self) -> None:
        """Close the connection that has been idle for longest, or this one where all are busy."""
        if not self._crowd.crowded:
            self._crowd.crowded = True
            logger.warning(
                "%d connections are open, which is all that the limit on open files allows (`ulimit -n`): "
                "from now on idle ones are closed for new ones",
                len(self.connections),
            )
        others = [other for other in self.connections if isinstance(other, MortalConnection) and other is not self]
        min((other for other in others if other.idle), key=lambda other: other.since, default=self).transport.close()

    def connection_lost(self, exc: Exception | None) -> None:
        """Have the request that is being answered see that its client has gone, and forget those behind it."""
        super().connection_lost(exc)
        self.pipeline.clear()
        self._unparsed = b""
        if self._active is not None:  # uvicorn tells only the last request that came
            disconnect(self._active)

    def _refuse(self, refusal: ApiError) -> None:
        """Answer what is no request, once it is its turn, and take nothing more from this connection."""
        self._refusal = refusal
        self._unparsed = b""
        if self._receiving and not self._in_head:
            cycle = self.cycle
            if self.pipeline:
                self.pipeline.popleft()  # it was never begun
            elif cycle.response_started:
                disconnect(cycle)
                self._leave()
                return
            else:
                disconnect(cycle)
                self._active = None
        if self._active is None:
            self._send_refusal(refusal)

    def _send_refusal(self, refusal: ApiError) -> None:
        correlation_id = self._crowd.mint.serial("refusals")
        body = envelope(refusal.err.name, refusal.message, correlation_id)
        headers = [*self.server_state.default_headers, (b"content-type", JSON), (b"connection", b"close")]
        self.transport.write(written(refusal.err.status, framed(headers, correlation_id, body), body))
        self._leave()

    def _send_whole(self, status: int, headers: Headers, body: bytes) -> bool:
        return self._active is not None and send_whole(self._active, status, headers, body)

    def _leave(self) -> None:
        """Close this side, and read on for a moment: a connection closed over unread bytes may lose its answer."""
        if self._leaving is None and not self.transport.is_closing():
            self._leaving = self.loop.time()
            self.pipeline.clear()
            self._unparsed = b""
            self.transport.write_eof()
            self.flow.resume_reading()

    def _waiting(self) -> bool:
        """Tell whether something has come that waits for an answer to what came before it."""
        return bool(self.pipeline or self._unparsed)

    @property
    def idle(self) -> bool:
        """Whether the connection is open, if only on the client's side, and neither request nor answer is under way."""
        return not self._receiving and self._active is None and not self.transport.is_closing()

    @property
    def since(self) -> float:
        """When the connection came to wait for what it waits for, in the event loop's time."""
        return self._since

    def _ignore(self, size: int) -> None:
        self._ignored += size
        if self._ignored > LINGER_BYTES:
            self.transport.abort()

    def look_after(self, now: float, request_timeout: float, idle_timeout: float) -> None:
        """End the connection if its client keeps it waiting: with a request, between two, or by not reading answers.

        Times are in seconds; `now` is the event loop's.
        """
        unsent = self.transport.get_write_buffer_size()
        if unsent != self._unsent:
            self._unsent, self._unsent_since = unsent, now
        elif unsent and now - self._unsent_since > max(request_timeout, LINGER_SECONDS):
            self.transport.abort()
        waited = now - self._since
        if self._leaving is not None:
            if now - self._leaving > LINGER_SECONDS and not unsent:
                self.transport.close()
        elif self.transport.is_closing() or self.flow.read_paused or self._refusal is not None:
            pass
        elif self._receiving:
            own = self._active is None or (self._active is self.cycle and not self._in_head)
            if own and waited > request_timeout:
                self._time_out()
        elif self.idle and waited > idle_timeout:
            self.transport.close()

    def _time_out(self) -> None:
        if not self._in_head and self.cycle.response_complete:
            self.transport.close()
        else:
            self._refuse(ApiError(Err.REQUEST_TIMEOUT))
