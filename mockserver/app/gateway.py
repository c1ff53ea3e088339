"""Gateway: checks the host that a request names, then passes it to the part of the server that it is for.

It stands before Starlette, whose routes by pattern cost more than the rest of the fake; what is neither the API nor the
control plane goes on to the site. Decisions read the raw path, so nothing encoded or doubled leads anywhere that the
plain path does not. Only the API is imported at the start; the rest is imported at its first request, because a server
that is started for one test should not pay for it.
"""

from collections.abc import Callable
from functools import cache
from time import monotonic
from typing import TYPE_CHECKING

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from mockserver import seeds
from mockserver.api.pipeline import Api
from mockserver.app.hosts import Hosts
from mockserver.errors import ApiError
from mockserver.http.errors import refusal_answer
from mockserver.http.exchange import CORRELATION_ID, KEY, OPENAPI, Exchange, framed
from mockserver.resources import OPERATIONS, UNBUILT
from mockserver.settings import Settings
from mockserver.values.ids import Mint
from mockserver.world.worlds import Worlds

if TYPE_CHECKING:
    from mockserver.control.app import ControlPlane

_API = b"/v1/"
_CONTROL = b"/_mock/"


def create_gateway(settings: Settings, site: Callable[[], ASGIApp] | None = None) -> "Gateway":
    """Return the gateway to the worlds of a seed; raises SeedError for a seed that cannot be loaded.

    `site` makes the application that answers everything else; without it, this package's own.
    """
    worlds = Worlds(
        seeds.load(settings.seed),
        max_worlds=settings.max_worlds,
        drop_oldest=settings.drop_oldest_world,
        journal_size=settings.journal_size,
    )
    started = monotonic()

    def control() -> "ControlPlane":
        from mockserver.control.app import ControlPlane

        return ControlPlane(worlds, settings.control_token, settings.instance, started)

    return Gateway(
        worlds,
        api=Api(OPERATIONS, UNBUILT, worlds, settings.max_body_bytes),
        hosts=Hosts(settings.allowed_hosts),
        control=control,
        site=site or _site,
    )


def _site() -> ASGIApp:
    from mockserver.app.site import create_site

    return create_site()


class Gateway:
    """ASGI application that answers the API, and passes other requests to parts that are made when first needed."""

    def __init__(
        self,
        worlds: Worlds,
        *,
        api: Api,
        hosts: Hosts,
        control: "Callable[[], ControlPlane]",
        site: Callable[[], ASGIApp],
    ) -> None:
        self.worlds = worlds
        self._api = api
        self._hosts = hosts
        self._control = cache(control)
        self._site = cache(site)
        self._mint = Mint()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer an HTTP request, or pass it on."""
        if scope["type"] != "http":
            await self._site()(scope, receive, send)
            return
        exchange = Exchange(scope, receive, send)
        try:
            self._hosts.check(exchange.headers.get(b"host"))
        except ApiError as refusal:
            correlation_id = exchange.correlation_id(self._mint)
            status, headers, content = refusal_answer(refusal, correlation_id)
            await exchange.answer(status, framed(headers, correlation_id, content), content.body)
            return
        if exchange.raw_path.startswith(_API):
            await self._api.answer(exchange)
        elif exchange.raw_path.startswith(_CONTROL):
            await self._control().answer(exchange, exchange.correlation_id(self._mint))
        elif KEY in exchange.headers and exchange.raw_path != OPENAPI:
            await self._api.answer(exchange)  # a client with a key means the API, and should hear of a wrong path
        else:
            path = exchange.raw_path.decode("latin-1")  # the router would take the decoded one
            scope["path"] = scope.get("root_path", "") + path
            scope["correlation_id"] = exchange.correlation_id(self._mint)
            await self._site()(scope, receive, _with_correlation_id(send, scope["correlation_id"]))


def _with_correlation_id(send: Send, correlation_id: str) -> Send:
    async def send_with_header(message: Message) -> None:
        if message["type"] == "http.response.start":
            message["headers"] = [*message["headers"], (CORRELATION_ID, correlation_id.encode("latin-1"))]
        await send(message)

    return send_with_header
