"""Server without a socket: httpx transports that call the application in process.

Clients may run in several threads, each with an event loop, while the application relies on running alone between two
awaits. So each step between two awaits holds a lock, which is free while the application waits.
"""

import asyncio
import threading
from collections.abc import Generator, Mapping
from types import coroutine
from typing import Any

import httpx
from starlette.types import ASGIApp, Receive, Scope, Send

from conftest_plugin.address import NO_SOCKET_HOST
from conftest_plugin.guard import install
from mockserver.control.client import CORRELATION_ID, Answer, ControlClient

BASE_URL = f"http://{NO_SOCKET_HOST}"


# One for all applications of the process, which hold it briefly. It is reentrant because the garbage collector ends an
# abandoned request, possibly while another one is being handled.
_ALONE = threading.RLock()


def _alone(app: ASGIApp) -> ASGIApp:
    """Return an application that runs alone between two awaits."""

    @coroutine
    def answer(scope: Scope, receive: Receive, send: Send) -> Generator[Any, Any, None]:
        steps = app(scope, receive, send).__await__()
        step, given = steps.send, None
        while True:
            with _ALONE:
                try:
                    awaited = step(given)
                except StopIteration:
                    return
            try:
                step, given = steps.send, (yield awaited)
            except BaseException as error:  # also when the request is cancelled or abandoned
                step, given = steps.throw, error

    return answer


class AsgiTransport(httpx.ASGITransport):
    """httpx's own transport, in which a connection broken by a fault raises the same error as over a socket."""

    def __init__(self, app: ASGIApp) -> None:
        super().__init__(_alone(app))

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send a request; raises ReadError if a fault breaks the connection."""
        await request.aread()  # code of the test may produce the body, and call the mock meanwhile
        try:
            return await super().handle_async_request(request)
        except ConnectionError as error:
            raise httpx.ReadError(str(error), request=request) from None


class SyncAsgiTransport(httpx.BaseTransport):
    """The same for synchronous clients, on an event loop in its own thread so that it works in any other."""

    def __init__(self, app: ASGIApp) -> None:
        install()  # whoever takes the base URL for a real address is told so
        self._transport = AsgiTransport(app)
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="polyai-mock-asgi", daemon=True)
        self._thread.start()

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Send a request and wait for the answer."""
        return asyncio.run_coroutine_threadsafe(self._handle(request, request.read()), self._loop).result()

    async def _handle(self, request: httpx.Request, content: bytes) -> httpx.Response:
        answer = await self._transport.handle_async_request(
            httpx.Request(request.method, request.url, headers=request.headers, content=content)
        )
        return httpx.Response(answer.status_code, headers=answer.headers, content=await answer.aread())

    def stop(self) -> None:
        """Stop the loop and its thread."""
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def close(self) -> None:
        """Stay open: the clients of all tests share the transport."""


class AsgiControlClient(ControlClient):
    """The control plane in process."""

    def __init__(self, transport: SyncAsgiTransport, token: str | None) -> None:
        super().__init__(BASE_URL, token)
        self._transport = transport

    def send(self, method: str, path: str, payload: bytes | None, headers: Mapping[str, str]) -> Answer:
        """Send a request."""
        request = httpx.Request(method, f"{self.url}{path}", headers=headers, content=payload)
        answer = self._transport.handle_request(request)
        return Answer(answer.status_code, answer.headers.get(CORRELATION_ID), answer.read())
