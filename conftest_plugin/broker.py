"""Broker of one server for all workers of pytest-xdist: the controller starts it on the first request, and ends it.

Workers get the address of the broker instead of the server's, because a run that uses none of the fixtures must not
start a server. A connection that does not ask, whoever opened it, costs no thread and is closed after a time.
"""

import asyncio
import json
import secrets
import socket
import threading
from collections.abc import Callable
from contextlib import ExitStack
from typing import Any

from conftest_plugin.address import Address
from conftest_plugin.options import MockSettings

_MARGIN_SECONDS = 40  # to wait for an answer, beyond the time limit for starting a server
_READ_SECONDS = 10
_MAX_LINE = 65_536
_MAX_SILENT = 256  # connections that have not asked yet; above, the oldest is closed
_ROUNDS = 5  # of the event loop, in which connections that were accepted begin
_BACKLOG = 1024  # more than the number of workers, which may all connect at once


class Broker:
    """The controller's side: answers workers with the address of a server, one server for each kind of settings.

    `ending` is set when the session ends, so that a server that is still starting is given up.
    """

    def __init__(self, start: Callable[[ExitStack, MockSettings], Address], ending: threading.Event) -> None:
        self._start = start
        self._ending = ending
        self._running = ExitStack()
        self._key = secrets.token_hex(16)
        self._answers: dict[MockSettings, dict[str, str | None]] = {}
        self._answering = threading.Lock()
        self._silent: dict[asyncio.StreamWriter, None] = {}  # in order of their arrival
        self._handling: set[asyncio.Task[None]] = set()
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=_BACKLOG)
        self._loop = asyncio.SelectorEventLoop()
        self._closing = asyncio.Event()
        self._thread = threading.Thread(target=self._run, name="polyai-mock-broker", daemon=True)
        self._thread.start()

    @property
    def workerinput(self) -> dict[str, object]:
        """The data with which a worker can call `ask`."""
        host, port = self._listener.getsockname()
        return {"host": host, "port": port, "key": self._key}

    def _run(self) -> None:
        with asyncio.Runner(loop_factory=lambda: self._loop) as runner:
            runner.run(self._serve())

    async def _serve(self) -> None:
        server = await asyncio.start_server(self._connected, sock=self._listener, limit=_MAX_LINE, backlog=_BACKLOG)
        await self._closing.wait()
        self._loop.remove_reader(self._listener)
        for _ in range(_ROUNDS):  # a connection that has not begun when its server is closed would stay open
            await asyncio.sleep(0)
        server.close()
        for writer in self._silent:
            writer.transport.abort()
        await asyncio.gather(*self._handling, return_exceptions=True)

    def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._silent[writer] = None
        if len(self._silent) > _MAX_SILENT:
            next(iter(self._silent)).transport.abort()
        handling = self._loop.create_task(self._handle(reader, writer))
        self._handling.add(handling)
        handling.add_done_callback(self._handling.discard)

    async def _handle(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answer a worker; a connection without the session's key is closed."""
        try:
            async with asyncio.timeout(_READ_SECONDS):
                key = await reader.readline()
                wanted = json.loads(await reader.readline()) if self._is_key(key) else None
            del self._silent[writer]
            if wanted is not None:
                answer = await asyncio.to_thread(self._answer, MockSettings(**wanted))
                writer.write(json.dumps(answer).encode())
                await writer.drain()
            writer.close()
            await writer.wait_closed()
        except (OSError, ValueError):
            writer.transport.abort()  # it sent too much, too little or nothing, or has gone
        finally:
            self._silent.pop(writer, None)

    def _is_key(self, line: bytes) -> bool:
        return secrets.compare_digest(line, f"{self._key}\n".encode())

    def _answer(self, wanted: MockSettings) -> dict[str, str | None]:
        with self._answering:
            if wanted not in self._answers:
                self._answers[wanted] = self._started(wanted)
            return self._answers[wanted]

    def _started(self, wanted: MockSettings) -> dict[str, str | None]:
        if self._ending.is_set():
            return {"error": "the session has ended"}
        try:
            address = self._start(self._running, wanted)
        except Exception as error:  # the worker reports it
            return {"error": str(error)}
        return {"url": address.url, "token": address.token}

    def close(self) -> None:
        """End the servers that were started."""
        self._ending.set()
        if self._thread.is_alive():
            self._loop.call_soon_threadsafe(self._closing.set)
        self._thread.join()
        self._listener.close()
        with self._answering:
            self._running.close()


class BrokerError(Exception):
    """The controller could not start the server or cannot be reached; the text is the reason."""


def ask(workerinput: dict[str, Any], settings: MockSettings) -> Address:
    """Return the address of the session's server; raises BrokerError.

    Only the settings of the server itself are sent: workers with other differences share a server.
    """
    wanted = {
        "seed": str(settings.seed),
        "host": settings.host,
        "keep": settings.keep,
        "control_token": settings.control_token,
        "start_timeout": settings.start_timeout,
    }
    seconds = settings.start_timeout + _MARGIN_SECONDS
    where = (workerinput["host"], workerinput["port"])
    try:
        with (
            socket.create_connection(where, timeout=seconds) as connection,
            connection.makefile("rwb") as stream,
        ):
            stream.write(f"{workerinput['key']}\n{json.dumps(wanted)}\n".encode())
            stream.flush()
            answer = json.loads(stream.readline())
    except TimeoutError:
        raise BrokerError(f"the controller of pytest-xdist did not answer within {seconds:g} s") from None
    except (OSError, ValueError):
        raise BrokerError("the controller of pytest-xdist cannot be reached") from None
    if "error" in answer:
        raise BrokerError(answer["error"])
    return Address(**answer)
