"""Gateway: checks the host that a request names, then passes it to the part of the server that it is for.

Decisions read the raw path, so nothing encoded or doubled leads anywhere that the plain path does not. Only the API is
imported at the start; the rest is imported at its first request, because a server that is started for one test should
not pay for it.
"""

import logging
from functools import cached_property
from time import monotonic
from typing import TYPE_CHECKING

from starlette.types import Receive, Scope, Send

from mockserver import seeds
from mockserver.api.pipeline import Api
from mockserver.app.hosts import Hosts
from mockserver.errors import ApiError, Err, method_not_allowed
from mockserver.http.exchange import KEY, OPENAPI, ClientGoneError, Content, Exchange, Headers, framed, refusal_answer
from mockserver.http.json import dump_json
from mockserver.resources import OPERATIONS, UNBUILT
from mockserver.settings import Settings
from mockserver.values.ids import Mint
from mockserver.world.worlds import Worlds

if TYPE_CHECKING:
    from mockserver.control.app import ControlPlane

_API = b"/v1/"
_CONTROL = b"/_mock/"

logger = logging.getLogger(__name__)


class Gateway:
    """ASGI application for the worlds of a seed; raises SeedError for a seed that cannot be loaded."""

    def __init__(self, settings: Settings) -> None:
        self.worlds = Worlds(
            seeds.load(settings.seed),
            max_worlds=settings.max_worlds,
            drop_oldest=settings.drop_oldest_world,
            max_idle=settings.max_idle,
            journal_size=settings.journal_size,
            journal_bytes=settings.journal_bytes,
        )
        self._settings = settings
        self._started = monotonic()
        self._api = Api(OPERATIONS, UNBUILT, self.worlds, settings.max_body_bytes)
        self._hosts = Hosts(settings.allowed_hosts)
        self._mint = Mint()

    @cached_property
    def _control(self) -> "ControlPlane":
        from mockserver.control.app import ControlPlane

        return ControlPlane(self.worlds, self._settings, self._started)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer an HTTP request."""
        if scope["type"] == "websocket":
            await send({"type": "websocket.close"})
            return
        exchange = Exchange(scope, receive, send)
        path, refusal = exchange.raw_path, None
        in_api, for_control = path.startswith(_API), path.startswith(_CONTROL)
        # A client with a key means the API, and should hear of a wrong path.
        for_api = in_api or (KEY in exchange.headers and path != OPENAPI and not for_control)
        try:
            self._hosts.check(scope, required=not in_api)
            if for_control:
                status, content = await self._control.answer(exchange)
            elif not for_api:
                status, content = 200, _document(exchange)
        except ClientGoneError:
            return
        except ApiError as error:
            refusal = error
        except Exception:
            logger.exception("%s failed", exchange.target)
            refusal = ApiError(Err.INTERNAL_ERROR)
        if for_api and refusal is None:
            await self._api.answer(exchange)
            return
        correlation_id = exchange.correlation_id(self._mint, "server")
        headers: Headers = [(b"cache-control", b"no-store")] if for_control else []
        if refusal is not None:
            status, more, content = refusal_answer(refusal, correlation_id)
            headers += more
        await exchange.answer(status, framed(headers, correlation_id, content), content.body)


def _document(exchange: Exchange) -> Content:
    """Return the OpenAPI document; raises the refusal of another path or method."""
    if exchange.raw_path != OPENAPI:
        raise ApiError(Err.NOT_FOUND)
    if exchange.method not in ("GET", "HEAD"):
        raise method_not_allowed(("GET", "HEAD"))
    from mockserver.openapi.document import document  # imports pydantic, which a server may never need

    return Content(dump_json(document()))
