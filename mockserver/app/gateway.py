"""The first thing that a request meets: the host that it names, then the part of the server that it is for.

It stands before all of Starlette, whose routes by pattern cost more than the rest of the fake; what is neither the API
nor the control plane goes on to it. Decisions read the raw path: nothing encoded or doubled leads anywhere that the
plain path does not. Only the API is there from the start; the rest is imported when it is first asked for, because a
server that is started for one test should not pay for it.
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
from mockserver.http.errors import envelope
from mockserver.http.exchange import CORRELATION_ID, JSON, KEY, OPENAPI, Exchange, framed
from mockserver.resources import OPERATIONS, UNBUILT
from mockserver.settings import Settings
from mockserver.values.ids import Mint
from mockserver.world.worlds import Worlds

if TYPE_CHECKING:
    from mockserver.control.app import ControlPlane

_API = b"/v1/"
_CONTROL = b"/_mock/"


def create_gateway(settings: Settings, site: Callable[[], ASGIApp] | None = None) -> "Gateway":
    """Return the gateway to the worlds of a seed, which raises SeedError where it cannot be loaded.

    `site` makes what answers everything else, which is the site of this package unless it is given.
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
    """ASGI application that answers the API, and passes everything else on to parts that are made when first needed."""

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
        """Answer an HTTP request, or have it answered."""
        if scope["type"] != "http":
            await self._site()(scope, receive, send)
            return
        exchange = Exchange(scope, receive, send)
        try:
            self._hosts.check(exchange.headers.get(b"host"))
        except ApiError as refusal:
            correlation_id = self._correlation_id(exchange)
            body = envelope(refusal.err.name, refusal.message, correlation_id)
            await exchange.answer(refusal.err.status, framed([(b"content-type", JSON)], correlation_id, body), body)
            return
        if exchange.raw_path.startswith(_API):
            await self._api.answer(exchange)
        elif exchange.raw_path.startswith(_CONTROL):
            await self._control().answer(exchange, self._correlation_id(exchange))
        elif KEY in exchange.headers and exchange.raw_path != OPENAPI:
            await self._api.answer(exchange)  # whoever brings a key means the API, and should hear of a wrong path
        else:
            path = exchange.raw_path.decode("latin-1")  # the router would take the decoded one
            scope["path"] = scope.get("root_path", "") + path
            scope["correlation_id"] = self._correlation_id(exchange)
            await self._site()(scope, receive, _with_correlation_id(send, scope["correlation_id"]))

    def _correlation_id(self, exchange: Exchange) -> str:
        sent = exchange.headers.get(CORRELATION_ID)
        return sent.decode("latin-1") if sent else self._mint.serial("correlation-ids")


def _with_correlation_id(send: Send, correlation_id: str) -> Send:
    async def send_with_header(message: Message) -> None:
        if message["type"] == "http.response.start":
            message["headers"] = [*message["headers"], (CORRELATION_ID, correlation_id.encode("latin-1"))]
        await send(message)

    return send_with_header
