"""One request and its answer, in the terms of ASGI: what all parts of the server read and send alike."""

from urllib.parse import parse_qsl

from starlette.types import Receive, Scope, Send

from mockserver.errors import ApiError, Err

KEY = b"x-api-key"
CORRELATION_ID = b"x-polyai-correlation-id"
JSON = b"application/json"

OPENAPI = b"/openapi.json"

WHOLE = "mockserver.whole"  # the ASGI extension of a server that can send an answer in one piece

_MAX_QUERY_FIELDS = 100

Headers = list[tuple[bytes, bytes]]


class ClientGoneError(Exception):
    """The client went away before its request was complete."""


class Exchange:
    """A request that is being answered."""

    def __init__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.scope = scope
        self.receive = receive
        self.send = send
        self.method: str = scope["method"]
        self.raw_path: bytes = scope["raw_path"].removeprefix(scope.get("root_path", "").encode())
        self.headers: dict[bytes, bytes] = dict(scope["headers"])

    @property
    def target(self) -> str:
        """The path and the query as they were sent."""
        query: bytes = self.scope["query_string"]
        return (self.raw_path + b"?" + query if query else self.raw_path).decode("latin-1")

    def query(self) -> dict[str, str]:
        """Return the query parameters; raises SCHEMA_VALIDATION_FAILED for too many of them."""
        query: bytes = self.scope["query_string"]
        if not query:
            return {}
        text = query.decode("latin-1").replace("+", "%2B")  # as in paths, a plus sign is never a space
        try:
            return dict(parse_qsl(text, keep_blank_values=True, max_num_fields=_MAX_QUERY_FIELDS))
        except ValueError:
            raise ApiError(Err.SCHEMA_VALIDATION_FAILED) from None

    async def body(self, limit: int) -> bytes:
        """Return the whole body; raises PAYLOAD_TOO_LARGE as soon as it is known to be over `limit` bytes."""
        declared = self.headers.get(b"content-length", b"0")
        if declared.isdigit() and int(declared[:20]) > limit:
            raise ApiError(Err.PAYLOAD_TOO_LARGE)
        body = b""
        pieces: list[bytes] = []
        size = 0
        while size <= limit:
            message = await self.receive()
            if message["type"] == "http.disconnect":
                raise ClientGoneError
            body = message.get("body", b"")
            size += len(body)
            if not message.get("more_body", False):
                break
            pieces.append(body)
        if size > limit:
            raise ApiError(Err.PAYLOAD_TOO_LARGE)
        return b"".join([*pieces, body]) if pieces else body

    async def answer(self, status: int, headers: Headers, body: bytes) -> None:
        """Send an answer as a whole, in one piece where the server can."""
        send_whole = self.scope.get("extensions", {}).get(WHOLE)
        if send_whole is not None and send_whole(status, headers, body):
            return
        await self.send({"type": "http.response.start", "status": status, "headers": headers})
        await self.send({"type": "http.response.body", "body": body})


def framed(headers: Headers, correlation_id: str, body: bytes) -> Headers:
    """Return headers with the correlation id, and the length of a body."""
    return [
        *headers,
        (CORRELATION_ID, correlation_id.encode("latin-1")),
        (b"content-length", b"%d" % len(body)),
    ]
