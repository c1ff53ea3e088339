"""What a user would pick instead: each peer is set up to answer what the mock server answered, as far as it can.

All run with their defaults, as a user would have them.
"""

import json
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from benchmarks import moto_peer
from benchmarks.exchanges import HOST, Answer
from benchmarks.prepared import MissingError, Prepared, needs
from benchmarks.run import Run
from benchmarks.scenarios import Scenario
from benchmarks.servers import python


@dataclass(frozen=True, slots=True)
class Peer:
    """A peer; preparing it raises MissingError."""

    about: str
    prepare: Callable[[Run, Scenario, Answer], Prepared]


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
            "takesBody": bool(asked.body),
            "status": answer.status,
            "content": json.loads(answer.body),
        }
        file.write_text(json.dumps(route), encoding="utf-8")
        return Prepared(lambda port: python("benchmarks.peer_apps", name, port, file), scenario.requests, asked)

    return prepare


def _in_npm_folder(run: Run, path: str) -> str:
    """Return the path of something that npm installed; raises MissingError."""
    found = run.peers_folder / "node_modules" / path
    if not found.exists():
        raise MissingError("it is not in the folder of peers; `python -m benchmarks --install-peers` puts it there")
    return str(found)


def _document(run: Run) -> str:
    if run.document is None:
        raise MissingError("it is fed with the public OpenAPI document; --document says where that is")
    return str(run.document.absolute())


def _program(name: str) -> str:
    found = shutil.which(name)
    if found is None:
        raise MissingError(f"{name} is not installed")
    return found


def _prism(run: Run, scenario: Scenario, _answer: Answer) -> Prepared:
    prism = _in_npm_folder(run, "@stoplight/prism-cli/dist/index.js")
    command = [_program("node"), prism, "mock", "--host", HOST, _document(run)]
    return Prepared(lambda port: [*command, "--port", str(port)], scenario.requests, scenario.requests[0])


def _mockoon(run: Run, scenario: Scenario, _answer: Answer) -> Prepared:
    mockoon = _in_npm_folder(run, "@mockoon/cli/bin/run.js")
    options = ["--hostname", HOST, "--disable-log-to-file", "--repair", "--data", _document(run)]
    command = [_program("node"), mockoon, "start", *options]
    return Prepared(lambda port: [*command, "--port", str(port)], scenario.requests, scenario.requests[0])


def _wiremock(run: Run, scenario: Scenario, answer: Answer) -> Prepared:
    """Prepare a stub of the answer: WireMock does not read OpenAPI documents."""
    package = Path(_in_npm_folder(run, "wiremock"))
    jar = next((package / "build").glob("*.jar"))
    asked = scenario.requests[0]
    stub = {
        "request": {"method": asked.method, "urlPath": asked.path},
        "response": {
            "status": answer.status,
            "headers": {name: value for name, value in answer.headers if name.lower() != "content-length"},
            "jsonBody": json.loads(answer.body),
        },
    }
    folder = run.folder / f"wiremock-{scenario.name}"
    (folder / "mappings").mkdir(parents=True, exist_ok=True)
    (folder / "mappings" / "stub.json").write_text(json.dumps(stub), encoding="utf-8")
    command = [_program("java"), "-jar", str(jar), "--bind-address", HOST, "--root-dir", str(folder)]
    return Prepared(lambda port: [*command, "--port", str(port)], scenario.requests, asked)


PEERS = {
    "starlette": Peer("a Starlette route with JSONResponse", _app("starlette", "starlette")),
    "fastapi": Peer("a FastAPI route with a response model", _app("fastapi", "fastapi")),
    "pytest-httpserver": Peer("an expectation of pytest-httpserver", _app("pytest-httpserver", "pytest_httpserver")),
    "moto": Peer("moto's server, by calls of DynamoDB with as many items", moto_peer.prepare),
    "prism": Peer("Prism, with the public document", _prism),
    "mockoon": Peer("Mockoon, with the public document", _mockoon),
    "wiremock": Peer("WireMock, with a stub", _wiremock),
}
