"""Requests that wait, and the ends of their worlds, in 10,000 random orders: no life of a world sees another's."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from random import Random
from typing import Any

import pytest

from mockserver.api.broken import BrokenConnectionError
from tests.client import AGENT
from tests.control.mock import Mock

SCENARIOS = 10_000
CONNECTOR = f"/v1/agents/{AGENT}/telephony/connectors/conn_abc123"
KEY = "demo-key~one"

give_turn = asyncio.sleep


class Life:
    """What may be seen of a world until it is reset, deleted, replaced or restored."""

    def __init__(self, voice: str, journalled: list[str]) -> None:
        self.voices = {voice}
        self.journalled = journalled
        self.over = False


class Scenario:
    """Random steps in one world: updates whose body or answer is held back, ends of the world, and what goes on."""

    def __init__(self, app: Any, random: Random) -> None:
        self.app = app
        self.random = random
        self.held: list[asyncio.Future[None]] = []
        self.updates: list[asyncio.Task[None]] = []
        self.saved = ""

    async def hold(self, _seconds: float = 0.0) -> None:
        """Wait until the scenario goes on with a waiting request."""
        held = asyncio.get_running_loop().create_future()
        self.held.append(held)
        await held

    async def ask(self, method: str, path: str, content: object, before_body: Callable[[], Awaitable[None]]) -> Any:
        """Return the status and the JSON of an answer."""
        sent: list[Any] = []

        async def receive() -> dict[str, object]:
            await before_body()
            return {"type": "http.request", "body": b"" if content is None else json.dumps(content).encode()}

        async def send(message: object) -> None:
            sent.append(message)

        headers = [(b"host", b"mock"), (b"x-api-key", KEY.encode()), (b"content-type", b"application/json")]
        path, _, query = path.partition("?")
        await self.app(
            {
                "type": "http",
                "method": method,
                "path": path,
                "raw_path": path.encode(),
                "query_string": query.encode(),
                "headers": headers,
            },
            receive,
            send,
        )
        return sent[0]["status"], json.loads(b"".join(part["body"] for part in sent[1:]) or b"null")

    async def control(self, method: str, path: str = "", content: object = None) -> Any:
        """Return what the control plane answers about the world."""
        status, answer = await self.ask(method, f"/_mock/worlds/one{path}", content, lambda: give_turn(0))
        assert status in (200, 201), answer
        return answer

    async def seen(self) -> tuple[str, list[str]]:
        """Return the connector's variant, and the variants that the journal's updates asked for."""
        agents = (await self.control("GET", "/state"))["accounts"][0]["agents"]
        (connector,) = (it for it in agents[0]["connectors"] if it["connectorId"] == "conn_abc123")
        entries = (await self.control("GET", "/requests"))["requests"]
        return connector.get("variantId", ""), [entry["requestBody"]["variantId"] for entry in entries]

    async def begin(self) -> None:
        """Begin a life, with what is there now."""
        self.life = Life(*await self.seen())

    async def update(self) -> None:
        """Start an update, whose body or answer is held back."""
        if self.random.random() < 0.5:
            await self.control("POST", "/faults", {"delay": {"ms": 5_000}, "times": 1})
            before_body: Callable[[float], Awaitable[None]] = give_turn
        else:
            before_body = self.hold
        voice, life = f"VARIANT-{len(self.updates)}-{self.random.random()}", self.life

        async def updating() -> None:
            try:
                status, _ = await self.ask("PATCH", CONNECTOR, {"variantId": voice}, lambda: before_body(0.0))
            except BrokenConnectionError:
                assert life.over
                return
            assert (status, life.over) == (200, False)
            life.voices.add(voice)
            life.journalled.append(voice)

        self.updates.append(asyncio.ensure_future(updating()))

    async def go_on(self) -> None:
        """Let a waiting request go on."""
        if self.held:
            self.held.pop(self.random.randrange(len(self.held))).set_result(None)

    async def save(self) -> None:
        """Save the state, which a later step may restore."""
        self.saved = "before"
        await self.control("POST", "/snapshots", {"name": self.saved})

    async def end(self) -> None:
        """End the world's life."""
        ends = ["reset", "delete", "replace", *(["restore"] if self.saved else [])]
        match self.random.choice(ends):
            case "reset":
                await self.control("POST", "/reset", {})
                self.saved = ""
            case "delete":
                await self.control("DELETE")
                self.saved = ""
                await self.ask("GET", "/v1/agents/none/telephony/connectors", None, lambda: give_turn(0))
                await self.control("DELETE", "/requests")
            case "replace":
                await self.control("PUT", "/state", await self.control("GET", "/state"))
            case "restore":
                await self.control("POST", f"/snapshots/{self.saved}/restore", {})
        self.life.over = True
        await self.begin()

    async def check(self) -> None:
        """Assert that the world shows what its present life has done, and nothing else."""
        voice, journalled = await self.seen()
        assert voice in self.life.voices
        assert sorted(journalled) == sorted(self.life.journalled)

    async def play(self) -> None:
        """Play some steps to their end."""
        steps = [self.update, self.update, self.go_on, self.go_on, self.save, self.end]
        await self.control("POST", "/reset", {})
        await self.begin()
        for _ in range(self.random.randint(3, 8)):
            await self.random.choice(steps)()
            for _ in range(3):
                await give_turn(0)
        while self.held or not all(update.done() for update in self.updates):
            await self.go_on()
            await give_turn(0)
        await asyncio.gather(*self.updates)
        await self.check()


def test_nothing_of_one_life_of_a_world_is_seen_in_the_next(mock: Mock, monkeypatch: pytest.MonkeyPatch) -> None:
    async def main() -> None:
        for number in range(SCENARIOS):
            scenario = Scenario(mock.app, Random(number))
            monkeypatch.setattr("mockserver.api.pipeline.asyncio.sleep", scenario.hold)
            mock.worlds.use("one")
            await scenario.play()

    asyncio.run(main())
