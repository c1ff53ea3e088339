"""Stalls: the longest that a request has to wait while the control plane works on a large world."""

import json
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from http.client import HTTPConnection
from time import perf_counter

from benchmarks.measuring import Run
from benchmarks.requests import GET, IMPORT_AND_DELETE, send, write_seed
from benchmarks.servers import Server, serving
from benchmarks.versions import Version

_NUMBERS = 100_000
_PROBE_SECONDS = 0.02
_POLICY = {"policies": {"existingImports": "skip"}}
_RECORD = {"accounts": [{"accountId": "ws-added", "slug": "added"}]}

CALLS = ("state", "state as YAML", "replace", "diff", "policy", "record", "requests", "reset")


def stalls(run: Run, version: Version) -> Mapping[str, float]:
    """Return the longest wait of a request during each call, in milliseconds."""
    with serving(version, write_seed(run.folder, 100, 1_000 if run.quick else _NUMBERS), [], run.folder) as server:
        send(server.connection, GET)
        state = _call(server, "GET", "/state")
        for _ in range(10 if run.quick else 1_000):
            server.connection.request("POST", IMPORT_AND_DELETE[0].path, b'{"phoneNumbers":["x"]}', GET.headers)
            server.connection.getresponse().read()
        calls: Mapping[str, Callable[[], bytes]] = {
            "state": partial(_call, server, "GET", "/state"),
            "state as YAML": partial(_call, server, "GET", "/state", accept="application/yaml"),
            "replace": partial(_call, server, "PUT", "/state", state),
            "diff": partial(_call, server, "GET", "/diff"),
            "policy": partial(_call, server, "PATCH", "/state", json.dumps(_POLICY).encode()),
            "record": partial(_call, server, "PATCH", "/state", json.dumps(_RECORD).encode()),
            "requests": partial(_call, server, "GET", "/requests"),
            "reset": partial(_call, server, "POST", "/reset", b"{}"),
        }
        return {name: _longest_wait(server, calls[name]) for name in CALLS}


def _longest_wait(server: Server, call: Callable[[], bytes]) -> float:
    with _probing(server) as waits:
        call()
    return max(waits) * 1000


@contextmanager
def _probing(server: Server) -> Iterator[list[float]]:
    """Send a request every 20 ms, to another world and over another connection; provide how long each waited."""
    waits: list[float] = []
    ended = threading.Event()

    def probe() -> None:
        connection = HTTPConnection(server.connection.host, server.connection.port)
        while not ended.wait(_PROBE_SECONDS) or not waits:
            started = perf_counter()
            send(connection, GET.in_world("probe"))
            waits.append(perf_counter() - started)
        connection.close()

    thread = threading.Thread(target=probe)
    thread.start()
    try:
        yield waits
    finally:
        ended.set()
        thread.join()


def _call(server: Server, method: str, path: str, body: bytes | None = None, accept: str = "*/*") -> bytes:
    headers = {"content-type": "application/json", "accept": accept}
    server.connection.request(method, f"/_mock/worlds/measured{path}", body, headers)
    response = server.connection.getresponse()
    answer = response.read()
    if response.status >= 400:
        raise RuntimeError(f"{method} {path} was answered {response.status}: {answer[:500]!r}")
    return answer
