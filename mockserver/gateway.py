"""The one pass that every request takes: correlation id, route, key, agent, body, answer.

It stands before Starlette's router and answers everything under `/v1/` itself, because routes by pattern cost more
than the rest of the fake; what else there is goes on to the router. From the moment that the body is there, nothing
awaits: an operation is atomic without a lock.
"""

import logging
from collections.abc import Iterable
from urllib.parse import parse_qsl

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from mockserver.auth import Caller, identify
from mockserver.dispatch import RouteTable
from mockserver.envelope import envelope
from mockserver.errors import ApiError, Err
from mockserver.operations import Call, Operation
from mockserver.state.access import authorise_account, authorise_agent
from mockserver.wire import JsonObject, dump_json
from mockserver.worlds import Worlds

CORRELATION_ID = b"x-polyai-correlation-id"

_PREFIX = b"/v1/"
_HEADERS = [
    (b"content-type", b"application/json"),
    (b"access-control-allow-origin", b"*"),
    (b"access-control-expose-headers", b"*"),
]
_MAX_QUERY_FIELDS = 100

logger = logging.getLogger(__name__)


class ClientGoneError(Exception):
    """The client went away before its request was complete."""


class Gateway:
    """ASGI middleware that answers API operations and passes everything else on."""

    def __init__(
        self,
        app: ASGIApp,
        *,
        operations: Iterable[Operation],
        unbuilt: Iterable[tuple[str, str]],
        worlds: Worlds,
        max_body_bytes: int,
    ) -> None:
        self._app = app
        self._worlds = worlds
        self._max_body_bytes = max_body_bytes
        self._routes: RouteTable[Operation | None] = RouteTable(
            [
                *((operation.method, operation.path, operation) for operation in operations),
                *((method, path, None) for method, path in unbuilt),
            ]
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer an HTTP request; see the module's docstring."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = dict(scope["headers"])
        correlation_id: bytes = headers.get(CORRELATION_ID) or self._mint_correlation_id()
        if not scope["raw_path"].startswith(_PREFIX):
            scope["correlation_id"] = correlation_id.decode("latin-1")
            await self._app(scope, receive, _with_header(send, correlation_id))
            return

        status, extra = 500, []
        try:
            status, content = await self._answer(scope, headers, receive)
        except ClientGoneError:
            return
        except ApiError as refusal:
            status, content = refusal.err.status, envelope(refusal.err, correlation_id.decode("latin-1"))
            if isinstance(refusal, MethodNotAllowedError):
                extra = [(b"allow", ", ".join(refusal.allowed).encode())]
        except Exception:
            logger.exception("%s %s failed", scope["method"], ascii(scope["path"]))
            content = envelope(Err.INTERNAL_ERROR, correlation_id.decode("latin-1"))
        body = dump_json(content)
        await send(
            {
                "type": "http.response.start",
                "status": status,
                "headers": [
                    *_HEADERS,
                    *extra,
                    (CORRELATION_ID, correlation_id),
                    (b"content-length", str(len(body)).encode()),
                ],
            }
        )
        await send({"type": "http.response.body", "body": body})

    async def _answer(self, scope: Scope, headers: dict[bytes, bytes], receive: Receive) -> tuple[int, JsonObject]:
        match = self._routes.match(scope["method"], scope["raw_path"])
        if isinstance(match, list):
            raise MethodNotAllowedError(match) if match else ApiError(Err.NOT_FOUND)
        caller = identify(self._worlds, headers.get(b"x-api-key"))
        operation = match.target
        if operation is None:
            _authorise(caller, match.path)
            raise ApiError(Err.NOT_IMPLEMENTED)
        agent = authorise_agent(caller.world.state, caller.key, match.path["agentId"])
        query = _query(scope["query_string"])
        body = b""
        if operation.takes_body:
            body = await _read_body(headers, receive, self._max_body_bytes)
        content = operation.respond(Call(caller, agent, match.path, query), body)
        return operation.status, content

    def _mint_correlation_id(self) -> bytes:
        return self._worlds.default.mint.uuid4("correlation-ids").encode()


class MethodNotAllowedError(ApiError):
    """A refusal that names the methods that the path does allow."""

    def __init__(self, allowed: list[str]) -> None:
        super().__init__(Err.METHOD_NOT_ALLOWED)
        self.allowed = allowed


def _authorise(caller: Caller, path: dict[str, str]) -> None:
    """Check the caller's right to the agent or account of an operation that is not built."""
    state = caller.world.state
    if "agentId" in path:
        authorise_agent(state, caller.key, path["agentId"])
    else:
        authorise_account(state, caller.key, path["accountId"])


def _query(query_string: bytes) -> dict[str, str]:
    text = query_string.decode("latin-1").replace("+", "%2B")  # as in paths, a plus sign is never a space
    try:
        pairs = parse_qsl(text, keep_blank_values=True, max_num_fields=_MAX_QUERY_FIELDS)
    except ValueError:
        raise ApiError(Err.SCHEMA_VALIDATION_FAILED) from None
    return dict(pairs)


async def _read_body(headers: dict[bytes, bytes], receive: Receive, limit: int) -> bytes:
    """Return the whole body; raises PAYLOAD_TOO_LARGE as soon as it is known to be over `limit` bytes."""
    declared = headers.get(b"content-length", b"0")
    if declared.isdigit() and int(declared[:20]) > limit:
        raise ApiError(Err.PAYLOAD_TOO_LARGE)
    body = b""
    more = True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise ClientGoneError
        body += message.get("body", b"")
        if len(body) > limit:
            raise ApiError(Err.PAYLOAD_TOO_LARGE)
        more = message.get("more_body", False)
    return body


def _with_header(send: Send, correlation_id: bytes) -> Send:
    async def send_with_header(message: Message) -> None:
        if message["type"] == "http.response.start":
            message["headers"] = [*message["headers"], (CORRELATION_ID, correlation_id)]
        await send(message)

    return send_with_header
