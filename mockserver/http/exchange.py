"""HTTP exchange: one request and its answer, in ASGI's terms, and refusals as answers."""

from typing import NamedTuple
from urllib.parse import parse_qsl, quote

from starlette.types import Receive, Scope, Send

from mockserver.errors import ApiError, Err
from mockserver.http.json import dump_json
from mockserver.values.ids import Mint

KEY = b"x-api-key"
CORRELATION_ID = b"x-polyai-correlation-id"
JSON = "application/json"

OPENAPI = b"/openapi.json"

WHOLE = "mockserver.whole"  # the ASGI extension of a server that can send an answer in one write

_MAX_QUERY_FIELDS = 100

Headers = list[tuple[bytes, bytes]]


class ClientGoneError(Exception):
    """The client disconnected before its request was complete."""


class Content(NamedTuple):
    """The body of an answer with its media type; an empty media type means that there is no body at all."""

    body: bytes
    media_type: str = JSON


NO_CONTENT = Content(b"", "")


class Exchange:
    """A request that is being answered."""

    def __init__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.scope = scope
        self.receive = receive
        self.send = send
        self.method: str = scope["method"]
        self.raw_path: bytes = scope.get("raw_path") or quote(scope["path"], safe="/+:@!$&'()*,;=").encode()
        if root_path := scope.get("root_path"):
            self.raw_path = self.raw_path.removeprefix(root_path.encode())
        self.headers: dict[bytes, bytes] = dict(scope["headers"])

    @property
    def target(self) -> str:
        """The path and the query as they were sent."""
        query: bytes = self.scope["query_string"]
        return (self.raw_path + b"?" + query if query else self.raw_path).decode("latin-1")

    @property
    def media_type(self) -> str:
        """The media type of the request's body without its parameters, in lower case; empty where none was sent."""
        return self.headers.get(b"content-type", b"").partition(b";")[0].strip().lower().decode("latin-1")

    def correlation_id(self, mint: Mint, where: str) -> str:
        """Return the correlation id that the client sent, or the next one of a mint, whose stream says where it is."""
        sent = self.headers.get(CORRELATION_ID)
        return sent.decode("latin-1") if sent else mint.serial(where)

    def query(self) -> dict[str, str]:
        """Return the query parameters; raises SCHEMA_VALIDATION_FAILED for too many of them."""
        if not self.scope["query_string"]:
            return {}
        text = self.scope["query_string"].decode("latin-1").replace("+", "%2B")  # as in paths, a plus sign stays one
        try:
            return dict(parse_qsl(text, keep_blank_values=True, max_num_fields=_MAX_QUERY_FIELDS))
        except ValueError:
            why = f"the query has more than {_MAX_QUERY_FIELDS} parameters"
            raise ApiError(Err.SCHEMA_VALIDATION_FAILED, why=why) from None

    async def body(self, limit: int) -> bytes:
        """Return the whole body; raises PAYLOAD_TOO_LARGE as soon as it is known to be over `limit` bytes."""
        declared = self.headers.get(b"content-length", b"0")
        if declared.isdigit() and int(declared[:20]) > limit:
            raise ApiError(Err.PAYLOAD_TOO_LARGE)
        pieces: list[bytes] = []
        more = True
        while more:
            message = await self.receive()
            if message["type"] == "http.disconnect":
                raise ClientGoneError
            pieces.append(message.get("body", b""))
            limit -= len(pieces[-1])
            if limit < 0:
                raise ApiError(Err.PAYLOAD_TOO_LARGE)
            more = message.get("more_body", False)
        return b"".join(pieces)

    async def answer(self, status: int, headers: Headers, body: bytes) -> None:
        """Send an answer as a whole, in one write where the server can; that to HEAD has no body."""
        send_whole = self.scope.get("extensions", {}).get(WHOLE)
        if send_whole is not None and send_whole(status, headers, body):
            return
        await self.send({"type": "http.response.start", "status": status, "headers": headers})
        await self.send({"type": "http.response.body", "body": b"" if self.method == "HEAD" else body})


def framed(headers: Headers, correlation_id: str, content: Content) -> Headers:
    """Return headers with the correlation id, and the media type and length of the content if there is any."""
    body, media_type = content
    sent = [*headers, (CORRELATION_ID, correlation_id.encode("latin-1"))]
    if media_type:
        sent += ((b"content-type", media_type.encode("latin-1")), (b"content-length", b"%d" % len(body)))
    return sent


def envelope(code: str, message: str, correlation_id: str) -> bytes:
    """Return the body of an error (documented: six keys, both texts alike, `error_id` the correlation id)."""
    return dump_json(
        {
            "success": False,
            "error": message,
            "error_id": correlation_id,
            "error_code": code,
            "error_message": message,
            "data": None,
        }
    )


def refusal_answer(refusal: ApiError, correlation_id: str) -> tuple[int, Headers, Content]:
    """Return the status, the headers and the body that a refusal is answered with."""
    headers = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in refusal.headers.items()]
    if refusal.body is not None:
        return refusal.err.status, headers, Content(dump_json(refusal.body))
    return refusal.err.status, headers, Content(envelope(refusal.err.name, refusal.message, correlation_id))
