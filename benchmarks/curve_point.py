"""What calls cost in a world of one size: `python -m benchmarks.curve_point SEED RECORDS CALLS` prints microseconds.

Each call goes through the whole application, only without a socket; forks, resets and the export are called directly.
A world of so many records has so many numbers, ten to a connector.
"""

import asyncio
import gc
import json
import sys
import time
from statistics import median

from starlette.types import ASGIApp, Message, Scope

from benchmarks import made, scenarios
from benchmarks.exchanges import AnswerError, Request
from benchmarks.timing import microseconds
from mockserver import seeds
from mockserver.app import create_app
from mockserver.settings import Settings
from mockserver.world.worlds import World, Worlds

_JOURNAL = 1_000
_DELETIONS = 5
_STRIDE = 7919  # a prime, so that calls meet records from all over the world
_PATH = scenarios.connectors_of(made.AGENT)


def measured(seed: str, records: int, calls: int) -> dict[str, float]:
    """Return the median microseconds of every call."""
    app = create_app(Settings(seed=seed))
    gc.freeze()  # as a server does
    worlds: Worlds = app.state.worlds
    world = worlds.use(scenarios.WORLD)
    few = max(3, min(calls, 20_000 // records))
    asked = {
        "get": [scenarios.request("GET", _connector(serial, records)) for serial in range(calls)],
        "lookup": [
            scenarios.request("POST", f"{_PATH}/lookup", {"phoneNumber": made.number(serial * _STRIDE % records)})
            for serial in range(calls)
        ],
        "update": [
            scenarios.request("PATCH", _connector(serial, records), {"voiceName": f"en-GB-Wavenet-{'AB'[serial % 2]}"})
            for serial in range(calls)
        ],
        "list": [scenarios.request("GET", scenarios.numbers_of(made.AGENT))] * few,
    }
    taken = {name: median(_times(app, requests)) * 1e6 for name, requests in asked.items()}
    deletions: list[float] = []
    for _ in range(calls // _DELETIONS):
        world.reset()
        deletions += _times(app, [scenarios.request("DELETE", _connector(each, records)) for each in range(_DELETIONS)])
    return {
        **taken,
        "delete": median(deletions) * 1e6,
        "fork": microseconds(lambda: World("fork", worlds.seed, _JOURNAL), calls),
        "reset": microseconds(world.reset, calls),
        "export": microseconds(lambda: seeds.export(worlds.seed), 1, few),
    }


def _connector(serial: int, records: int) -> str:
    return f"{_PATH}/{made.connector_id(serial * _STRIDE % (records // 10))}"


def _times(app: ASGIApp, requests: list[Request]) -> list[float]:
    """Return the seconds that an application takes for each of some requests; raises AnswerError for a refusal."""
    return asyncio.run(_timed(app, requests))


async def _timed(app: ASGIApp, requests: list[Request]) -> list[float]:
    times = []
    for request in requests:
        statuses: list[int] = []

        async def receive(body: bytes = request.body) -> Message:
            return {"type": "http.request", "body": body, "more_body": False}

        async def send(message: Message, statuses: list[int] = statuses) -> None:
            if message["type"] == "http.response.start":
                statuses.append(message["status"])

        scope = _scope(request)
        began = time.perf_counter()
        await app(scope, receive, send)
        times.append(time.perf_counter() - began)
        if statuses[0] >= 400:
            raise AnswerError(f"{request.method} {request.path} was answered {statuses[0]}")
    return times


def _scope(request: Request) -> Scope:
    headers = {"host": "localhost", "content-type": "application/json", **request.headers}
    if request.body:
        headers["content-length"] = str(len(request.body))
    return {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": request.method,
        "scheme": "http",
        "path": request.path,
        "raw_path": request.path.encode("ascii"),
        "query_string": b"",
        "root_path": "",
        "headers": [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in headers.items()],
        "client": ("127.0.0.1", 1),
        "server": ("localhost", 80),
    }


if __name__ == "__main__":
    print(json.dumps(measured(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))))
