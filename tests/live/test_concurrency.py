"""A thousand changes at once over real sockets: every invariant stands, and the journals have it all."""

import asyncio
from collections.abc import Callable
from random import Random
from typing import NamedTuple

import httpx

from mockserver import seeds
from tests.client import AGENT, OTHER_AGENT
from tests.live.process import DEADLINE, Server
from tests.state.invariants import broken_invariants

WORLDS = ("default", "one", "two", "three")
REQUESTS = 1_000
AT_ONCE = 32

CONNECTORS = ("conn_abc123", "conn_new456", "conn_sales01")
NUMBERS = tuple(f"+4420794602{index:02}" for index in range(30))

Serve = Callable[..., Server]


class Change(NamedTuple):
    """A request that may change something; whether it can depends on what came before it."""

    world: str
    method: str
    path: str
    body: object
    correlation_id: str


def _change(chance: Random, number: int) -> Change:
    agent, other = chance.sample((AGENT, OTHER_AGENT), 2)
    connector, routed = chance.choice(CONNECTORS), chance.choice(CONNECTORS)
    one, two = chance.sample(NUMBERS, 2)
    move = {"voiceName": "en-GB-Wavenet-A"} if chance.random() < 0.5 else {"projectId": other}
    options: list[tuple[int, str, str, object]] = [
        (6, "POST", f"/phone-numbers/{one}", {"connectorId": connector}),
        (6, "POST", "/phone-numbers", {"phoneNumbers": [one, two]}),
        (6, "PATCH", f"/phone-numbers/{one}", {"connectorId": routed}),
        (4, "DELETE", f"/phone-numbers/{one}", None),
        (4, "DELETE", "/phone-numbers", {"phoneNumbers": [one, two]}),
        (4, "PATCH", f"/connectors/{connector}", {"projectId": other}),
        (
            4,
            "PATCH",
            "/connectors/batch",
            {
                "updates": [
                    {"connectorId": connector, **move},
                    {"connectorId": routed, "variantId": f"VARIANT-{number}"},
                ]
            },
        ),
        (1 if number > REQUESTS * 0.8 else 0, "DELETE", f"/connectors/{connector}", None),
    ]
    _, method, path, body = chance.choices(options, [weight for weight, *_ in options])[0]
    return Change(WORLDS[number % 4], method, f"/v1/agents/{agent}/telephony{path}", body, f"change-{number}")


async def _send_all(url: str, changes: list[Change]) -> list[int]:
    turn = asyncio.Semaphore(AT_ONCE)

    async with httpx.AsyncClient(base_url=url, timeout=DEADLINE, trust_env=False) as client:

        async def send(change: Change) -> int:
            key = "demo-key" if change.world == "default" else f"demo-key~{change.world}"
            headers = {"x-api-key": key, "x-polyai-correlation-id": change.correlation_id}
            async with turn:
                answer = await client.request(change.method, change.path, json=change.body, headers=headers)
            assert answer.headers["x-polyai-correlation-id"] == change.correlation_id
            return answer.status_code

        return await asyncio.gather(*map(send, changes))


def test_a_thousand_changes_at_once_break_nothing_and_are_all_in_the_journals(serve: Serve) -> None:
    server = serve("--seed", "two_agents", "--journal-size", str(REQUESTS))
    chance = Random(20260702)
    changes = [_change(chance, number) for number in range(REQUESTS)]

    statuses = asyncio.run(_send_all(server.url, changes))

    assert set(statuses) <= {200, 201, 400, 404, 409}
    assert sum(status < 300 for status in statuses) > REQUESTS / 4, "enough of them change something"
    with httpx.Client(base_url=f"{server.url}/_mock", timeout=DEADLINE, trust_env=False) as control:
        for world in WORLDS:
            state = seeds.load_data(control.get(f"/worlds/{world}/state").json())
            assert broken_invariants(state) == []
            journal = control.get(f"/worlds/{world}/requests").json()
            entries = journal["requests"]
            sent = [change.correlation_id for change in changes if change.world == world]
            assert journal["evicted"] == 0
            assert [entry["number"] for entry in entries] == list(range(1, len(sent) + 1))
            assert sorted(entry["correlationId"] for entry in entries) == sorted(sent)
            assert any(entry["changed"] for entry in entries)
            told = {entry["correlationId"]: entry["status"] for entry in entries}
            assert [told[change.correlation_id] for change in changes if change.world == world] == [
                status for change, status in zip(changes, statuses, strict=True) if change.world == world
            ]
    ended = server.stop()
    assert (ended.code, ended.err) == (0, "")
