"""Cases under load: one question, put again and again over many connections."""

from collections.abc import Iterator

from benchmarks import scenarios
from benchmarks.measurements import FLOOR, OURS, Measurement, alternate
from benchmarks.run import Case, Run
from benchmarks.scenarios import Scenario
from benchmarks.subjects import Subject, loading, running_subjects

CONNECTIONS = 32
_UNITS = {"throughput": "/s", "p50": "ms", "p99": "ms"}


def _under_load(scenario: Scenario, about: str) -> Case:
    def measure(run: Run) -> Iterator[Measurement]:
        with running_subjects(run, scenario) as subjects:
            takes = {name: loading(run, subject, CONNECTIONS) for name, subject in subjects.items()}
            warm = 0 if run.quick else 1  # compilers that work while a server runs get a load to learn from
            alternate(scenario.name, warm, takes, _UNITS, say=run.say)
            yield from alternate(scenario.name, run.rounds, takes, _UNITS, say=run.say)

    return Case(scenario.name, f"{about}, {CONNECTIONS} connections", measure)


def _latency(run: Run) -> Iterator[Measurement]:
    with running_subjects(run, scenarios.GET, with_peers=False) as subjects:
        for connections in (1, 32, 256):
            takes = {name: loading(run, subject, connections) for name, subject in subjects.items()}
            for taken in alternate("latency", run.rounds, takes, _UNITS):
                measure = f"{taken.measure}, {connections} connection{'s' if connections > 1 else ''}"
                yield Measurement(taken.case, measure, taken.unit, taken.reference, taken.rounds)


def _worlds(run: Run) -> Iterator[Measurement]:
    with running_subjects(run, scenarios.WORLDS, with_peers=False) as subjects:
        ours = subjects[OURS]
        takes = {
            OURS: loading(run, ours, CONNECTIONS),
            FLOOR: loading(run, subjects[FLOOR], CONNECTIONS),
            "one world": loading(run, Subject(ours.server, scenarios.GET.requests), CONNECTIONS),
        }
        yield from alternate("worlds", run.rounds, takes, _UNITS)


HTTP_CASES = (
    _under_load(scenarios.GET, "get a connector by id"),
    _under_load(scenarios.LOOKUP, "look up the connector of a number"),
    _under_load(scenarios.BATCH_GET, "get 20 connectors in one call"),
    _under_load(scenarios.BATCH_UPDATE, "update 20 connectors in one call, every tenth item failing"),
    _under_load(scenarios.LIST, "list 1,000 numbers"),
    _under_load(scenarios.LIST_CONNECTORS, "list 1,000 connectors"),
    Case("latency", "get by id with 1, 32 and 256 connections", _latency),
    Case("worlds", f"get by id in 1,000 worlds in turn, {CONNECTIONS} connections", _worlds),
)
