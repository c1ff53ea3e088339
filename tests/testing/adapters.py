"""This project's own adapters of the state machine: the engine itself, the application in process, a server."""

import asyncio
import json
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import httpx
from starlette.applications import Starlette
from starlette.types import Message

from mockserver import seeds
from mockserver.api.auth import credentials, identify
from mockserver.api.fragments import dump_written
from mockserver.api.operation import Call
from mockserver.errors import ApiError
from mockserver.http.json import dump_json
from mockserver.resources import OPERATIONS
from mockserver.state.access import authorise_agent
from mockserver.state.invariants import broken_invariants
from mockserver.state.state import State
from mockserver.testing import Adapter, Answer, ApiRequest
from mockserver.testing.values import JsonObject
from mockserver.testing.worlds import API_KEY
from mockserver.values.clock import Clock
from mockserver.world.worlds import Worlds
from tests.client import server
from tests.live.process import DEADLINE, Server

BY_NAME = {operation.name: operation for operation in OPERATIONS}


def complete(state: State, clock: Clock) -> dict[str, Any]:
    """Return the data of a seed that leaves nothing unsaid."""
    seed: dict[str, Any] = seeds.export(state, clock)
    for account in seed["accounts"]:
        for agent in account.get("agents", []):
            agent_id = agent["agentId"]
            agent["connectors"] = [
                {
                    "connectorId": row.connector_id,
                    "name": row.name,
                    "clientEnv": row.client_env,
                    "variantId": row.variant_id,
                    "asrLangCode": row.asr_lang_code,
                    "ttsLangCode": row.tts_lang_code,
                    "voiceName": row.voice_name,
                    "disableHandoff": row.disable_handoff,
                }
                for row in state.connectors.where("agent_id", agent_id)
            ]
            agent["phoneNumbers"] = [
                {"number": row.number, "clientEnv": row.client_env}
                | ({"connectorId": row.connector_id} if row.connector_id else {})
                for row in state.phone_numbers.where("agent_id", agent_id)
            ]
            for call in agent.get("outboundCalls", []):
                call.setdefault("reason", "")
    return seed


class EngineAdapter(Adapter):
    """Operations without HTTP; a refusal must have written nothing, and every invariant must stand."""

    def start(self, world: JsonObject) -> JsonObject | None:
        self.worlds = Worlds(seeds.load_data(world))
        self.world = self.worlds.default
        return complete(self.world.state, self.world.clock)

    def request(self, request: ApiRequest) -> Answer:
        operation = BY_NAME[request.operation]
        state = self.world.state
        try:
            key = request.headers(API_KEY).get("x-api-key", "")
            caller = identify(self.worlds, credentials(key.encode()))
            agent = authorise_agent(state, caller.key, request.path["agentId"])
            call = Call(caller, agent, request.path, request.query)
            if operation.takes_body:
                value = operation.validated(operation.read(request.content or b""))
                content = operation.handler(call, value)
            else:
                content = operation.handler(call)
        except ApiError as refusal:
            assert state.commit() == (), f"{request!r} was refused, and has written"
            return Answer(refusal.err.status, {"error_code": refusal.err.name})
        if state.commit():
            assert broken_invariants(state) == []
        answer = dump_written(content)
        body = json.loads(answer)
        assert answer == dump_json(body), f"{operation.name} is not written as the service writes JSON"
        return Answer(operation.status, body)

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
        return Answer(status, json.loads(body))

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
        return Answer(answer.status_code, answer.json())

    def _control(self, method: str, noun: str, body: JsonObject | None = None) -> None:
        headers = {"content-type": "application/json"}
        content = None if body is None else json.dumps(body)
        answer = self.http.request(method, f"/_mock/worlds/{self.name}/{noun}", content=content, headers=headers)
        assert answer.is_success, answer.text
