"""What the pytest plugin adds to a test, in each of its modes, beside what other plugins add."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import get_args

from benchmarks import scenarios
from benchmarks.exchanges import Answer, good
from benchmarks.measurements import OURS, Measurement
from benchmarks.plugin_session import times
from benchmarks.run import Case, Run
from benchmarks.servers import free_port, mockserver, running
from benchmarks.subjects import floor_command
from conftest_plugin.options import Mode

EMPTY = "an empty test"
CALL = "a test with one call"

_TURNS = 300
_SUBJECTS = {OURS: "polyai_mock", "pytest-httpserver": "httpserver", "respx": "respx", "moto": "moto"}


def _measure(run: Run) -> Iterator[Measurement]:
    figures: dict[tuple[str, str], dict[str, list[float]]] = {}
    with _bare_server(run) as (port, answer):
        for _ in range(run.rounds):
            for mode in get_args(Mode):
                content = json.loads(answer.body)
                taken = times(run.folder / "session", mode, run.count(_TURNS, 20), port, content, run.cores)
                for name, kind in _SUBJECTS.items():
                    for measure, test, without in ((EMPTY, kind, "empty"), (CALL, f"{kind}_call", "bare_call")):
                        if test in taken:
                            rounds = figures.setdefault((mode, measure), {}).setdefault(name, [])
                            rounds.append(taken[test] - taken[without])
    for (mode, measure), by_subject in figures.items():
        reference = "pytest-httpserver" if "pytest-httpserver" in by_subject else OURS
        yield Measurement("plugin", f"{measure}, mode {mode}", "µs", reference, by_subject)


@contextmanager
def _bare_server(run: Run) -> Iterator[tuple[int, Answer]]:
    """Run the floor, for bare calls over loopback; give its port, and what it answers."""
    asked = scenarios.GET.requests[0]
    port = free_port()
    with running(OURS, mockserver(port, "demo"), port, run.cores, asked):
        answer = good(port, asked)
    port = free_port()
    with running("floor", floor_command(run, "plugin", answer, port), port, run.cores, asked):
        yield port, answer


PLUGIN = Case(
    "plugin",
    "a test with the plugin over an empty test, and a test with one call over an empty test plus a bare loopback call",
    _measure,
)
