"""Calls without a socket, by pyperf: `python -m benchmarks.in_process ROOT CALL SEED` measures the version in ROOT."""

import gc
import subprocess
import sys
from collections.abc import Callable
from itertools import count
from pathlib import Path
from time import process_time
from typing import TYPE_CHECKING

import pyperf

from benchmarks import requests
from benchmarks.floor import Answer, bare
from benchmarks.requests import Request
from benchmarks.versions import FLOOR, ROOT, Version, environment, pinned

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Scope

_FLOOR_OF = "floor of "
_REQUESTS = {"get": requests.GET, "batch get": requests.BATCH_GET}


def microseconds(version: Version, call: str, seed: Path, *, quick: bool) -> float:
    """Return the shortest duration of a call, or of its floor, which pyperf measures in a process of its own.

    Most values are short and many, so that some are undisturbed on a busy machine; the others are processor time.
    """
    output = seed.with_name("pyperf.json")
    output.unlink(missing_ok=True)
    name = f"{_FLOOR_OF}{call}" if version is FLOOR else call
    amount = ["--debug-single-value", "--in-process"] if quick else ["--processes", "1", "--min-time", "0.002"]
    amount += ["--values", "5" if call == "load seed" else "100"]
    arguments = ["--quiet", "--output", str(output), *amount, str(version.root), name, str(seed)]
    command = pinned(0, [version.python, "-m", "benchmarks.in_process", *arguments])
    ended = subprocess.run(command, cwd=ROOT, env=environment(), capture_output=True, text=True, check=False)
    if ended.returncode:
        raise RuntimeError(f"{name} failed with {version.root}: {ended.stdout}{ended.stderr}")
    return float(min(pyperf.Benchmark.load(str(output)).get_values())) * 1e6


async def _ask(app: "ASGIApp", request: Request) -> None:
    async def receive() -> "Message":
        return {"type": "http.request", "body": request.body, "more_body": False}

    async def send(message: "Message") -> None:
        assert message.get("status", 200) < 400, message

    await app(_scope(request), receive, send)


def _scope(request: Request) -> "Scope":
    return {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": request.method,
        "scheme": "http",
        "path": request.path,
        "raw_path": request.path.encode(),
        "query_string": b"",
        "root_path": "",
        "headers": [(name.encode(), value.encode()) for name, value in request.headers.items()],
        "client": None,
    }


def _app(seed: str) -> "ASGIApp":
    """Return the application of the version, which keeps 100 worlds; what it has loaded is frozen as in a server."""
    from mockserver.app import create_app
    from mockserver.settings import Settings

    app = create_app(Settings(seed=seed, max_worlds=100, drop_oldest_world=True))
    gc.freeze()
    return app


def _cpu_time(loops: int, call: Callable[[], object]) -> float:
    """Return the processor time of calls that are too long to be undisturbed on a busy machine."""
    started = process_time()
    for _ in range(loops):
        call()
    return process_time() - started


def _benchmark(runner: pyperf.Runner, call: str, seed: str) -> None:
    match call:
        case "get" | "batch get":
            runner.bench_async_func(call, _ask, _app(seed), _REQUESTS[call])
        case "floor of get" | "floor of batch get":
            request = _REQUESTS[call.removeprefix(_FLOOR_OF)]
            answer = Answer(200, [("content-length", "2")], "{}")
            runner.bench_async_func(call, _ask, bare({request.method: answer}), request)
        case "first get" | "floor of first get":
            app, worlds = _app(seed), count()
            runner.bench_async_func(call, lambda: _ask(app, requests.GET.in_world(f"w{next(worlds)}")))
        case "load seed":
            from mockserver import seeds

            runner.bench_time_func(call, _cpu_time, lambda: seeds.load_file(Path(seed)))
        case "floor of load seed":
            import yaml

            text = Path(seed).read_text(encoding="utf-8")
            runner.bench_time_func(call, _cpu_time, lambda: all(yaml.parse(text, yaml.CSafeLoader)))


def _main() -> None:
    runner = pyperf.Runner(
        program_args=("-m", "benchmarks.in_process"),
        add_cmdline_args=lambda command, given: command.extend([given.root, given.call, given.seed]),
    )
    for name in ("root", "call", "seed"):
        runner.argparser.add_argument(name)
    arguments = runner.parse_args()
    sys.path.insert(0, arguments.root)
    _benchmark(runner, arguments.call, arguments.seed)


if __name__ == "__main__":
    _main()
