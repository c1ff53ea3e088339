"""The control plane's own pass: who may call it, what they call, and the answer.

A web page must not reach it. Pages can send simple requests anywhere without asking, so a call that changes something
must be of a type that they have to ask for; and browsers say where a request comes from, so what comes from elsewhere
is refused. Where the server listens beyond loopback, a token is needed as well.
"""

import hmac
import logging
from time import monotonic

from mockserver import seeds
from mockserver.api.operation import ABSENT, body_model, unknown_fields
from mockserver.control import clock, faults, journal, worlds
from mockserver.control.request import ControlCall, ControlOperation, invalid
from mockserver.errors import ApiError, Err, MethodNotAllowedError
from mockserver.http.errors import envelope
from mockserver.http.exchange import JSON, ClientGoneError, Exchange, Headers, framed
from mockserver.http.json import JsonObject, dump_json
from mockserver.http.routing import RouteTable
from mockserver.seeds.mistakes import nearest
from mockserver.world.worlds import Worlds

MAX_BODY_BYTES = 32 * 1024 * 1024

OPERATIONS: tuple[ControlOperation, ...] = (
    *worlds.OPERATIONS,
    *journal.OPERATIONS,
    *faults.OPERATIONS,
    *clock.OPERATIONS,
)

logger = logging.getLogger(__name__)


class ControlPlane:
    """Answers everything under `/_mock/`; `token` None asks for none; `started` is when, by `monotonic`."""

    def __init__(self, worlds: Worlds, token: str | None, instance: str | None, started: float) -> None:
        self._worlds = worlds
        self._token = token
        self._instance = instance
        self._started = started
        self._routes = RouteTable((operation.method, operation.path, operation) for operation in OPERATIONS)

    async def answer(self, exchange: Exchange, correlation_id: str) -> None:
        """Answer a request."""
        headers: Headers = [(b"content-type", JSON), (b"cache-control", b"no-store")]
        try:
            operation, content = await self._outcome(exchange)
            status, body = operation.status, dump_json(content)
            if operation.yaml and b"yaml" in exchange.headers.get(b"accept", b""):
                headers[0] = (b"content-type", b"application/yaml")
                body = seeds.dump_yaml(content)
        except ClientGoneError:
            return
        except ApiError as refusal:
            status, body = refusal.err.status, envelope(refusal.err.name, refusal.message, correlation_id)
            if isinstance(refusal, MethodNotAllowedError):
                headers.append((b"allow", ", ".join(refusal.allowed).encode()))
        except Exception:
            logger.exception("the control plane failed")
            err = Err.INTERNAL_ERROR
            status, body = err.status, envelope(err.name, err.message, correlation_id)
        await exchange.answer(status, framed(headers, correlation_id, body), body)

    async def _outcome(self, exchange: Exchange) -> tuple[ControlOperation, JsonObject]:
        match = self._routes.match(exchange.method, exchange.raw_path)
        if isinstance(match, list):
            raise MethodNotAllowedError(match) if match else ApiError(Err.NOT_FOUND)
        self._check_caller(exchange)
        operation = match.target
        query = exchange.query()
        for name in query:
            if name not in operation.query_names:
                raise invalid(f"unknown parameter {name[:100]!r}; {nearest(name, sorted(operation.query_names))}")
        call = ControlCall(
            self._worlds,
            match.path,
            query,
            monotonic() - self._started,
            self._instance,
        )
        if not operation.takes_body:
            return operation, operation.handler(call)
        value = operation.read(await exchange.body(MAX_BODY_BYTES))
        if value is not ABSENT:
            _check_fields(operation, value)
        return operation, operation.handler(call, operation.validated(value))

    def _check_caller(self, exchange: Exchange) -> None:
        headers = exchange.headers
        if self._token is not None:
            given = headers.get(b"authorization", b"")
            if not hmac.compare_digest(given, f"Bearer {self._token}".encode()):
                raise _forbidden("the control token is needed: Authorization: Bearer …")
        if headers.get(b"sec-fetch-site", b"none") not in (b"none", b"same-origin"):
            raise _forbidden("web pages of other sites have no business here")
        origin = headers.get(b"origin")
        if origin is not None and origin != b"http://" + headers.get(b"host", b""):
            raise _forbidden("web pages of other origins have no business here")
        if exchange.method in ("POST", "PUT", "PATCH"):
            media_type = headers.get(b"content-type", b"").partition(b";")[0].strip().lower()
            if media_type != JSON:
                raise _forbidden("POST, PUT and PATCH need the header content-type: application/json")


def _forbidden(why: str) -> ApiError:
    return ApiError(Err.MOCK_FORBIDDEN, why)


def _check_fields(operation: ControlOperation, value: object) -> None:
    """Raise MOCK_REQUEST_INVALID for a field that the operation does not know."""
    model, _ = body_model(operation.handler)
    for where, name, known in unknown_fields(model, value):
        raise invalid(f"{where}: unknown field; {nearest(name, sorted(known))}")
