"""Server without a socket: httpx transports that call the application in process.

The application runs on an event loop of its own, whatever loop a client has: on one thread, it runs alone between two
awaits, and its delays take real time even where a test has frozen time.
"""

import asyncio
import math
import threading
import time
from asyncio import run_coroutine_threadsafe, wrap_future
from collections.abc import Mapping
from concurrent.futures import Future
from os import getpid

import httpx
from anyio import CapacityLimiter, to_thread
from starlette.types import ASGIApp

from conftest_plugin.address import NO_SOCKET_HOST
from conftest_plugin.guard import install
from mockserver.control.client import ControlClient
from mockserver.control.connection import Answer, as_bytes

BASE_URL = f"http://{NO_SOCKET_HOST}"


class _RealTimeLoop(asyncio.SelectorEventLoop):
    """An event loop in real time, which is kept in the class because freezegun replaces the attributes of modules."""

    time = staticmethod(time.monotonic)


class Application:
    """An application on its own event loop and thread; after a fork, a process has its own."""

    def __init__(self, app: ASGIApp) -> None:
        install()  # whoever takes the base URL for a real address is told so
        self._transport = httpx.ASGITransport(app)
        self._start()

    def _start(self) -> None:
        self._process = getpid()
        self._loop = _RealTimeLoop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="polyai-mock-asgi", daemon=True)
        self._thread.start()

    def answer(self, request: httpx.Request, content: bytes) -> "Future[httpx.Response]":
        """Begin to answer a request."""
        if self._process != getpid():
            self._start()
        return run_coroutine_threadsafe(self._answer(request, content), self._loop)

    async def _answer(self, request: httpx.Request, content: bytes) -> httpx.Response:
        received = httpx.Request(request.method, request.url, headers=request.headers, content=content)
        try:
            answer = await self._transport.handle_async_request(received)
            return httpx.Response(answer.status_code, headers=answer.headers, content=await answer.aread())
        except ConnectionError as error:  # a fault has broken the connection
            raise httpx.ReadError(str(error), request=request) from None

    def stop(self) -> None:
        """Stop the loop and its thread."""
        if self._process == getpid():
            self._loop.call_soon_threadsafe(self._loop.stop)
            self._thread.join()
            self._loop.close()


class AsgiTransport(httpx.AsyncBaseTransport):
    """The transport of asynchronous clients, on asyncio or trio."""

    def __init__(self, app: Application) -> None:
        self._app = app

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send a request; raises ReadError if a fault breaks the connection."""
        content = await request.aread()  # code of the test may produce the body, and call the mock meanwhile
        answering = self._app.answer(request, content)
        try:
            return await _result(answering)
        finally:
            answering.cancel()  # if the client has given up


async def _result(answering: "Future[httpx.Response]") -> httpx.Response:
    """Wait for an answer on the event loop that is running."""
    try:
        loop = asyncio.get_running_loop()
    except RuntimeError:  # trio's
        return await to_thread.run_sync(answering.result, abandon_on_cancel=True, limiter=CapacityLimiter(math.inf))
    return await wrap_future(answering, loop=loop)


class SyncAsgiTransport(httpx.BaseTransport):
    """The transport of synchronous clients."""

    def __init__(self, app: Application) -> None:
        self._app = app

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Send a request and wait for the answer."""
        return self._app.answer(request, request.read()).result()


class AsgiControlClient(ControlClient):
    """The control plane in process."""

    def __init__(self, app: Application, token: str | None) -> None:
        super().__init__(BASE_URL, token)
        self._app = app

    def send(self, method: str, path: str, payload: bytes | None, headers: Mapping[str, str]) -> Answer:
        """Send a request."""
        request = httpx.Request(method, f"{self.url}{path}", headers=as_bytes(headers))
        answer = self._app.answer(request, payload or b"").result()
        return Answer(answer.status_code, dict(answer.headers), answer.content)
