"""Many requests and many misbehaving clients: memory and open files stay as they were, and good clients are served.

The long runs carry the marker `long`; their results are in docs/reliability.md.
"""

import asyncio
import contextlib
import json
import re
import socket
import struct
from collections.abc import Callable, Iterator
from random import Random
from time import monotonic

import psutil
import pytest

from mockserver.resources import OPERATIONS
from tests.client import AGENT, OTHER_AGENT
from tests.live.process import DEADLINE, HOST, Server, head
from tests.live.test_malformed import BODIES, CHUNKED, HEADS

Serve = Callable[..., Server]

WORLDS = 20
AT_ONCE = 40
CONNECTORS = ("conn_abc123", "conn_new456", "conn_sales01", "conn_missing")
NUMBERS = (*(f"+4420794602{index:02}" for index in range(30)), "+442071234567", "nonsense")
MALFORMED = [*HEADS.values(), *(CHUNKED + body for body in BODIES.values())]

FAULTS: tuple[dict[str, object], ...] = (
    {"operation": "listConnectors", "status": 503, "times": 3},
    {"operation": "getConnector", "connection": "reset", "times": 1},
    {"operation": "listPhoneNumbers", "connection": "close", "times": 1},
    {"operation": "listConnectors", "connection": "truncate", "times": 1},
    {"connectorId": "conn_abc123", "item": "Busy.", "times": 2},
    {"operation": "deleteConnector", "applyThen": {"status": 502}, "times": 2},
    {"rateLimit": {"requests": 100, "per": "1h"}},
    {"operation": "getConnector", "delay": {"ms": 1}, "times": 5},
)


def _request(chance: Random) -> bytes:
    """Return a request for any operation, or to the control plane, in any of some worlds."""
    world = f"world-{chance.randrange(WORLDS)}"
    if chance.random() < 0.1:
        return _control_request(chance, world)
    operation = chance.choice(OPERATIONS)
    ids = {
        "accountId": "ws-fd112d8f",
        "agentId": chance.choice((AGENT, AGENT, OTHER_AGENT, "nowhere")),
        "connectorId": chance.choice(CONNECTORS),
        "phoneNumber": chance.choice(NUMBERS),
        "number": chance.choice(NUMBERS),
        "callSid": "OUT-00000000-0000-4000-8000-000000000000",
    }
    path = re.sub(r"{(\w+)}", lambda placeholder: ids.get(placeholder[1], "x"), operation.path)
    body = {
        "connectorId": chance.choice(CONNECTORS),
        "connectorIds": chance.sample(CONNECTORS, 2),
        "phoneNumber": chance.choice(NUMBERS),
        "phoneNumbers": chance.sample(NUMBERS, 2),
        "updates": [{"connectorId": name, "variantId": "VARIANT-1"} for name in chance.sample(CONNECTORS, 2)],
        "toNumber": "+442012345678",
        "environment": "live",
        "clientEnv": "live",
        "voiceName": chance.choice(("en-US-Neural2-A", "nonsense")),
    }
    wrong = chance.random() < 0.1
    content = b"{" * 1_000 if wrong else json.dumps(body).encode()
    key = chance.choice((f"demo-key~{world}",) * 9 + ("unknown", f"old-key~{world}", f"support-only~{world}"))
    if operation.body is None:
        return head(f"{operation.method} {path}", key=key)
    return head(f"{operation.method} {path}", f"Content-Length: {len(content)}", key=key) + content


def _control_request(chance: Random, world: str) -> bytes:
    path = f"/_mock/worlds/{world}"
    line, body = chance.choice(
        (
            (f"DELETE {path}", None),
            (f"POST {path}/reset", {}),
            (f"POST {path}/snapshots", {"name": "mark"}),
            (f"POST {path}/snapshots/mark/restore", {}),
            (f"GET {path}/diff", None),
            (f"GET {path}/state", None),
            (f"DELETE {path}/faults", None),
            *((f"POST {path}/faults", fault) for fault in FAULTS),
        )
    )
    content = b"" if body is None else json.dumps(body).encode()
    return head(line, "Content-Type: application/json", f"Content-Length: {len(content)}") + content


def _statuses(connection: socket.socket) -> Iterator[int]:
    """Yield the status of every answer, until the connection ends however it does."""
    content = b""
    with contextlib.suppress(ConnectionError):
        while piece := connection.recv(262_144):
            content += piece
            while b"\r\n\r\n" in content:
                start, _, rest = content.partition(b"\r\n\r\n")
                length = int(
                    start.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0] or 0
                )  # none with 204
                if len(rest) < length:
                    break
                yield int(start[9:12])
                content = rest[length:]


def _send_mixed(server: Server, chance: Random, count: int) -> dict[int, int]:
    """Send requests of all kinds, many at once on each connection, until `count` are answered; count them by status."""
    seen: dict[int, int] = {}
    connection = server.connect()
    while sum(seen.values()) < count:
        requests = [_request(chance) for _ in range(AT_ONCE)]
        if chance.random() < 0.3:
            requests[-1] = chance.choice(MALFORMED)
        with contextlib.suppress(ConnectionError):
            connection.sendall(b"".join(requests))
        answered = 0
        for status in _statuses(connection):
            seen[status] = seen.get(status, 0) + 1
            answered += 1
            if answered == AT_ONCE:
                break
        if answered < AT_ONCE or requests[-1] in MALFORMED:
            connection.close()
            connection = server.connect()
    connection.close()
    return seen


def _growth(serve: Serve, before: int, count: int) -> tuple[float, dict[int, int], int]:
    """Return by how many MB a server grows in `count` requests after its first, the answers, and its files' growth."""
    server = serve("--seed", "two_agents", "--journal-size", "50", "--max-worlds", str(WORLDS))
    process = psutil.Process(server.process.pid)
    chance = Random(20261123)
    _send_mixed(server, chance, before)
    size, files = process.memory_info().rss, process.num_fds()
    seen = _send_mixed(server, chance, count)
    grown = (process.memory_info().rss - size) / 1e6
    more_files = process.num_fds() - files
    ended = server.stop()
    assert (ended.code, ended.err) == (0, "")
    return grown, seen, more_files


def _assert_mixed(seen: dict[int, int]) -> None:
    assert set(seen) >= {200, 201, 400, 401, 403, 404, 409, 429, 502, 503}
    assert 500 not in seen


def test_thousands_of_requests_of_all_kinds_leave_the_server_as_large_as_it_was(serve: Serve) -> None:
    grown, seen, more_files = _growth(serve, 5_000, 10_000)
    _assert_mixed(seen)
    assert grown < 10
    assert more_files <= 1


@pytest.mark.long
def test_200_000_requests_of_all_kinds_leave_the_server_as_large_as_it_was(serve: Serve) -> None:
    started = monotonic()
    grown, seen, more_files = _growth(serve, 5_000, 200_000)
    print(
        f"\n{sum(seen.values())} answers in {monotonic() - started:.0f} s: grown by {grown:.1f} MB, "
        f"{more_files} more files; {dict(sorted(seen.items()))}"
    )
    _assert_mixed(seen)
    assert grown < 20
    assert more_files <= 1


async def _good_client(server: Server, until: float) -> list[float]:
    """Ask over and over, on connections of its own, and return how long each answer took, in seconds."""
    spans = []
    while monotonic() < until:
        started = monotonic()
        async with asyncio.timeout(DEADLINE):
            reader, writer = await asyncio.open_connection(HOST, server.port)
            writer.write(head(f"GET /v1/agents/{AGENT}/telephony/connectors", "Connection: close"))
            answer = await reader.read()
            writer.close()
            await writer.wait_closed()
        assert answer.startswith(b"HTTP/1.1 200 "), answer
        spans.append(monotonic() - started)
    return spans


async def _bad_client(server: Server, seed: int, until: float) -> int:
    """Do what clients should not, on one connection after another, and return on how many."""
    chance = Random(seed)
    connections = 0
    while monotonic() < until:
        connections += 1
        with contextlib.suppress(OSError):
            reader, writer = await asyncio.open_connection(HOST, server.port)
            request = _request(chance)
            match chance.randrange(7):
                case 0:
                    writer.write(request[: chance.randrange(len(request))])
                case 1:
                    writer.write(chance.choice(MALFORMED))
                case 2:
                    writer.write(chance.randbytes(chance.randrange(1, 5_000)))
                case 3:
                    writer.write(request * chance.randrange(1, 30))
                case 4:
                    writer.write(request)
                    writer.write_eof()
                case 5:
                    writer.write(request)
                    await reader.read(chance.randrange(1, 100))
                case 6:
                    for at in range(0, len(request), 50):
                        writer.write(request[at : at + 50])
                        await asyncio.sleep(0.01)
            await asyncio.sleep(chance.random() * 0.5)
            if chance.random() < 0.5:
                reset = struct.pack("ii", 1, 0)
                writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, reset)
            writer.close()
            await writer.wait_closed()
    return connections


@pytest.mark.long
def test_in_a_storm_of_bad_clients_a_good_one_is_served(serve: Serve) -> None:
    server = serve("--seed", "two_agents", "--journal-size", "50", "--max-worlds", str(WORLDS))
    process = psutil.Process(server.process.pid)
    files, size = process.num_fds(), process.memory_info().rss

    async def run() -> tuple[list[float], int]:
        until = monotonic() + 60
        good = asyncio.create_task(_good_client(server, until))
        bad = [asyncio.create_task(_bad_client(server, seed, until)) for seed in range(500)]
        return await good, sum(await asyncio.gather(*bad))

    spans, connections = asyncio.run(run())
    spans.sort()
    grown = (process.memory_info().rss - size) / 1e6
    print(
        f"\n{connections} bad connections, {len(spans)} good requests: median {spans[len(spans) // 2] * 1e3:.0f} ms, "
        f"slowest {spans[-1] * 1e3:.0f} ms; grown by {grown:.1f} MB"
    )
    assert len(spans) > 10
    deadline = monotonic() + DEADLINE
    while process.num_fds() > files:
        assert monotonic() < deadline, "connections are left"
    ended = server.stop()
    assert (ended.code, ended.err) == (0, "")
