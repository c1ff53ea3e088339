"""Benchmarks by name: starts, memory, load over sockets, calls in process, and the pytest plugin."""

from collections.abc import Mapping, Sequence
from statistics import fmean
from time import perf_counter

from benchmarks import requests
from benchmarks.in_process import microseconds
from benchmarks.load import load
from benchmarks.measuring import Case, Figure, Run
from benchmarks.plugin import plugin_costs
from benchmarks.requests import Request, send, write_seed
from benchmarks.servers import serving
from benchmarks.stalls import CALLS, stalls
from benchmarks.versions import FLOOR, Version

_STARTS = 5
_WORLDS = 9_999  # and the one of the first requests: a server has 10,000 at most
_ROWS = {"10 rows": 10, "1,000 rows": 1_000, "100,000 rows": 100_000}


def _start(run: Run, version: Version) -> Mapping[str, float]:
    ready, answered, cpu = [], [], []
    for _ in range(1 if run.quick else _STARTS):
        with serving(version, "demo", [requests.DEMO_GET], run.folder) as server:
            send(server.connection, requests.DEMO_GET)
            ready.append(server.ready)
            answered.append(perf_counter() - server.started)
            cpu.append(server.cpu_seconds)
    return {"ready line": min(ready) * 1000, "first answer": min(answered) * 1000, "CPU time": fmean(cpu) * 1000}


def _memory(run: Run, version: Version) -> Mapping[str, float]:
    with serving(version, "demo", [requests.DEMO_GET], run.folder) as server:
        send(server.connection, requests.DEMO_GET)
        idle = server.memory
    if version is FLOOR:
        return {"idle": idle}
    worlds = 100 if run.quick else _WORLDS
    with serving(version, write_seed(run.folder, connectors=100, numbers=1_000), [], run.folder) as server:
        for request in (requests.GET, requests.UPDATE):
            send(server.connection, request)  # imports what such requests need
        before = server.memory
        for world in range(worlds):
            send(server.connection, requests.GET.in_world(f"w{world}"))
        read = server.memory
        for world in range(worlds):
            send(server.connection, requests.UPDATE.in_world(f"w{world}"))
        read, changed = ((size - before) * 10_000 / worlds for size in (read, server.memory))
    return {"idle": idle, "10,000 worlds": read, "10,000 changed worlds": changed}


def _under_load(
    name: str, about: str, asked: Sequence[Request], connections: int = 32, to_floor: float | None = None
) -> Case:
    def measured(run: Run, version: Version) -> Mapping[str, float]:
        seed = write_seed(run.folder, connectors=20, numbers=0)
        with serving(version, seed, asked, run.folder) as server:
            return load(server, asked, connections, run)

    throughput = Figure("requests", "/s", higher_is_better=True, to_floor=to_floor, to_other=0.95)
    cpu_time = Figure("CPU time", "µs", to_other=1.05)
    return Case(name, about, (throughput, cpu_time), measured, program="wrk")


def _calls(run: Run, version: Version) -> Mapping[str, float]:
    seed = write_seed(run.folder, connectors=20, numbers=0)
    return {call: microseconds(version, call, seed, quick=run.quick) for call in ("get", "batch get")}


def _load_seed(run: Run, version: Version) -> Mapping[str, float]:
    seed = write_seed(run.folder, connectors=2_000, numbers=20_000)
    return {"load": microseconds(version, "load seed", seed, quick=run.quick) / 1000}


def _fork(run: Run, version: Version) -> Mapping[str, float]:
    def first_get(rows: int) -> float:
        seed = write_seed(run.folder, connectors=rows // 10, numbers=rows - rows // 10)
        return microseconds(version, "first get", seed, quick=run.quick)

    if version is FLOOR:
        return dict.fromkeys(_ROWS, first_get(10))
    return {name: first_get(rows) for name, rows in _ROWS.items()}


def _plugin(mode: str) -> Case:
    return Case(
        f"plugin-{mode}",
        f"what the pytest plugin adds to a test and to a session, mode {mode}",
        (Figure("test", "µs", at_most=100), Figure("test with a call", "µs"), Figure("session", "ms")),
        lambda run, version: plugin_costs(run, version, mode),
        has_floor=False,
    )


CASES = (
    Case(
        "start",
        "from the start of the process to its ready line and to its first answer, seed demo",
        (
            Figure("ready line", "ms"),
            Figure("first answer", "ms", to_floor=1.5, to_other=1.1),
            Figure("CPU time", "ms", to_other=1.1),
        ),
        _start,
    ),
    Case(
        "memory",
        "resident memory after the first answer, and its growth by 10,000 worlds",
        (
            Figure("idle", "MiB", to_floor=1.5),
            Figure("10,000 worlds", "MiB"),
            Figure("10,000 changed worlds", "MiB"),
        ),
        _memory,
    ),
    _under_load("get", "get a connector", [requests.GET], to_floor=0.65),
    _under_load("batch-get", "get 20 connectors", [requests.BATCH_GET], to_floor=0.55),
    _under_load("batch-update", "update 20 connectors, two of them unknown", requests.BATCH_UPDATES, to_floor=0.3),
    _under_load(
        "import-delete",
        "import 1,000 numbers into a new world, then delete their connector; one connection",
        requests.IMPORT_AND_DELETE,
        connections=1,
    ),
    Case(
        "calls",
        "get a connector and get 20 without a socket; the floor is a bare ASGI application",
        (Figure("get", "µs", to_other=1.05), Figure("batch get", "µs", to_other=1.05)),
        _calls,
    ),
    Case(
        "seed",
        "load a seed of 22,000 rows; the floor is libyaml's bare parse of it",
        (Figure("load", "ms", to_floor=2, to_other=1.2),),
        _load_seed,
    ),
    Case(
        "fork",
        "get a connector in a new world, without a socket; the floor is the same with a seed of 10 rows",
        tuple(Figure(name, "µs", to_floor=1.5) for name in _ROWS),
        _fork,
    ),
    Case(
        "stalls",
        "the longest wait of a request while the control plane works on a world of 100,000 numbers",
        tuple(Figure(call, "ms", at_most=100) for call in CALLS),
        stalls,
        has_floor=False,
    ),
    *(_plugin(mode) for mode in ("process", "thread", "asgi")),
)
