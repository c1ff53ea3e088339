"""How costs grow with the size of a world: each call goes through the whole application, only without a socket.

A world of so many records has so many numbers, ten to a connector. Forks and resets are called directly, and so is the
export.
"""

import asyncio
import time
from collections.abc import Callable, Iterator
from statistics import median

from starlette.types import ASGIApp, Message, Scope

from benchmarks import made, scenarios
from benchmarks.exchanges import AnswerError, Request
from benchmarks.in_process import sizes_label
from benchmarks.measurements import Measurement, Take, alternate
from benchmarks.run import Case, Run
from benchmarks.timing import microseconds
from mockserver import seeds
from mockserver.app import create_app
from mockserver.settings import Settings
from mockserver.worlds import World, Worlds

SIZES = (100, 1_000, 10_000, 100_000)
FLAT = ("get", "lookup", "update", "delete", "fork", "reset")
LINEAR = ("list", "export")

_JOURNAL = 1_000
_CALLS = 200
_DELETIONS = 5


def _measure(run: Run) -> Iterator[Measurement]:
    sizes = SIZES[: run.count(4, 2)]
    takes = {sizes_label(size): _taking(run, size) for size in sizes}
    units = dict.fromkeys((*FLAT, *LINEAR), "µs")
    yield from alternate("curves", run.rounds, takes, units, reference=sizes_label(sizes[0]))


def _taking(run: Run, size: int) -> Take:
    connectors = size // 10
    app = create_app(Settings(seed=str(made.seed_file(run.folder, connectors, size))))
    worlds: Worlds = app.state.worlds
    calls = run.count(_CALLS, 20)
    path = scenarios.connectors_of(made.AGENT)

    def connector(serial: int) -> str:
        return f"{path}/{made.connector_id(serial * 7919 % connectors)}"

    def reset() -> None:
        worlds.use(scenarios.WORLD).reset()

    def deletions() -> Iterator[float]:
        for _ in range(calls // _DELETIONS):
            reset()
            asked = [scenarios.request("DELETE", f"{path}/{made.connector_id(serial)}") for serial in range(_DELETIONS)]
            yield from _times(app, asked)

    def take() -> dict[str, float]:
        lookups = [{"phoneNumber": made.number(serial * 7919 % size)} for serial in range(calls)]
        updates = [{"voiceName": f"en-GB-Wavenet-{'AB'[serial % 2]}"} for serial in range(calls)]
        few = max(3, min(calls, 20_000 // size))
        taken = {
            "get": _times(app, [scenarios.request("GET", connector(serial)) for serial in range(calls)]),
            "lookup": _times(app, [scenarios.request("POST", f"{path}/lookup", body) for body in lookups]),
            "update": _times(
                app, [scenarios.request("PATCH", connector(serial), body) for serial, body in enumerate(updates)]
            ),
            "delete": list(deletions()),
        }
        reset()
        taken["list"] = _times(app, [scenarios.request("GET", scenarios.numbers_of(made.AGENT))] * few)
        state = worlds.seed
        return {
            **{name: median(times) * 1e6 for name, times in taken.items()},
            "fork": _calls(lambda: World("fork", state, _JOURNAL), calls),
            "reset": _calls(reset, calls),
            "export": microseconds(lambda: seeds.export(state), 1, few),
        }

    return take


def _calls(call: Callable[[], object], calls: int) -> float:
    return microseconds(call, calls)


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


CURVES = Case("curves", "how costs grow from 100 to 100,000 records", _measure)
