"""The first thing that a request meets: the host that it names, then the part of the server that it is for.

It stands before all of Starlette, whose routes by pattern cost more than the rest of the fake; what is neither the API
nor the control plane goes on to it. Decisions read the raw path: nothing encoded or doubled leads anywhere
that the plain path does not.
"""

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from mockserver.api import Api
from mockserver.control import ControlPlane
from mockserver.envelope import envelope
from mockserver.errors import ApiError
from mockserver.exchange import CORRELATION_ID, JSON, Exchange, framed
from mockserver.hosts import Hosts
from mockserver.minting import Mint
from mockserver.wire import dump_json

_API = b"/v1/"
_CONTROL = b"/_mock/"


class Gateway:
    """ASGI application that answers the API and the control plane, and passes everything else on."""

    def __init__(self, app: ASGIApp, *, api: Api, control: ControlPlane, hosts: Hosts) -> None:
        self._app = app
        self._api = api
        self._control = control
        self._hosts = hosts
        self._mint = Mint()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer an HTTP request, or have it answered."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        exchange = Exchange(scope, receive, send)
        try:
            self._hosts.check(exchange.headers.get(b"host"))
        except ApiError as refusal:
            correlation_id = self._correlation_id(exchange)
            body = dump_json(envelope(refusal.err.name, refusal.message, correlation_id))
            await exchange.answer(refusal.err.status, framed([(b"content-type", JSON)], correlation_id, body), body)
            return
        if exchange.raw_path.startswith(_API):
            await self._api.answer(exchange)
        elif exchange.raw_path.startswith(_CONTROL):
            await self._control.answer(exchange, self._correlation_id(exchange))
        else:
            scope["path"] = exchange.raw_path.decode("latin-1")  # the router would take the decoded one
            scope["correlation_id"] = self._correlation_id(exchange)
            await self._app(scope, receive, _with_correlation_id(send, scope["correlation_id"]))

    def _correlation_id(self, exchange: Exchange) -> str:
        sent = exchange.headers.get(CORRELATION_ID)
        return sent.decode("latin-1") if sent else self._mint.serial("correlation-ids")


def _with_correlation_id(send: Send, correlation_id: str) -> Send:
    async def send_with_header(message: Message) -> None:
        if message["type"] == "http.response.start":
            message["headers"] = [*message["headers"], (CORRELATION_ID, correlation_id.encode("latin-1"))]
        await send(message)

    return send_with_header
