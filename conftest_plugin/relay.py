"""TLS relay: a server in a thread that has the service's names, and forwards what it receives to the mock."""

import asyncio
import ssl
import threading
from functools import cache

import trustme

from conftest_plugin.address import SERVICE_HOSTS

_ROUNDS = 5  # of the event loop, in which connections that were accepted begin, and those that were aborted end


@cache
def _authority() -> trustme.CA:
    return trustme.CA(organization_name="polyai-mockserver")


def tls_context() -> type[ssl.SSLContext]:
    """Return the class of TLS contexts: Python's own or gevent's, and not truststore's, which trusts the system."""
    return next(kind for kind in ssl.SSLContext.__mro__ if kind.__module__ in ("ssl", "gevent.ssl"))


@cache
def trusting_context() -> ssl.SSLContext:
    """Return the TLS context of clients that trust the relay, and no authority of the real service."""
    context = tls_context()(ssl.PROTOCOL_TLS_CLIENT)
    context.load_verify_locations(cadata=_authority().cert_pem.bytes().decode("ascii"))
    return context


class Relay:
    """A relay to the address of a server without TLS; `port` is its own, on 127.0.0.1, for a `with` block."""

    def __init__(self, target: tuple[str, int]) -> None:
        self._target = target
        self._loop = asyncio.SelectorEventLoop()  # whatever the tests' policy is
        self._thread = threading.Thread(target=self._loop.run_forever, name="polyai-mock-relay", daemon=True)
        self._stopping = False
        self._writers: set[asyncio.StreamWriter] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        self.port = 0

    def __enter__(self) -> "Relay":
        self._thread.start()
        self.port = asyncio.run_coroutine_threadsafe(self._start(), self._loop).result()
        return self

    def __exit__(self, *_details: object) -> None:
        asyncio.run_coroutine_threadsafe(self._stop(), self._loop).result()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    async def _start(self) -> int:
        context = tls_context()(ssl.PROTOCOL_TLS_SERVER)
        certificate = _authority().issue_cert(*SERVICE_HOSTS)
        with certificate.private_key_and_cert_chain_pem.tempfile() as path:
            context.load_cert_chain(path)
        self._server = await asyncio.start_server(self._connected, "127.0.0.1", 0, ssl=context)
        port: int = self._server.sockets[0].getsockname()[1]
        return port

    async def _stop(self) -> None:
        for listener in self._server.sockets:
            self._loop.remove_reader(listener)
        await _some_rounds()  # a connection that has not begun when its server is closed would stay open
        self._server.close()
        self._stopping = True
        for writer in self._writers:
            writer.transport.abort()
        tasks = asyncio.all_tasks() - {asyncio.current_task()}
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await _some_rounds()

    def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self._stopping:
            writer.transport.abort()
            return
        self._writers.add(writer)
        task = self._loop.create_task(self._relay(reader, writer))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _relay(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writers = [writer]
        try:
            there_reader, there_writer = await asyncio.open_connection(*self._target)
            writers.append(there_writer)
            await asyncio.gather(_pump(reader, there_writer), _pump(there_reader, writer))
            for each in writers:
                await each.wait_closed()
        except (OSError, asyncio.CancelledError):  # the server has gone, a side broke, or the relay stops
            for each in writers:
                each.transport.abort()
        finally:
            self._writers.discard(writer)


async def _some_rounds() -> None:
    for _ in range(_ROUNDS):
        await asyncio.sleep(0)


async def _pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Forward all bytes, and then the end of the stream."""
    try:
        while piece := await reader.read(65_536):
            writer.write(piece)
            await writer.drain()
    except ConnectionError:
        pass
    finally:
        writer.close()
