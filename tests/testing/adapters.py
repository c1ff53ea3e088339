"""This project's own adapters of the state machine: the engine itself, the application in process, a server."""

import asyncio
import json
from collections.abc import Coroutine, Mapping
from datetime import timedelta

import httpx
from starlette.applications import Starlette
from starlette.types import Message

from mockserver import seeds
from mockserver.api.answers import content_of
from mockserver.api.auth import access
from mockserver.api.near_misses import unknown_in
from mockserver.errors import ApiError
from mockserver.http.json import dump_json
from mockserver.resources import OPERATIONS
from mockserver.testing import Adapter, Answer, ApiRequest
from mockserver.testing.values import JsonObject
from mockserver.testing.worlds import API_KEY
from mockserver.world.worlds import Worlds
from tests.client import server
from tests.live.process import DEADLINE, Server
from tests.state.invariants import broken_invariants

BY_NAME = {operation.name: operation for operation in OPERATIONS}


def at_once(reading: Coroutine[object, object, object]) -> object:
    """Return what a coroutine returns that has nothing to wait for."""
    try:
        reading.send(None)
    except StopIteration as returned:
        return returned.value
    raise AssertionError("there is nothing to wait for")


class EngineAdapter(Adapter):
    """Operations without HTTP; a refusal must have written nothing, and every invariant must stand."""

    def start(self, world: JsonObject) -> JsonObject | None:
        self.worlds = Worlds(seeds.load_data(world))
        self.world = self.worlds.default
        return seeds.export(self.world.state, self.world.clock, full=True)

    def request(self, request: ApiRequest) -> Answer:
        operation = BY_NAME[request.operation]
        state = self.world.state
        try:
            key = request.headers(API_KEY).get("x-api-key", "")
            _, caller = access(self.worlds, key.encode())
            if isinstance(caller, ApiError):
                raise caller
            scope = operation.scope(*caller, request.path, {}, {})
            body = at_once(operation.read({}, request.content or b"")) if operation.body else None
            operation.check_keys(state.policies, unknown_in(operation, request.query, body))
            content = content_of(operation.handler(scope, **operation.arguments(request.query, body)))
        except ApiError as refusal:
            assert state.commit() == (), f"{request!r} was refused, and has written"
            return Answer(refusal.err.status, {"error_code": refusal.err.name})
        if state.commit():
            assert broken_invariants(state) == []
        if not content.body:
            return Answer(operation.success)
        answer = json.loads(content.body)
        assert content.body == dump_json(answer), f"{operation.name} is not written as the service writes JSON"
        return Answer(operation.success, answer)

    def advance_clock(self, seconds: int) -> None:
        self.world.clock.advance(timedelta(seconds=seconds))


class ControlledAdapter(Adapter):
    """What faults and the clock need is asked of the control plane."""

    def _control(self, method: str, noun: str, body: JsonObject | None = None) -> None:
        raise NotImplementedError

    def add_fault(self, fault: JsonObject) -> None:
        self._control("POST", "faults", fault)

    def clear_faults(self) -> None:
        self._control("DELETE", "faults")

    def advance_clock(self, seconds: int) -> None:
        self._control("POST", "clock", {"advance": f"{seconds}s"})


class AsgiAdapter(ControlledAdapter):
    """The application in process, called as a server calls it."""

    def __init__(self) -> None:
        self.app: Starlette = server("empty")
        self.runner = asyncio.Runner()

    def start(self, world: JsonObject) -> None:
        self.app.state.worlds.default.reset(seeds.load_data(world))

    def close(self) -> None:
        self.runner.close()

    def request(self, request: ApiRequest) -> Answer:
        status, body = self._send(request.method, request.target, request.headers(API_KEY), request.content or b"")
        return Answer(status, json.loads(body) if body else None)

    def _control(self, method: str, noun: str, body: JsonObject | None = None) -> None:
        headers = {"content-type": "application/json"}
        content = b"" if body is None else json.dumps(body).encode()
        status, answered = self._send(method, f"/_mock/worlds/default/{noun}", headers, content)
        assert status < 300, answered

    def _send(self, method: str, target: str, headers: Mapping[str, str], content: bytes) -> tuple[int, bytes]:
        path, _, query = target.partition("?")
        scope = {
            "type": "http",
            "method": method,
            "path": path,
            "raw_path": path.encode(),
            "query_string": query.encode(),
            "headers": [(b"host", b"localhost"), *((name.encode(), value.encode()) for name, value in headers.items())],
        }
        sent: list[Message] = []

        async def receive() -> Message:
            return {"type": "http.request", "body": content}

        async def send(message: Message) -> None:
            sent.append(message)

        async def answer() -> None:
            await self.app(scope, receive, send)

        self.runner.run(answer())
        return sent[0]["status"], b"".join(message.get("body", b"") for message in sent[1:])


class SocketAdapter(ControlledAdapter):
    """A world of a server that runs in a process of its own."""

    def __init__(self, process: Server, name: str = "machine") -> None:
        self.http = httpx.Client(base_url=process.url, timeout=DEADLINE, trust_env=False)
        self.name = name

    def start(self, world: JsonObject) -> None:
        self._control("POST", "reset", {"seed": world})

    def close(self) -> None:
        self.http.close()

    def request(self, request: ApiRequest) -> Answer:
        headers = request.headers(f"{API_KEY}~{self.name}")
        answer = self.http.request(request.method, request.target, content=request.content, headers=headers)
        return Answer(answer.status_code, answer.json() if answer.content else None)

    def _control(self, method: str, noun: str, body: JsonObject | None = None) -> None:
        headers = {"content-type": "application/json"}
        content = None if body is None else json.dumps(body)
        answer = self.http.request(method, f"/_mock/worlds/{self.name}/{noun}", content=content, headers=headers)
        assert answer.is_success, answer.text
