"""How much memory servers hold: after their start, for what they keep, and after a load."""

import json
from collections.abc import Iterator, Mapping

import psutil  # type: ignore[import-untyped]

from benchmarks import made, scenarios
from benchmarks.exchanges import good
from benchmarks.load import load
from benchmarks.measurements import FLOOR, OURS, Measurement, alternate
from benchmarks.run import Case, Run
from benchmarks.scenarios import HEALTH
from benchmarks.servers import Server, free_port, mockserver, running
from benchmarks.subjects import Subject, running_subjects

_MIB = 2**20
_WORLDS = 1_000
_ROUNDS = 3
_CONNECTIONS = 32
_CASCADES = 10
_WHOLE = (
    (scenarios.request("GET", f"{scenarios.connectors_of(made.AGENT)}/{made.connector_id(0)}"),),
    (scenarios.request("POST", f"{scenarios.connectors_of(made.AGENT)}/lookup", {"phoneNumber": made.number(0)}),),
    scenarios.BATCH_GET.requests,
    scenarios.BATCH_UPDATE.requests,
    scenarios.LIST.requests,
)


def resident(server: Server) -> float:
    """Return the MiB that a server and its children have in memory."""
    process = psutil.Process(server.pid)
    family = [process, *process.children(recursive=True)]
    return sum(float(each.memory_info().rss) for each in family) / _MIB


def _measure(run: Run) -> Iterator[Measurement]:
    yield from _after_start_and_get(run)
    rounds = min(run.rounds, _ROUNDS)
    yield from alternate(
        "memory", rounds, {OURS: lambda: _whole(run)}, {"growth under the whole load": "MiB"}, reference=OURS
    )
    kept = {"per 10,000 numbers": "MiB", "per world that is read": "KiB", "per world that is changed": "KiB"}
    yield from alternate("memory", rounds, {OURS: lambda: _kept(run)}, kept, reference=OURS)


def _after_start_and_get(run: Run) -> Iterator[Measurement]:
    """Compare all, each after its first answer, and after a load of gets."""
    measures = {"after start": FLOOR, "growth under get": OURS}
    taken: dict[str, dict[str, list[float]]] = {measure: {} for measure in measures}
    for _ in range(min(run.rounds, _ROUNDS)):
        with running_subjects(run, scenarios.GET) as subjects:
            for name, subject in subjects.items():
                before = resident(subject.server)
                _load(run, subject)
                taken["after start"].setdefault(name, []).append(before)
                taken["growth under get"].setdefault(name, []).append(resident(subject.server) - before)
    for measure, reference in measures.items():
        yield Measurement("memory", measure, "MiB", reference, taken[measure])


def _load(run: Run, subject: Subject) -> None:
    subject.server.resume()
    load(run.generator, subject.server.port, subject.requests, _CONNECTIONS, run.seconds, run.folder)
    subject.server.pause()


def _whole(run: Run) -> Mapping[str, float]:
    """Put every question to one server, in one world."""
    seed = made.seed_file(run.folder, connectors=1_000, numbers=1_000)
    port = free_port()
    with running(OURS, mockserver(port, seed), port, run.cores, HEALTH) as server:
        before = resident(server)
        for requests in _WHOLE:
            load(run.generator, port, requests, _CONNECTIONS, run.seconds, run.folder)
        for _ in range(run.count(_CASCADES, 2)):
            _import_and_delete(port)
        return {"growth under the whole load": resident(server) - before}


def _import_and_delete(port: int) -> None:
    """Import 1,000 numbers into an environment without a connector, and delete the connector that this makes."""
    numbers = [made.number(5_000 + each) for each in range(1_000)]
    of_agent = scenarios.numbers_of(made.AGENT)
    good(port, scenarios.request("POST", of_agent, {"phoneNumbers": numbers, "clientEnv": "sandbox"}))
    number = json.loads(good(port, scenarios.request("GET", f"{of_agent}/{numbers[0]}")).body)
    connector = f"{scenarios.connectors_of(made.AGENT)}/{number['connectorId']}"
    good(port, scenarios.request("DELETE", connector))


def _kept(run: Run) -> Mapping[str, float]:
    small, large = run.count(10_000, 1_000), run.count(100_000, 11_000)
    sizes = {}
    for numbers in (small, large):
        seed = made.seed_file(run.folder, connectors=numbers // 100, numbers=numbers)
        port = free_port()
        with running(OURS, mockserver(port, seed), port, run.cores, HEALTH) as server:
            sizes[numbers] = resident(server)
            if numbers == small:
                read, changed = _worlds(server, run.count(_WORLDS, 100))
    return {
        "per 10,000 numbers": (sizes[large] - sizes[small]) / (large - small) * 10_000,
        "per world that is read": read * 1024,
        "per world that is changed": changed * 1024,
    }


def _worlds(server: Server, worlds: int) -> tuple[float, float]:
    """Return the MiB for each world in which a connector is read, and for each in which one is then updated."""
    path = f"{scenarios.connectors_of(made.AGENT)}/{made.connector_id(0)}"
    body = {"voiceName": "en-GB-Wavenet-B"}
    for each in (scenarios.request("GET", path), scenarios.request("PATCH", path, body)):
        good(server.port, each)  # what is made once only is made now
    before = resident(server)
    for serial in range(worlds):
        good(server.port, scenarios.request("GET", path, world=f"read-{serial}"))
    between = resident(server)
    for serial in range(worlds):
        good(server.port, scenarios.request("PATCH", path, body, world=f"changed-{serial}"))
    return (between - before) / worlds, (resident(server) - between) / worlds


MEMORY = Case("memory", "memory after start, for what is kept, and its growth under load", _measure)
