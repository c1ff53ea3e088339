"""One call without a socket: the plugin's mode `asgi` against httpx's own transport over a bare ASGI function."""

import asyncio
import json
import time
from collections.abc import Awaitable, Callable, Iterator
from statistics import median

import httpx

from benchmarks import scenarios
from benchmarks.floor import bare
from benchmarks.measurements import FLOOR, OURS, Measurement, Take, alternate
from benchmarks.prepared import MissingError, needs
from benchmarks.run import Case, Run
from benchmarks.timing import microseconds

_BASE = "http://localhost"
_PATH = scenarios.GET.requests[0].path
_HEADERS = scenarios.headers()
_CALLS = 500


def _measure(run: Run) -> Iterator[Measurement]:
    from conftest_plugin.asgi import AsgiTransport, SyncAsgiTransport
    from mockserver.app.gateway import create_gateway
    from mockserver.settings import Settings

    app = create_gateway(Settings())
    answer = asyncio.run(_captured(AsgiTransport(app)))
    plain = bare(answer.status_code, answer.headers.raw, answer.content)
    calls = run.count(_CALLS, 20)
    sync = SyncAsgiTransport(app)
    takes: dict[str, Take] = {
        OURS: lambda: _asynchronous(AsgiTransport(app), calls),
        FLOOR: lambda: _asynchronous(httpx.ASGITransport(plain), calls),
        "mockserver, synchronous": lambda: _synchronous(httpx.Client(transport=sync), calls),
    }
    for name, module, take in (
        ("respx", "respx", lambda: _respx(answer.json(), calls)),
        ("responses", "responses", lambda: _responses(answer.json(), calls)),
        ("TestClient", "starlette", lambda: _test_client(plain, calls)),
    ):
        try:
            needs(module)
        except MissingError as error:
            run.say(f"asgi-call: without {name}: {error}")
        else:
            takes[name] = take
    try:
        yield from alternate("asgi-call", run.rounds, takes, {"one call": "µs"})
    finally:
        sync.stop()


async def _captured(transport: httpx.AsyncBaseTransport) -> httpx.Response:
    async with httpx.AsyncClient(transport=transport, base_url=_BASE, headers=_HEADERS) as client:
        return await client.get(_PATH)


def _asynchronous(transport: httpx.AsyncBaseTransport, calls: int) -> dict[str, float]:
    async def run() -> float:
        async with httpx.AsyncClient(transport=transport, base_url=_BASE, headers=_HEADERS) as client:
            return await _median(lambda: client.get(_PATH), calls)

    return {"one call": asyncio.run(run())}


async def _median(call: Callable[[], Awaitable[httpx.Response]], calls: int) -> float:
    times = []
    for _ in range(calls):
        began = time.perf_counter()
        answer = await call()
        times.append(time.perf_counter() - began)
        assert answer.status_code == 200
    return median(times) * 1e6


def _synchronous(client: httpx.Client, calls: int) -> dict[str, float]:
    with client:
        return {"one call": microseconds(lambda: client.get(f"{_BASE}{_PATH}", headers=_HEADERS), 1, calls)}


def _respx(content: object, calls: int) -> dict[str, float]:
    import respx

    async def run() -> float:
        async with respx.mock(base_url=_BASE) as router, httpx.AsyncClient(base_url=_BASE, headers=_HEADERS) as client:
            router.get(_PATH).respond(json=content)
            return await _median(lambda: client.get(_PATH), calls)

    return {"one call": asyncio.run(run())}


def _responses(content: object, calls: int) -> dict[str, float]:
    import requests
    import responses

    with responses.RequestsMock() as mocked, requests.Session() as session:
        mocked.get(f"{_BASE}{_PATH}", body=json.dumps(content), content_type="application/json")
        return {"one call": microseconds(lambda: session.get(f"{_BASE}{_PATH}", headers=_HEADERS), 1, calls)}


def _test_client(app: Callable[..., Awaitable[None]], calls: int) -> dict[str, float]:
    from starlette.testclient import TestClient

    client = TestClient(app)
    return {"one call": microseconds(lambda: client.get(_PATH, headers=_HEADERS), 1, calls)}


ASGI_CALL = Case("asgi-call", "one call in the plugin's mode asgi", _measure)
