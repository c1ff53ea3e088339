"""Who is measured in a case under load: the mock server, its floor, and those peers that there are."""

import json
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass

from benchmarks.exchanges import Answer, Request, good
from benchmarks.load import load
from benchmarks.measurements import FLOOR, OURS, FailedError, Take
from benchmarks.peers import PEERS
from benchmarks.run import Run
from benchmarks.scenarios import HEALTH, Scenario
from benchmarks.servers import Server, free_port, mockserver, python, running


@dataclass(frozen=True, slots=True)
class Subject:
    """A server, and how the question of a case is put to it."""

    server: Server
    requests: tuple[Request, ...]


def floor_command(run: Run, name: str, answer: Answer, port: int) -> list[str]:
    """Return the command of the floor that gives an answer which our server gave."""
    file = run.folder / f"floor-{name}.json"
    body = answer.body.decode("latin-1")
    file.write_text(json.dumps({"status": answer.status, "headers": answer.headers, "body": body}), encoding="latin-1")
    return python("benchmarks.floor", port, file)


@contextmanager
def running_subjects(run: Run, scenario: Scenario, *, with_peers: bool = True) -> Iterator[Mapping[str, Subject]]:
    """Run all that a case compares, each paused; raises StartError where ours or the floor does not start."""
    with ExitStack() as stack:
        port = free_port()
        command = mockserver(port, scenario.seed(run.folder))
        ours = stack.enter_context(running(OURS, command, port, run.cores, HEALTH))
        for asked in scenario.requests:
            answer = good(port, asked)
        ours.pause()
        port = free_port()
        command = floor_command(run, scenario.name, answer, port)
        floor = stack.enter_context(running(FLOOR, command, port, run.cores, scenario.requests[0]))
        floor.pause()
        subjects = {OURS: Subject(ours, scenario.requests), FLOOR: Subject(floor, scenario.requests)}
        for name in run.peers if with_peers else ():
            try:
                peer = PEERS[name].prepare(run, scenario, answer)
                port = free_port()
                server = stack.enter_context(running(name, peer.command(port), port, run.cores, peer.first))
                peer.set_up(port)
            except (FailedError, OSError) as error:
                run.say(f"{scenario.name}: without {name}: {error}")
                continue
            server.pause()
            subjects[name] = Subject(server, peer.requests)
        yield subjects


def loading(run: Run, subject: Subject, connections: int) -> Take:
    """Return what loads a subject, alone, and reports its figures."""

    def take() -> dict[str, float]:
        server = subject.server
        server.resume()
        try:
            figures = load(run.generator, server.port, subject.requests, connections, run.seconds, run.folder)
        finally:
            server.pause()
        return {"throughput": figures.throughput, "p50": figures.p50, "p99": figures.p99}

    return take
