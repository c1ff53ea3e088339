"""The server without a socket: httpx transports that call the application in process.

Clients may be in several threads, each with an event loop, while the application counts on being alone from one await
to the next. So what it does between two awaits is done under a lock, which is free whenever it waits.
"""

import asyncio
import threading
from collections.abc import Generator
from types import coroutine
from typing import Any

import httpx
from starlette.types import ASGIApp, Receive, Scope, Send

from conftest_plugin.control import answer_of

BASE_URL = "http://localhost"


# One for all applications of the process, which hold it for moments only. It is reentrant because an abandoned request
# is ended by the garbage collector, and that may come in the midst of another.
_ALONE = threading.RLock()


def _alone(app: ASGIApp) -> ASGIApp:
    """Return an application that is alone from one await to the next."""

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
            except BaseException as error:  # also that the request is cancelled or abandoned
                step, given = steps.throw, error

    return answer


class AsgiTransport(httpx.ASGITransport):
    """httpx's own transport, in which a connection that a fault breaks is what it is over a socket."""

    def __init__(self, app: ASGIApp) -> None:
        super().__init__(_alone(app))

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send a request; raises ReadError where a fault breaks the connection."""
        await request.aread()  # the test's own code may make the body, and call the mock while it does
        try:
            return await super().handle_async_request(request)
        except ConnectionError as error:
            raise httpx.ReadError(str(error), request=request) from None


class SyncAsgiTransport(httpx.BaseTransport):
    """The same for synchronous clients, on an event loop in a thread of its own, so that it works anywhere."""

    def __init__(self, app: ASGIApp) -> None:
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
        """End the loop and its thread."""
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def close(self) -> None:
        """Stay open: the transport outlives the clients of single tests."""


class AsgiControl:
    """The control plane in process."""

    def __init__(self, transport: SyncAsgiTransport) -> None:
        self._transport = transport

    def call(self, method: str, path: str, body: object = None) -> Any:
        """Return the JSON that a call answers; raises ControlError for a refusal."""
        headers = {"content-type": "application/json"}
        url = httpx.URL(f"{BASE_URL}/_mock{path}")
        request = (
            httpx.Request(method, url, headers=headers, json=body)
            if body is not None
            else httpx.Request(method, url, headers=headers)
        )
        answer = self._transport.handle_request(request)
        return answer_of(answer.status_code, answer.read())

    def close(self) -> None:
        """Have nothing to close."""
