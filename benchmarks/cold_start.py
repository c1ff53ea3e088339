"""From nothing to the first good answer: a process is started, and asked until it answers.

Everything is started once before anything is measured, so that bytecode is cached and files are in memory.
"""

from collections.abc import Callable, Iterator

from benchmarks import scenarios
from benchmarks.exchanges import Answer, Request, ask
from benchmarks.measurements import FLOOR, OURS, FailedError, Measurement, Take, alternate
from benchmarks.peers import PEERS
from benchmarks.run import Case, Run
from benchmarks.servers import Server, free_port, mockserver, running
from benchmarks.subjects import floor_command

_SCENARIO = scenarios.GET


def _measure(run: Run) -> Iterator[Measurement]:
    asked = _SCENARIO.requests[0]
    answer = _captured(run, asked)
    takes: dict[str, Take] = {
        OURS: _starting(run, OURS, lambda port: mockserver(port, "demo"), asked),
        FLOOR: _starting(run, FLOOR, lambda port: floor_command(run, _SCENARIO.name, answer, port), asked),
    }
    for take in takes.values():
        take()
    for name in run.peers:
        try:
            peer = PEERS[name].prepare(run, _SCENARIO, answer)
            takes[name] = _starting(run, name, peer.command, peer.first)
            takes[name]()
        except FailedError as error:
            takes.pop(name, None)
            run.say(f"cold-start: without {name}: {error}")
    yield from alternate("cold-start", run.rounds, takes, {"first answer": "ms"}, say=run.say)


def _captured(run: Run, asked: Request) -> Answer:
    port = free_port()
    with running(OURS, mockserver(port, "demo"), port, run.cores, asked):
        return ask(port, asked)


def _starting(run: Run, name: str, command: Callable[[int], list[str]], first: Request) -> Take:
    def take() -> dict[str, float]:
        port = free_port()
        server = Server(name, command(port), port, run.cores, first)
        server.stop()
        return {"first answer": server.start_seconds * 1000}

    return take


COLD_START = Case("cold-start", "from the start of a process to its first good answer, with the demo seed", _measure)
