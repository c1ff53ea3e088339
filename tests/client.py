"""An httpx client of an in-process server: real requests and responses, no socket and no thread."""

import asyncio
from typing import Any

import httpx
from starlette.applications import Starlette
from starlette.types import ASGIApp

from mockserver.app import create_app
from mockserver.settings import Settings
from mockserver.state.state import State
from mockserver.world.worlds import World

AGENT = "PROJECT-58RP822I"
OTHER_AGENT = "PROJECT-JTQKOKLM"


def server(seed: str = "two_agents", **settings: Any) -> Starlette:
    """Return the application of a server."""
    return create_app(Settings(seed=seed, allowed_hosts=("mock",), **settings))


class InProcess(httpx.BaseTransport):
    """Hands requests to an ASGI application on an event loop of its own."""

    def __init__(self, app: ASGIApp) -> None:
        self._transport = httpx.ASGITransport(app)
        self._loop = asyncio.new_event_loop()

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        return self._loop.run_until_complete(self._handle(request))

    async def _handle(self, request: httpx.Request) -> httpx.Response:
        answer = await self._transport.handle_async_request(
            httpx.Request(request.method, request.url, headers=request.headers, content=request.read())
        )
        content = await answer.aread()
        return httpx.Response(answer.status_code, headers=answer.headers, content=content)

    def close(self) -> None:
        self._loop.close()


class Client(httpx.Client):
    """Acts on the telephony of one agent; the default world behind it is at hand."""

    def __init__(
        self,
        seed: str | Starlette = "two_agents",
        *,
        agent: str = AGENT,
        key: str | None = "demo-key",
        **settings: Any,
    ) -> None:
        app = server(seed, **settings) if isinstance(seed, str) else seed
        self.world: World = app.state.worlds.default
        super().__init__(
            transport=InProcess(app),
            base_url=f"http://mock/v1/agents/{agent}/telephony",
            headers={} if key is None else {"x-api-key": key},
        )

    @property
    def state(self) -> State:
        return self.world.state


def assert_refused(answer: httpx.Response, status: int, code: str) -> None:
    """Assert status, code, and that the body is the six-key envelope tied to the response's correlation id."""
    assert answer.status_code == status, answer.text
    body = answer.json()
    assert set(body) == {"success", "error", "error_id", "error_code", "error_message", "data"}
    assert body["error_code"] == code
    assert body["success"] is False
    assert body["data"] is None
    assert body["error"] == body["error_message"]
    assert body["error_id"] == answer.headers["x-polyai-correlation-id"]
