"""Control plane: answers everything under `/_mock/` for tests and people, and refuses web pages.

A page of another site cannot use it even on the same machine: a cross-origin request is refused by `Origin` and
`Sec-Fetch-Site`, and one that changes something needs a media type for which browsers ask permission first. Where the
server listens beyond loopback, a token is needed as well.
"""

import hmac
import logging
from time import monotonic

from mockserver import seeds
from mockserver.api.answers import content_of
from mockserver.api.near_misses import unknown_in
from mockserver.control import clock, faults, journal, worlds
from mockserver.control.request import ControlOperation, ControlRequest, invalid
from mockserver.errors import ApiError, Err
from mockserver.http.errors import refusal_answer
from mockserver.http.exchange import JSON, ClientGoneError, Content, Exchange, Headers, framed
from mockserver.http.routing import RouteTable
from mockserver.values.text import nearest
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
    """Answers everything under `/_mock/`; `started` is the start by `monotonic`; `token` None asks for none."""

    def __init__(self, worlds: Worlds, token: str | None, instance: str | None, started: float) -> None:
        self._worlds = worlds
        self._token = token
        self._instance = instance
        self._started = started
        self._routes = RouteTable((operation.method, operation.path, operation) for operation in OPERATIONS)

    async def answer(self, exchange: Exchange, correlation_id: str) -> None:
        """Answer a request."""
        headers: Headers = [(b"cache-control", b"no-store")]
        try:
            status, content = await self._answer(exchange)
        except ClientGoneError:
            return
        except ApiError as refusal:
            status, more, content = refusal_answer(refusal, correlation_id)
            headers += more
        except Exception:
            logger.exception("the control plane failed")
            status, _, content = refusal_answer(ApiError(Err.INTERNAL_ERROR), correlation_id)
        await exchange.answer(status, framed(headers, correlation_id, content), content.body)

    async def _answer(self, exchange: Exchange) -> tuple[int, Content]:
        operation, path = self._routes.match(exchange.method, exchange.raw_path)
        self._check_caller(exchange)
        query = exchange.query()
        request = ControlRequest(self._worlds, path, monotonic() - self._started, self._instance)
        body: object = None
        if operation.body is not None:
            body = await operation.read(exchange.headers, await exchange.body(MAX_BODY_BYTES))
        for unknown in unknown_in(operation, query, body):
            what = f"unknown parameter {unknown.name!r}" if unknown.in_query else f"{unknown.where}: unknown field"
            raise invalid(f"{what}; {nearest(unknown.name, sorted(unknown.known))}")
        try:
            arguments = operation.arguments(query, body)
        except ApiError as refusal:  # what reaches only the journal of a world is the answer here
            raise invalid("; ".join(refusal.why)) from None
        answer = operation.handler(request, **arguments)
        if operation.yaml and b"yaml" in exchange.headers.get(b"accept", b""):
            assert isinstance(answer, dict), f"{operation.name} answers with a seed"
            return operation.success, Content(seeds.dump_yaml(answer), "application/yaml")
        return operation.success, content_of(answer)

    def _check_caller(self, exchange: Exchange) -> None:
        headers = exchange.headers
        if self._token is not None:
            given = headers.get(b"authorization", b"")
            if not hmac.compare_digest(given, f"Bearer {self._token}".encode()):
                raise _forbidden("the control token is needed: Authorization: Bearer …")
        if headers.get(b"sec-fetch-site", b"none") not in (b"none", b"same-origin"):
            raise _forbidden("cross-site requests are not allowed")
        origin = headers.get(b"origin")
        if origin is not None and origin != b"http://" + headers.get(b"host", b""):
            raise _forbidden("cross-origin requests are not allowed")
        if exchange.method in ("POST", "PUT", "PATCH") and exchange.media_type != JSON:
            raise _forbidden("POST, PUT and PATCH need the header content-type: application/json")


def _forbidden(why: str) -> ApiError:
    return ApiError(Err.MOCK_FORBIDDEN, why)
