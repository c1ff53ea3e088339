"""What comes on a connection, and when it is a request.

What is refused before it is a request gets an answer in the API's envelope, and the connection ends, so that nothing
that follows on it is ever taken for a request. Requests are parsed piece by piece, and no more of them than are
answered: what a client sends ahead waits in its own socket.
"""

from typing import Any, NoReturn

import httptools
from uvicorn.protocols.http.flow_control import HIGH_WATER_LIMIT
from uvicorn.protocols.http.httptools_impl import RequestResponseCycle

from mockserver.errors import ApiError, Err
from mockserver.server.connection import MortalConnection
from mockserver.server.cycle import PoliteTransport, closing_unless_continued
from mockserver.server.framing import (
    FRAMING_HEADERS,
    MAX_HEADER_BYTES,
    MAX_HEADERS,
    MAX_TARGET_BYTES,
    framing_mistake,
    header_bytes,
    host_in,
    trailer_mistake,
)

_PIECE_BYTES = 16 * 1024
_MAX_UNFINISHED_BYTES = MAX_TARGET_BYTES + MAX_HEADER_BYTES + _PIECE_BYTES


class Protocol(MortalConnection):
    """A connection whose every request is whole, in time and for one host, or refused."""

    _upgrading = False
    _unfinished = 0  # bytes of pieces that brought no progress
    _framing: list[tuple[bytes, bytes]]  # of the request that is being read
    _objection: ApiError | None = None  # of a callback, which the parser passes on only where nothing else is handled

    def data_received(self, data: bytes) -> None:
        """Parse what came, or keep it until it is its turn."""
        if self._refusal is not None or self._leaving is not None:
            self._ignore(len(data))
        elif self._waiting():
            self._unparsed += data
            self.flow.pause_reading()
        elif len(data) <= _PIECE_BYTES:
            self._parse(data)
        else:
            self._unparsed = data
            self._parse_on()

    def _parse_on(self) -> None:
        """Parse what has come, up to the first request that has to wait for another's answer."""
        while self._unparsed and not self.pipeline and self._refusal is None and self._leaving is None:
            piece, self._unparsed = self._unparsed[:_PIECE_BYTES], self._unparsed[_PIECE_BYTES:]
            self._parse(piece)
        if self.pipeline:
            self.flow.pause_reading()

    def _parse(self, piece: bytes) -> None:
        self._unfinished += len(piece)
        try:
            self.parser.feed_data(piece)
        except httptools.HttpParserUpgrade as offer:
            self._pass_over_upgrade(piece[offer.args[0] :])
        except httptools.HttpParserError as error:
            self._refuse(self._objection or _malformed(str(error)))
        else:
            if self._unfinished > _MAX_UNFINISHED_BYTES:
                in_body = self._receiving and not self._in_head
                too_long = _malformed("too much between the chunks") if in_body else None
                self._refuse(too_long or ApiError(Err.REQUEST_HEADER_FIELDS_TOO_LARGE))

    def _pass_over_upgrade(self, rest: bytes) -> None:
        """Have a request parsed again without its offer to upgrade, because the parser skips the body of such a one.

        Java's client offers HTTP/2 with its first request, and a server may ignore the offer.
        """
        line = b"%b %b HTTP/%b\r\n" % (self.parser.get_method(), self.url, self.parser.get_http_version().encode())
        headers = [b"%b: %b\r\n" % (name, value) for name, value in self.headers if name != b"upgrade"]
        self.parser = httptools.HttpRequestParser(self)  # the one before reads nothing after `Connection: close`
        self._unparsed = b"".join([line, *headers, b"\r\n", rest, self._unparsed])
        self._upgrading = False
        self._unfinished = 0
        self._parse_on()

    def _object(self, objection: ApiError) -> NoReturn:
        self._objection = objection
        raise objection

    def on_message_begin(self) -> None:
        """Begin a request."""
        super().on_message_begin()
        self.scope["extensions"] = self._extensions
        self._framing = []
        self._receiving = True
        self._since = self.loop.time()

    def on_url(self, url: bytes) -> None:
        """Take a part of the target; raises URI_TOO_LONG."""
        self.url += url
        if len(self.url) > MAX_TARGET_BYTES:
            self._object(ApiError(Err.URI_TOO_LONG))

    def on_header(self, name: bytes, value: bytes) -> None:
        """Take a header, or a trailer."""
        name = name.lower()
        value = value.rstrip(b" \t")  # the parser leaves it there
        self.headers.append((name, value))
        if name in FRAMING_HEADERS:
            self._framing.append((name, value))
        elif name == b"expect" and value.lower() == b"100-continue":
            self.expect_100_continue = True

    def on_headers_complete(self) -> None:
        """Check the head of a request, and have it answered in its turn.

        Raises BAD_REQUEST and REQUEST_HEADER_FIELDS_TOO_LARGE.
        """
        headers = self.headers
        if len(headers) > MAX_HEADERS or (self._unfinished > _PIECE_BYTES and header_bytes(headers) > MAX_HEADER_BYTES):
            self._object(ApiError(Err.REQUEST_HEADER_FIELDS_TOO_LARGE))
        version = self.parser.get_http_version()
        mistake = framing_mistake(version, self.url, self._framing)
        if mistake:
            self._object(_malformed(mistake))
        if self.parser.should_upgrade():
            if self.parser.get_method() == b"CONNECT":  # which is no offer, and cannot be passed over
                self._object(_malformed("there is nothing to CONNECT to"))
            self._upgrading = True
            return
        if version == "1.0":
            self.expect_100_continue = False  # HTTP/1.0 does not know it
            if not any(name == b"host" for name, _ in self._framing):
                headers.append((b"host", host_in(self.url) or b""))
        super().on_headers_complete()
        self.headers = []  # trailers are not headers
        self._in_head = False
        self._unfinished = 0
        if not self.cycle.keep_alive or self.expect_100_continue:
            self.cycle.transport = PoliteTransport(self.transport, self._leave)

    def on_body(self, body: bytes) -> None:
        """Hand a part of the body on, unless the answer did not wait for it."""
        self._unfinished = 0
        cycle = self.cycle
        if cycle.response_complete:
            self._ignore(len(body))
            return
        cycle.body += body
        if len(cycle.body) > HIGH_WATER_LIMIT:
            self.flow.pause_reading()
        cycle.message_event.set()

    def on_message_complete(self) -> None:
        """End a request; raises BAD_REQUEST for its trailers."""
        if self._upgrading:
            return
        if self.headers:
            mistake = trailer_mistake(self.headers)
            if mistake:
                self._object(_malformed(mistake))
        self._receiving = False
        self._in_head = True
        self._unfinished = 0
        self._ignored = 0
        self._since = self.loop.time()
        self.cycle.more_body = False
        self.cycle.message_event.set()

    def _start_asgi_task(self, cycle: RequestResponseCycle, app: Any) -> None:
        self._active = cycle
        if cycle.waiting_for_100_continue:
            app = closing_unless_continued(cycle, app)
        super()._start_asgi_task(cycle, app)

    def on_response_complete(self) -> None:
        """Go on with what waited for an answer."""
        self.server_state.total_requests += 1
        self._active = None
        if self._leaving is not None or self.transport.is_closing():
            return
        self._since = self.loop.time()
        if self.pipeline:
            self._start_asgi_task(*self.pipeline.pop())
        elif self._refusal is not None:
            self._send_refusal(self._refusal)
            return
        if self._unparsed:
            self._parse_on()
        self.flow.resume_reading()


def _malformed(what: str) -> ApiError:
    return ApiError(Err.BAD_REQUEST, f"The request is not valid HTTP: {what[:1].lower()}{what[1:]}.")
