"""A load generator in Python, for machines without wrk: raw sockets on an event loop, every latency kept."""

import asyncio
import time
from collections.abc import Sequence
from itertools import cycle
from typing import cast

from benchmarks.exchanges import HOST, SECONDS, AnswerReader
from benchmarks.measurements import FailedError


class _Client(asyncio.Protocol):
    """One connection that sends the next request as soon as it has an answer."""

    def __init__(self, load: "_Load") -> None:
        self._load = load
        self._transport: asyncio.Transport | None = None
        self._reader = AnswerReader()
        self._sent = 0.0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)  # uvloop's does not derive from it
        self._send()

    def data_received(self, data: bytes) -> None:
        if not self._reader.feed(data):
            return
        self._answered()
        if self._reader.closes:
            self._close()
        else:
            self._send()

    def connection_lost(self, _error: Exception | None) -> None:
        if self._transport is None:
            return
        if self._reader.closes and self._reader.buffer:
            self._answered()
        else:
            self._load.bad += 1
        self._transport = None
        self._load.reconnect()

    def _send(self) -> None:
        assert self._transport is not None
        if time.perf_counter() >= self._load.end:
            self._transport.close()
            self._transport = None
            self._load.leave()
            return
        self._reader = AnswerReader()
        self._sent = time.perf_counter()
        self._transport.write(next(self._load.raws))

    def _answered(self) -> None:
        now = time.perf_counter()
        self._load.latencies.append(now - self._sent)
        self._load.last = now
        self._load.bad += self._reader.status >= 400

    def _close(self) -> None:
        assert self._transport is not None
        self._transport.close()
        self._transport = None
        self._load.reconnect()


class _Load:
    def __init__(self, port: int, raws: Sequence[bytes], connections: int, seconds: float) -> None:
        self.raws = cycle(raws)
        self.latencies: list[float] = []
        self.bad = 0
        self.end = time.perf_counter() + seconds
        self.last = 0.0
        self._port = port
        self._left = connections
        self._over = asyncio.Event()
        self._tasks: set[asyncio.Task[None]] = set()

    async def run(self) -> None:
        for _ in range(self._left):
            self.reconnect()
        await self._over.wait()

    def reconnect(self) -> None:
        task = asyncio.get_running_loop().create_task(self._connect())
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def leave(self) -> None:
        self._left -= 1
        if not self._left:
            self._over.set()

    async def _connect(self) -> None:
        if time.perf_counter() >= self.end:
            self.leave()
            return
        try:
            await asyncio.get_running_loop().create_connection(lambda: _Client(self), HOST, self._port)
        except OSError:
            self.bad += 1
            self.leave()


def python_load(port: int, raws: Sequence[bytes], connections: int, seconds: float) -> tuple[float, float, float, int]:
    """Load a server; return answers a second, the latencies p50 and p99 in milliseconds, and how many went wrong."""

    async def run() -> tuple[float, float, float, int]:
        began = time.perf_counter()
        load = _Load(port, raws, connections, seconds)
        try:
            await asyncio.wait_for(load.run(), seconds + SECONDS)
        except TimeoutError:
            raise FailedError(f"no answer within {SECONDS:g} s") from None
        latencies = sorted(load.latencies)
        if not latencies:
            return 0.0, 0.0, 0.0, load.bad
        p50, p99 = (latencies[min(len(latencies) - 1, len(latencies) * part // 100)] * 1000 for part in (50, 99))
        return len(latencies) / (load.last - began), p50, p99, load.bad

    with asyncio.Runner(loop_factory=_loop) as runner:
        return runner.run(run())


def _loop() -> asyncio.AbstractEventLoop:
    """Return the fastest loop that there is."""
    try:
        import uvloop
    except ImportError:
        return asyncio.new_event_loop()
    return uvloop.new_event_loop()
