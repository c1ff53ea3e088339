"""Large requests that can be made once in a world: timed one after the other, each in a world of its own."""

import time
from collections.abc import Iterator
from itertools import count
from statistics import median

from benchmarks import scenarios
from benchmarks.exchanges import AnswerError, Connection, Request
from benchmarks.made import AGENT
from benchmarks.measurements import OURS, Measurement, Take, alternate
from benchmarks.run import Case, Run
from benchmarks.scenarios import Scenario
from benchmarks.subjects import Subject, running_subjects

_EACH = 20


def _case(scenario: Scenario, about: str) -> Case:
    def measure(run: Run) -> Iterator[Measurement]:
        worlds = count()
        with running_subjects(run, scenario) as subjects:
            takes = {name: _timing(run, name, scenario, subject, worlds) for name, subject in subjects.items()}
            alternate(scenario.name, 1, takes, {"answer": "ms"}, say=run.say)
            yield from alternate(scenario.name, run.rounds, takes, {"answer": "ms"}, say=run.say)

    return Case(scenario.name, about, measure)


def _timing(run: Run, name: str, scenario: Scenario, subject: Subject, worlds: Iterator[int]) -> Take:
    def take() -> dict[str, float]:
        subject.server.resume()
        connection = Connection(subject.server.port)
        try:
            times = [timed(subject, connection, scenario, name == OURS, worlds) for _ in range(run.count(_EACH, 3))]
        finally:
            connection.close()
            subject.server.pause()
        return {"answer": median(times) * 1000}

    return take


def timed(subject: Subject, connection: Connection, scenario: Scenario, ours: bool, worlds: Iterator[int]) -> float:
    """Return the seconds until an answer is there; `ours` is asked in a fresh world, which is made beforehand."""
    port = subject.server.port
    asked = subject.requests[0]
    if ours:
        headers = scenarios.headers(f"{scenario.name}-{next(worlds)}")
        connection.exchange(Request("GET", f"{scenarios.connectors_of(AGENT)}/conn_000000", headers).raw(port))
        asked = Request(asked.method, asked.path, headers, asked.body)
    raw = asked.raw(port)
    began = time.perf_counter()
    reader = connection.exchange(raw)
    seconds = time.perf_counter() - began
    if reader.status >= 400:
        raise AnswerError(f"{subject.server.name} answered {bytes(reader.buffer[:500])!r}")
    return seconds


SINGLE_CASES = (
    _case(scenarios.IMPORT, "import 1,000 numbers in one call"),
    _case(scenarios.DELETE, "delete a connector with 1,000 numbers"),
)
