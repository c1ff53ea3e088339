"""What a user would pick instead: each peer is set up to answer what the mock server answered, as far as it can."""

import importlib.util
import json
from collections.abc import Callable
from dataclasses import dataclass

from benchmarks.exchanges import Answer, Request
from benchmarks.run import Run
from benchmarks.scenarios import Scenario
from benchmarks.servers import python


class MissingError(Exception):
    """A peer is not installed, or has no comparable call; the text says which."""


def _nothing(_port: int) -> None:
    return


@dataclass(frozen=True, slots=True)
class Prepared:
    """A peer that can be started: its command for a port, what to ask it, and what it has to be told first.

    `first` is what it answers well as soon as it is up, before it was told anything.
    """

    command: Callable[[int], list[str]]
    requests: tuple[Request, ...]
    first: Request
    set_up: Callable[[int], None] = _nothing


@dataclass(frozen=True, slots=True)
class Peer:
    """A peer; preparing it raises MissingError."""

    about: str
    prepare: Callable[[Run, Scenario, Answer], Prepared]


def needs(module: str) -> None:
    """Raise MissingError for a Python module that is not installed."""
    if importlib.util.find_spec(module) is None:
        raise MissingError(f"{module} is not installed; the extra `bench` has it")


def _app(name: str, module: str) -> Callable[[Run, Scenario, Answer], Prepared]:
    def prepare(run: Run, scenario: Scenario, answer: Answer) -> Prepared:
        needs(module)
        file = run.folder / f"{name}-{scenario.name}.json"
        asked = scenario.requests[0]
        route = {
            "name": scenario.name,
            "template": scenario.template,
            "method": asked.method,
            "path": asked.path,
            "status": answer.status,
            "content": json.loads(answer.body),
        }
        file.write_text(json.dumps(route), encoding="utf-8")
        return Prepared(lambda port: python("benchmarks.peer_apps", name, port, file), scenario.requests, asked)

    return prepare


PEERS = {
    "starlette": Peer("a Starlette route with JSONResponse", _app("starlette", "starlette")),
    "fastapi": Peer("a FastAPI route with a response model", _app("fastapi", "fastapi")),
    "pytest-httpserver": Peer("an expectation of pytest-httpserver", _app("pytest-httpserver", "pytest_httpserver")),
}
