"""What clients see of each fault over a real socket, what it leaves behind, and that the server goes on."""

import asyncio
import json
import re
import socket
import struct
from collections.abc import Callable, Iterator
from time import monotonic
from typing import Any

import httpx
import pytest

from tests.client import assert_refused
from tests.live.process import DEADLINE, Server, read_answer
from tests.live.worlds import TELEPHONY, LiveWorld

DELETE = "/connectors/conn_abc123"
DELETED = ["+442071234567", "+442079460101", "conn_abc123"]
UPDATES = {"updates": [{"connectorId": name, "variantId": "VARIANT-1"} for name in ("conn_abc123", "conn_new456")]}

Serve = Callable[..., Server]


@pytest.fixture
def world(server: Server, request: pytest.FixtureRequest) -> Iterator[LiveWorld]:
    """A world of the test's own; at the end, the server still answers in it."""
    with LiveWorld(server, re.sub(r"[^A-Za-z0-9]+", "-", request.node.name)[:80]) as world:
        yield world
        assert world.control.delete("/faults").status_code == 200
        assert world.api.get("/connectors").status_code == 200


def _all_pieces(connection: socket.socket) -> Iterator[bytes]:
    while piece := connection.recv(65536):
        yield piece


def _sent_and_received(world: LiveWorld, line: str) -> bytes:
    """Send a request on a connection of its own, and return all that comes until the server ends it."""
    with world.server.connect() as connection:
        connection.sendall(world.request(line))
        return b"".join(_all_pieces(connection))


def _assert_fired(world: LiveWorld, status: int | None, changed: list[str]) -> None:
    entry = world.entry()
    assert (entry["operation"], entry["status"], entry["faults"]) == ("deleteConnector", status, ["fault-1"])
    assert sorted(change["key"] for change in entry["changed"]) == changed
    assert world.changed() == changed


@pytest.mark.parametrize(
    ("fault", "code"),
    [({"status": 503}, "SERVICE_UNAVAILABLE"), ({"status": 409, "errorCode": "OF_MY_OWN"}, "OF_MY_OWN")],
    ids=["its own code", "a given code"],
)
def test_a_status_is_answered_and_nothing_changes(world: LiveWorld, fault: dict[str, Any], code: str) -> None:
    world.fault(operation="deleteConnector", times=1, **fault)
    assert_refused(world.api.delete(DELETE), fault["status"], code)
    _assert_fired(world, fault["status"], [])
    assert world.api.delete(DELETE).status_code == 200


def test_a_status_comes_with_a_body_of_ones_own_and_with_retry_after(world: LiveWorld) -> None:
    world.fault(operation="deleteConnector", status=429, retryAfter=7, body={"message": "später"})
    answer = world.api.delete(DELETE)
    assert (answer.status_code, answer.headers["retry-after"]) == (429, "7")
    assert answer.json() == {"message": "später"}
    _assert_fired(world, 429, [])


def test_slow_requests_are_held_back_and_delay_no_other(world: LiveWorld) -> None:
    delays = {
        "/connectors/conn_abc123": {"ms": 1000},
        "/connectors/conn_new456": {"uniform": [1000, 1100]},
        "/phone-numbers/+442071234567": {"lognormal": {"median": 1000, "sigma": 0}},
    }
    for path, delay in delays.items():
        name = "phoneNumber" if "phone" in path else "connectorId"
        world.fault(delay=delay, **{name: path.rpartition("/")[2]})
    answered: list[str] = []
    spans: list[float] = []

    async def get(client: httpx.AsyncClient, path: str) -> None:
        started = monotonic()
        assert (await client.get(world.server.url + TELEPHONY + path)).status_code == 200
        answered.append(path)
        spans.append(monotonic() - started)

    async def run() -> None:
        async with httpx.AsyncClient(headers={"x-api-key": world.key}, timeout=DEADLINE, trust_env=False) as client:
            slow = [asyncio.create_task(get(client, path)) for path in delays]
            deadline = monotonic() + DEADLINE
            faults = f"{world.server.url}/_mock/worlds/{world.name}/faults"
            while [fault["struck"] for fault in (await client.get(faults)).json()["faults"]] != [1, 1, 1]:
                assert (answered, monotonic() < deadline) == ([], True)
            await get(client, "/connectors")
            await asyncio.gather(*slow)

    asyncio.run(run())
    assert answered[0] == "/connectors"
    assert sorted(answered[1:]) == sorted(delays)
    assert min(spans[1:]) > 0.9, "timers are only so exact"
    entries = {entry["path"].removeprefix(TELEPHONY): entry for entry in world.get("/requests")["requests"]}
    assert [entries[path]["faults"] for path in delays] == [["fault-1"], ["fault-2"], ["fault-3"]]
    assert min(entries[path]["durationMs"] for path in delays) > 900
    assert world.changed() == []


def test_a_reset_is_a_reset_and_nothing_changes(world: LiveWorld) -> None:
    world.fault(operation="deleteConnector", connection="reset")
    with pytest.raises(ConnectionResetError):
        _sent_and_received(world, f"DELETE {DELETE}")
    _assert_fired(world, None, [])


def test_a_closed_connection_ends_without_a_byte_and_nothing_changes(world: LiveWorld) -> None:
    world.fault(operation="deleteConnector", connection="close")
    assert _sent_and_received(world, f"DELETE {DELETE}") == b""
    _assert_fired(world, None, [])


def test_garbage_is_not_http_and_nothing_changes(world: LiveWorld) -> None:
    world.fault(operation="deleteConnector", connection="garbage")
    received = _sent_and_received(world, f"DELETE {DELETE}")
    assert received
    assert b"HTTP/" not in received
    _assert_fired(world, None, [])
    with pytest.raises(httpx.RemoteProtocolError):
        world.api.delete(DELETE)


def test_a_truncated_answer_promises_more_than_comes_and_the_change_is_made(world: LiveWorld) -> None:
    world.fault(operation="deleteConnector", connection="truncate")
    headers, _, body = _sent_and_received(world, f"DELETE {DELETE}").partition(b"\r\n\r\n")
    assert headers.startswith(b"HTTP/1.1 200 ")
    promised = re.search(rb"content-length: (\d+)", headers)
    assert promised is not None
    assert 0 < len(body) < int(promised[1])
    assert body.startswith(b"{")
    _assert_fired(world, 200, DELETED)
    assert world.entry()["responseBody"]["deletedConnector"] == "conn_abc123"


def test_a_dripping_answer_arrives_whole_in_several_pieces_and_the_change_is_made(world: LiveWorld) -> None:
    world.fault(operation="deleteConnector", connection="drip")
    with world.server.connect() as connection:
        connection.sendall(world.request(f"DELETE {DELETE}", "Connection: close"))
        pieces = list(_all_pieces(connection))
    headers, _, body = b"".join(pieces).partition(b"\r\n\r\n")
    assert headers.startswith(b"HTTP/1.1 200 ")
    assert json.loads(body) == {"deletedConnector": "conn_abc123", "deletedPhoneNumbers": DELETED[:2]}
    assert len(pieces) > 3
    _assert_fired(world, 200, DELETED)


def test_a_connection_survives_a_drip(world: LiveWorld) -> None:
    world.fault(operation="getConnector", connection="drip", times=1)
    with world.server.connect() as connection:
        for _ in range(2):
            connection.sendall(world.request(f"GET {DELETE}"))
            assert json.loads(read_answer(connection).body)["connectorId"] == "conn_abc123"


def test_one_item_of_a_batch_fails_and_the_rest_is_done(world: LiveWorld) -> None:
    world.fault(connectorId="conn_abc123", item="Upstream is busy.")
    first, second = world.api.patch("/connectors/batch", json=UPDATES).json()["results"]
    assert first == {"connectorId": "conn_abc123", "success": False, "error": "Upstream is busy."}
    assert second["success"] is True
    assert world.changed() == ["conn_new456"]
    assert (world.entry()["status"], world.entry()["faults"]) == (200, ["fault-1"])


def test_a_change_is_made_whose_answer_is_a_status(world: LiveWorld) -> None:
    world.fault(operation="deleteConnector", applyThen={"status": 502})
    assert_refused(world.api.delete(DELETE), 502, "BAD_GATEWAY")
    _assert_fired(world, 502, DELETED)


@pytest.mark.parametrize("kind", ["reset", "close", "garbage"])
def test_a_change_is_made_whose_answer_is_lost(world: LiveWorld, kind: str) -> None:
    world.fault(operation="deleteConnector", applyThen={"connection": kind})
    with pytest.raises(httpx.ReadError if kind == "reset" else httpx.RemoteProtocolError):
        world.api.delete(DELETE)
    _assert_fired(world, None, DELETED)


def test_a_rate_limit_refuses_what_is_over_it(world: LiveWorld) -> None:
    assert world.control.post("/clock", json={"freeze": "2026-07-02T10:00:00Z"}).status_code == 200
    world.fault(operation="deleteConnector", rateLimit={"requests": 1, "per": "10s"})
    assert_refused(world.api.delete("/connectors/conn_missing"), 404, "CONNECTORS_NOT_FOUND")
    answer = world.api.delete(DELETE)
    assert_refused(answer, 429, "TOO_MANY_REQUESTS")
    assert answer.headers["retry-after"] == "10"
    _assert_fired(world, 429, [])
    assert world.control.post("/clock", json={"advance": "10s"}).status_code == 200
    assert world.api.delete(DELETE).status_code == 200


def _leave_while_held_back(world: LiveWorld, line: str) -> None:
    """Send a request that a delay holds back, and reset the connection once it does."""
    with world.server.connect() as connection:
        connection.sendall(world.request(line))
        world.wait_for(lambda: world.get("/faults")["faults"][0]["struck"] == 1)
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


@pytest.mark.parametrize("kind", ["reset", "close", "garbage", "truncate", "drip"])
def test_a_connection_whose_client_has_left_cannot_be_broken(world: LiveWorld, kind: str) -> None:
    world.fault(operation="getConnector", delay={"ms": 100})
    world.fault(operation="getConnector", connection=kind)
    _leave_while_held_back(world, f"GET {DELETE}")
    world.wait_for(lambda: len(world.get("/requests")["requests"]) == 1)
    assert world.entry()["faults"] == ["fault-1", "fault-2"]


@pytest.mark.parametrize("stays", [True, False], ids=["waits", "has left"])
def test_a_request_that_is_held_back_does_not_hold_up_the_end(serve: Serve, stays: bool) -> None:
    server = serve("--seed", "two_agents")
    with LiveWorld(server, "held-back") as world:
        world.fault(operation="getConnector", delay={"ms": 300_000})
        if stays:
            connection = server.connect()
            connection.sendall(world.request(f"GET {DELETE}"))
            world.wait_for(lambda: world.get("/faults")["faults"][0]["struck"] == 1)
        else:
            _leave_while_held_back(world, f"GET {DELETE}")
    ended = server.stop()
    if stays:
        connection.close()
    assert (ended.code, ended.err) == (0, "")
