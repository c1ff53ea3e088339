"""Mode asgi with clients in several threads: each step of the application between two awaits runs alone."""

import asyncio
import threading
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator

import httpx
import pytest

from conftest_plugin.asgi import BASE_URL
from conftest_plugin.options import MockSettings
from conftest_plugin.sessions import running_server
from conftest_plugin.worlds import MockServer, MockWorld
from mockserver.api.answers import content_of
from mockserver.http.exchange import Content
from tests.live.process import DEADLINE
from tests.plugin.sessions import eventually

# Seconds to wait for an event that must not happen; if it can, it happens at once.
_LONG_ENOUGH = 0.3


@pytest.fixture(scope="module")
def server(request: pytest.FixtureRequest) -> Iterator[MockServer]:
    with running_server(request.config, MockSettings(mode="asgi")) as server:
        yield server


def run(main: Callable[[], Coroutine[None, None, None]]) -> None:
    """Run a coroutine in its own thread and event loop, so that a deadlock fails the test."""
    failures: list[BaseException] = []

    def run_it() -> None:
        try:
            asyncio.run(main())
        except BaseException as failure:  # raised again below
            failures.append(failure)

    thread = threading.Thread(target=run_it, daemon=True)
    thread.start()
    thread.join(DEADLINE)
    assert not thread.is_alive(), "a deadlock"
    if failures:
        raise failures[0]


class Interloper:
    """Calls a function in another thread, the first time that an answer is written."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, what: Callable[[], object]) -> None:
        self._thread = threading.Thread(target=what, daemon=True)
        monkeypatch.setattr("mockserver.api.pipeline.content_of", self)

    def __call__(self, answer: object) -> Content:
        if self._thread.ident is None:
            self._thread.start()
            self._thread.join(_LONG_ENOUGH)
        return content_of(answer)

    def end(self) -> None:
        self._thread.join(DEADLINE)
        assert not self._thread.is_alive()


NUMBERS = {"phoneNumbers": ["+442079460401", "+442079460402"]}


def test_an_accepted_request_is_not_undone_by_the_refusal_of_another(
    world: MockWorld, telephony: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = world.client
    interloper = Interloper(monkeypatch, lambda: client.get(f"{telephony}/connectors/conn_unknown"))

    async def main() -> None:
        async with world.async_client() as client:
            assert (await client.post(f"{telephony}/phone-numbers", json=NUMBERS)).status_code == 201

    run(main)
    interloper.end()
    found = client.post(f"{telephony}/phone-numbers/batch", json=NUMBERS).json()
    assert found["notFound"] == []
    changes = {entry["operation"]: len(entry["changed"]) for entry in world.requests()}
    assert changes == {"importPhoneNumbers": 2, "getConnector": 0, "batchGetPhoneNumbers": 0}


def test_the_control_plane_sees_no_unfinished_request(
    world: MockWorld, telephony: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[object] = []
    interloper = Interloper(monkeypatch, lambda: seen.append((world.diff()["created"], world.requests())))

    async def main() -> None:
        async with world.async_client() as client:
            await client.post(f"{telephony}/phone-numbers", json=NUMBERS)

    run(main)
    interloper.end()
    assert seen == [(world.diff()["created"], world.requests())]


def test_a_delayed_request_blocks_no_other(world: MockWorld, telephony: str) -> None:
    async def main() -> None:
        async with world.async_client() as client:
            world.faults.delay("listConnectors", ms=300_000)
            waiting = asyncio.create_task(client.get(f"{telephony}/connectors"))
            await asyncio.to_thread(
                eventually, lambda: next(iter(world.faults))["matched"] == 1, "the request is delayed"
            )
            assert world.client.get(f"{telephony}/connectors/conn_abc123").status_code == 200
            waiting.cancel()
            with pytest.raises(asyncio.CancelledError):
                await waiting
            assert (await client.get(f"{telephony}/connectors/conn_abc123")).status_code == 200

    run(main)
    assert [entry["operation"] for entry in world.requests()] == ["getConnector", "getConnector"]


def test_a_body_can_be_produced_by_calls_of_the_control_plane(world: MockWorld, telephony: str) -> None:
    async def body() -> AsyncIterator[bytes]:
        yield b'{"connectorIds": '
        connectors = world.state()["accounts"][0]["agents"][0]["connectors"]
        yield f'["{connectors[0]["connectorId"]}"]}}'.encode()

    async def main() -> None:
        async with world.async_client() as client:
            answer = await client.post(f"{telephony}/connectors/batch", content=body())
            assert answer.json()["notFound"] == []

    run(main)


def test_an_error_while_a_body_is_produced_reaches_the_client(world: MockWorld, telephony: str) -> None:
    async def body() -> AsyncIterator[bytes]:
        yield b"{"
        raise KeyError("of the test")

    async def main() -> None:
        async with world.async_client() as client:
            with pytest.raises(KeyError, match="of the test"):
                await client.post(f"{telephony}/connectors/batch", content=body())

    run(main)
    assert world.requests() == []


def test_the_base_url_is_refused_where_a_real_address_is_needed(world: MockWorld) -> None:
    assert world.base_url == "http://polyai-mock.invalid"
    with pytest.raises(httpx.ConnectError, match="stands for the mock in mode asgi"):
        httpx.get(world.base_url, trust_env=False)


def test_an_abandoned_request_blocks_no_other(world: MockWorld, telephony: str) -> None:
    world.faults.delay("listConnectors", ms=300_000)
    transport = world.server.transport
    assert transport is not None

    async def main() -> None:
        request = httpx.Request("GET", f"{BASE_URL}{telephony}/connectors", headers=world.headers)
        abandoned = transport.handle_async_request(request)
        assert asyncio.isfuture(abandoned.send(None))
        abandoned.close()
        assert world.client.get(f"{telephony}/connectors/conn_abc123").status_code == 200

    run(main)


def test_a_delay_takes_real_time_where_a_test_has_frozen_it(world: MockWorld, telephony: str) -> None:
    freezegun = pytest.importorskip("freezegun")
    world.faults.delay(ms=20)
    statuses = []
    with freezegun.freeze_time("2026-07-02"):
        thread = threading.Thread(
            target=lambda: statuses.append(world.client.get(f"{telephony}/connectors").status_code), daemon=True
        )
        thread.start()
        thread.join(DEADLINE)
    assert statuses == [200]


def test_a_client_on_trio_is_delayed_and_answered(world: MockWorld, telephony: str) -> None:
    trio = pytest.importorskip("trio")
    world.faults.delay(ms=5)

    async def main() -> list[int]:
        async with world.async_client() as client:
            first = await client.get(f"{telephony}/connectors")
            with trio.move_on_after(0.01) as scope:
                world.faults.delay(ms=300_000)
                await client.get(f"{telephony}/connectors")
            assert scope.cancelled_caught
            world.faults.clear()
            second = await client.patch(f"{telephony}/connectors/conn_abc123", json={"variantId": None})
        return [first.status_code, second.status_code]

    assert trio.run(main) == [200, 200]


def test_a_broken_connection_is_the_same_error_on_trio(world: MockWorld, telephony: str) -> None:
    trio = pytest.importorskip("trio")
    world.faults.drop(how="reset")

    async def main() -> None:
        async with world.async_client() as client:
            with pytest.raises(httpx.ReadError):
                await client.get(f"{telephony}/connectors")

    trio.run(main)
