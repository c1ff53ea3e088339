"""uvicorn adapter: the only module that uses uvicorn's protocol classes, which are not a documented interface.

uvicorn and its parser decide what a request is. Added here is what a test suite can feel: request time-outs, error
responses in the API's envelope, answers that are not lost when a connection is closed, offers to upgrade that are
ignored, and faults that break a connection. docs/decisions/0001-the-servers-edge.md says why each of these is here.
"""

import asyncio
import logging
import sys
from collections import deque
from collections.abc import Callable
from typing import Any

import httptools
from uvicorn.protocols.http.flow_control import FlowControl
from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol, RequestResponseCycle

from mockserver.api.broken import TRANSPORT
from mockserver.errors import ApiError, Err
from mockserver.http.exchange import WHOLE, Headers, framed, refusal_answer
from mockserver.values.ids import Mint

_MAX_HEAD_BYTES = 64 * 1024
_LINGER_SECONDS = 2.0
_RESERVED_FILES = 32  # for the process itself, and for modules that are imported late

logger = logging.getLogger(__name__)

# In place of uvicorn's own for connections, whose level says whether each of their steps is logged.
_connection_logger = logging.getLogger(f"{__name__}.connection")
_connection_logger.setLevel(logging.WARNING)


class LingeringTransport(asyncio.Transport):
    """The transport that uvicorn sees: unless the connection is idle, closing it closes this side only.

    A socket that is closed over unread bytes resets the connection, and the client may lose the answer.
    """

    def __init__(self, transport: asyncio.Transport, is_idle: Callable[[], bool]) -> None:
        super().__init__()
        self.half_closed = False
        self._transport = transport
        self._is_idle = is_idle

    def write(self, data: bytes | bytearray | memoryview) -> None:
        """Send data."""
        self._transport.write(data)

    def close(self) -> None:
        """Close the connection, or this side of it."""
        if self._is_idle():
            self._transport.close()
        elif not self.is_closing():
            self.half_closed = True
            self._transport.write_eof()
            self._transport.resume_reading()

    def is_closing(self) -> bool:
        """Tell whether nothing more can be sent."""
        return self.half_closed or self._transport.is_closing()


class BackpressureFlowControl(FlowControl):
    """Flow control that reads no further while pipelined requests wait for the answer to an earlier one."""

    def __init__(self, transport: asyncio.Transport, pipeline: deque[Any]) -> None:
        super().__init__(transport)
        self._pipeline = pipeline

    def resume_reading(self) -> None:
        """Read on, unless requests wait."""
        if not self._pipeline:
            super().resume_reading()


class TimedConnection(HttpToolsProtocol):
    """A connection on which an unfinished request cannot wait forever."""

    _mint = Mint()  # of the ids of refusals, for all connections

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn's
        """Start with a new connection, for which another may have to be closed."""
        self.logger = _connection_logger
        self.access_log = False
        super().connection_made(transport)
        self.url = b""  # uvicorn sets it when the first request begins
        self._unanswered: deque[RequestResponseCycle] = deque()
        self._incomplete: RequestResponseCycle | None = None  # the request whose body is arriving
        self._receiving = False  # a request has begun to arrive, and is not complete
        self._head_bytes = 0  # received of a head that is not complete
        self._refused = False
        self._waiting_since = self.loop.time()  # for the rest of a request, the next one, or the client to close
        self.flow = BackpressureFlowControl(transport, self.pipeline)
        self._socket_transport = transport
        self.transport = self._lingering = LingeringTransport(transport, lambda: self.idle and not self._refused)
        self._extensions: dict[str, Any] = {TRANSPORT: transport, WHOLE: self._send_whole}
        if len(self.connections) > _max_connections():
            self._make_room()

    def _make_room(self) -> None:
        """Close the oldest idle connection, or else the oldest unfinished request's, or this one where all are busy."""
        others = [it for it in self.connections if isinstance(it, TimedConnection) and it is not self]
        waiting = [it for it in others if it._waits_for_client and not it._socket_transport.is_closing()]
        if not waiting:
            logger.warning("a connection was closed: %d are busy, and `ulimit -n` allows no more", len(others))
        oldest = min(waiting, key=lambda it: (it._receiving, it._waiting_since), default=self)
        oldest._socket_transport.close()

    @property
    def idle(self) -> bool:
        """Whether the connection is open, with neither a request nor an answer under way."""
        return not self._receiving and not self._unanswered and not self._socket_transport.is_closing()

    @property
    def _waits_for_client(self) -> bool:
        """Whether no answer is under way."""
        return not self._unanswered or self._unanswered[0] is self._incomplete

    def abort(self) -> None:
        """Close the connection at once, and tell its requests."""
        self._disconnect_all()
        self._socket_transport.abort()

    def connection_lost(self, exc: Exception | None) -> None:
        """Tell all requests that their client has gone; uvicorn tells only the last one."""
        self._disconnect_all()
        super().connection_lost(exc)

    def _disconnect_all(self) -> None:
        for cycle in self._unanswered:
            _disconnect(cycle)

    def data_received(self, data: bytes) -> None:
        """Parse what has arrived, and refuse it if it is not HTTP."""
        if self._refused or self._lingering.half_closed:
            return
        if self._incomplete is None:
            self._head_bytes += len(data)
        try:
            while data:
                data = self._parse(data)
        except httptools.HttpParserError as error:
            reason = "Invalid target" if isinstance(error, httptools.HttpParserCallbackError) else error
            self._refuse(ApiError(Err.BAD_REQUEST, f"The request is not valid HTTP: {reason}."))
        else:
            if self._head_bytes > _MAX_HEAD_BYTES:
                too_long = len(self.url) > _MAX_HEAD_BYTES // 2
                self._refuse(ApiError(Err.URI_TOO_LONG if too_long else Err.REQUEST_HEADER_FIELDS_TOO_LARGE))

    def _parse(self, data: bytes) -> bytes:
        """Parse and return nothing, or what is to be parsed again: a request without its offer to upgrade.

        Java's client offers HTTP/2 with its first request, and a server may ignore the offer; but the parser skips the
        body of such a request.
        """
        try:
            self.parser.feed_data(data)
        except httptools.HttpParserUpgrade as offer:
            method = self.parser.get_method()
            if method == b"CONNECT":
                raise httptools.HttpParserError("CONNECT is not supported") from None
            line = b"%b %b HTTP/%b\r\n" % (method, self.url, self.parser.get_http_version().encode())
            headers = [b"%b: %b\r\n" % header for header in self.headers if header[0] != b"upgrade"]
            self.parser = httptools.HttpRequestParser(self)
            return b"".join([line, *headers, b"\r\n", data[offer.args[0] :]])
        return b""

    def on_message_begin(self) -> None:
        """Begin a request."""
        super().on_message_begin()
        self._receiving = True
        self._waiting_since = self.loop.time()

    def on_header(self, name: bytes, value: bytes) -> None:
        """Add a header, without the white space after its value, which the parser leaves there."""
        super().on_header(name, value.rstrip(b" \t"))

    def on_headers_complete(self) -> None:
        """Queue a request, unless it will be parsed again."""
        if self.parser.should_upgrade():
            return
        super().on_headers_complete()
        self._incomplete = self.cycle
        self._unanswered.append(self.cycle)
        if self.expect_100_continue:  # after a refusal, nobody knows whether the client still sends the body
            self.cycle.keep_alive = False
        self.scope["extensions"] = self._extensions
        self.headers = []  # so that trailers do not become headers
        self._head_bytes = 0

    def on_message_complete(self) -> None:
        """End a request, unless it will be parsed again."""
        if self.parser.should_upgrade():
            return
        super().on_message_complete()
        self._incomplete = None
        self._receiving = False
        self._head_bytes = 0

    def on_response_complete(self) -> None:
        """Begin the next request; uvicorn's own method also starts a timer after every answer."""
        self._unanswered.popleft()
        self._waiting_since = self.loop.time()
        if not self.transport.is_closing():
            self.flow.resume_reading()
            if self.pipeline:
                self._start_asgi_task(*self.pipeline.pop())

    def _refuse(self, error: ApiError) -> None:
        """Answer what is not a request, unless earlier answers are due, and close the connection after the last one."""
        self._refused = True
        self._receiving = False
        self._waiting_since = self.loop.time()
        cycle = self._incomplete
        if cycle is not None and not cycle.response_complete:
            self._unanswered.pop()
            _disconnect(cycle)
        if self._unanswered:
            self._unanswered[-1].keep_alive = False
            return
        if cycle is None or not cycle.response_started:
            correlation_id = self._mint.serial("refusals")
            status, headers, content = refusal_answer(error, correlation_id)
            headers = framed([*self.server_state.default_headers, *headers], correlation_id, content)
            self._socket_transport.write(_response(status, [*headers, (b"connection", b"close")], content.body))
        self.transport.close()

    def enforce_timeouts(self, now: float, request_timeout: float) -> None:
        """Refuse a request that has not arrived in time, and close a connection that has been idle for long.

        `now` is the event loop's time; `request_timeout` is in seconds, without the time that earlier answers take.
        """
        waited = now - self._waiting_since
        if self._lingering.half_closed:
            if waited > _LINGER_SECONDS:
                self._socket_transport.close()
        elif self._receiving and self._waits_for_client and waited > request_timeout:
            self._refuse(ApiError(Err.REQUEST_TIMEOUT))
        elif self.idle and waited > self.timeout_keep_alive:
            self.transport.close()

    def _send_whole(self, status: int, headers: Headers, body: bytes) -> bool:
        """Send an answer in one write, or return False if uvicorn has to send it, which costs more."""
        if not self._unanswered or self.flow.write_paused:
            return False
        cycle = self._unanswered[0]
        if cycle.response_started or cycle.disconnected or cycle.scope["method"] == "HEAD":
            return False
        cycle.response_started = cycle.response_complete = True
        ending = [] if cycle.keep_alive else [(b"connection", b"close")]
        self._socket_transport.write(_response(status, [*cycle.default_headers, *headers, *ending], body))
        cycle.message_event.set()
        if not cycle.keep_alive:
            self.transport.close()
        self.on_response_complete()
        return True


def _response(status: int, headers: Headers, body: bytes) -> bytes:
    return b"".join([STATUS_LINE[status], *[b"%b: %b\r\n" % header for header in headers], b"\r\n", body])


def _max_connections() -> int:
    """Return how many connections the limit on open files allows."""
    if sys.platform == "win32":  # where sockets are not open files
        return sys.maxsize
    import resource

    limit, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return sys.maxsize if limit == resource.RLIM_INFINITY else max(1, limit - _RESERVED_FILES)


def _disconnect(cycle: RequestResponseCycle) -> None:
    """Tell a request's application that the client has gone."""
    cycle.disconnected = True
    cycle.message_event.set()
