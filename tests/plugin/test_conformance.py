"""The three modes behave alike: their answers are equal to the byte, and their journals too.

Each chapter is a script for a fresh world with a frozen clock. It is run on a server in each mode, by a synchronous
and by an asynchronous client; every request has an expected status, so that no chapter passes by failing.
"""

import asyncio
import json
import re
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, closing
from typing import Any, NamedTuple, get_args

import httpx
import pytest

from conftest_plugin.options import MockSettings, Mode
from conftest_plugin.sessions import running_server
from conftest_plugin.worlds import MockServer, MockWorld
from mockserver.resources import OPERATIONS

MODES: tuple[Mode, ...] = get_args(Mode)
LOST = 0  # instead of a status: the connection broke
NOW = "2026-07-02T10:00:00Z"
AGENT = "/v1/agents/PROJECT-58RP822I"
CALL = "OUT-d7a19614-331a-4eff-a3e8-7dd975e7ab75"  # the first call of every world
HEADERS_OF_A_SOCKET = ("date", "server", "connection")
TOKEN = "conformance"
MEGABYTE = 1024 * 1024


class Ask(NamedTuple):
    """A request and its expected status; `pieces` sends the body in chunks, without a length."""

    status: int
    method: str
    url: str
    content: bytes | None = None
    headers: Mapping[str, str] = {}
    pieces: bool = False


Step = Callable[[MockWorld], object]
Script = list[Ask | Step]


_MADE_ID = re.compile(rb"[0-9a-f]{8}-0000-4000-8000-[0-9]{12}")  # of correlation, which differ by world


class Answer(NamedTuple):
    """An answer: its status, its headers in order, and its body."""

    status: int
    headers: tuple[tuple[bytes, bytes], ...] = ()
    body: bytes = b""


class Played(NamedTuple):
    """The result of a chapter: the answers, and the state, diff and journal afterwards."""

    answers: list[Answer]
    state: object
    diff: object
    journal: Sequence[Mapping[str, Any]]


def ask(status: int, method: str, path: str, body: object = None, **headers: str) -> Ask:
    """Return a request to an agent's telephony with a JSON body."""
    content = None if body is None else json.dumps(body).encode()
    sent = {name.replace("_", "-"): value for name, value in headers.items()}
    return Ask(status, method, f"{AGENT}/telephony/{path}", content, sent)


def raw(status: int, method: str, path: str, content: bytes, *, pieces: bool = False) -> Ask:
    """Return a request to an agent's telephony with any bytes as its body."""
    return Ask(status, method, f"{AGENT}/telephony/{path}", content, pieces=pieces)


def named(status: int, method: str, url: str, **headers: str) -> Ask:
    """Return a request for any URL, with a correlation id, because none would come from a world."""
    sent = {name.replace("_", "-"): value for name, value in headers.items()}
    return Ask(status, method, url, headers={"x-polyai-correlation-id": "conformance", **sent})


CONNECTORS: Script = [
    ask(200, "GET", "connectors"),
    ask(200, "GET", "connectors/conn_abc123"),
    ask(404, "GET", "connectors/conn_nowhere"),
    ask(404, "GET", "connectors/conn_sales01"),
    ask(200, "POST", "connectors/batch", {"connectorIds": ["conn_abc123", "conn_nowhere", "conn_abc123"]}),
    ask(400, "POST", "connectors/batch", {"connectorIds": []}),
    ask(200, "POST", "connectors/lookup", {"phoneNumber": "+442071234567"}),
    ask(404, "POST", "connectors/lookup", {"phoneNumber": "+442079460190"}),
    ask(400, "POST", "connectors/lookup", {"phoneNumber": "020 7123 4567"}),
    ask(200, "PATCH", "connectors/conn_abc123", {"voiceName": "fr-FR-Wavenet-A"}),
    ask(200, "PATCH", "connectors/conn_abc123", {"asrLangCode": None, "variantId": "VARIANT-É"}),
    ask(200, "PATCH", "connectors/conn_abc123", {"disableHandoff": True, "voicename": "en-GB-Wavenet-A"}),
    ask(400, "PATCH", "connectors/conn_abc123", {"voiceName": "en-GB-Broken-Z"}),
    ask(400, "PATCH", "connectors/conn_abc123", {"voiceName": 7}),
    ask(200, "PATCH", "connectors/conn_pre001", {"projectId": "PROJECT-JTQKOKLM"}),
    ask(404, "PATCH", "connectors/conn_box001", {"projectId": "PROJECT-NOWHERE"}),
    ask(
        200,
        "PATCH",
        "connectors/batch",
        {
            "updates": [
                {"connectorId": "conn_abc123", "voiceName": "en-GB-Wavenet-A"},
                {"connectorId": "conn_nowhere", "voiceName": "en-GB-Wavenet-A"},
            ]
        },
    ),
    ask(400, "PATCH", "connectors/batch", {"updates": [{"voiceName": "en-GB-Wavenet-A"}]}),
    ask(200, "DELETE", "connectors/conn_abc123"),
    ask(404, "DELETE", "connectors/conn_abc123"),
]

NUMBERS: Script = [
    ask(200, "GET", "phone-numbers"),
    ask(200, "GET", "phone-numbers?connectorId=conn_abc123"),
    ask(200, "GET", "phone-numbers?connectorId=conn_nowhere"),
    ask(200, "GET", "phone-numbers/+442071234567"),
    ask(200, "GET", "phone-numbers/%2B442071234567"),
    ask(404, "GET", "phone-numbers/+442079460555"),
    ask(404, "GET", "phone-numbers/442071234567"),
    ask(404, "GET", "phone-numbers/%20442071234567"),
    ask(201, "POST", "phone-numbers", {"phoneNumbers": ["+442079460555", "+442079460556"], "clientEnv": "sandbox"}),
    ask(409, "POST", "phone-numbers", {"phoneNumbers": ["+442079460557", "+442079460555"]}),
    ask(400, "POST", "phone-numbers", {"phoneNumbers": ["+442079460557"], "clientEnv": "production"}),
    ask(400, "POST", "phone-numbers", {"phoneNumbers": ["one"]}),
    ask(200, "POST", "phone-numbers/batch", {"phoneNumbers": ["+442079460555", "+442079460999"]}),
    ask(400, "POST", "phone-numbers/batch", {"phoneNumbers": ["+442079460555", "two"]}),
    ask(201, "POST", "phone-numbers/+442079460558"),
    ask(201, "POST", "phone-numbers/+442079460559", {"connectorId": "conn_new456"}),
    ask(404, "POST", "phone-numbers/+442079460560", {"connectorId": "conn_nowhere"}),
    ask(400, "POST", "phone-numbers/three"),
    ask(200, "PATCH", "phone-numbers/+442079460558", {"connectorId": "conn_new456"}),
    ask(404, "PATCH", "phone-numbers/+442079460558", {"connectorId": "conn_nowhere"}),
    ask(200, "DELETE", "phone-numbers/+442079460558"),
    ask(404, "DELETE", "phone-numbers/+442079460558"),
    ask(200, "DELETE", "phone-numbers", {"phoneNumbers": ["+442079460555", "+442079460555", "four"]}),
    ask(400, "DELETE", "phone-numbers", {"phoneNumbers": []}),
]

CALLS: Script = [
    ask(200, "POST", "outbound-calls", {"toNumber": "+442079460100", "environment": "live"}),
    ask(200, "GET", f"outbound-calls/{CALL}/status?environment=live"),
    lambda world: world.clock.advance("2s"),
    ask(200, "GET", f"outbound-calls/{CALL}/status?environment=live"),
    lambda world: world.clock.advance("10s"),
    ask(200, "GET", f"outbound-calls/{CALL}/status?environment=live"),
    lambda world: world.clock.advance("2h"),
    ask(404, "GET", f"outbound-calls/{CALL}/status?environment=live"),
    ask(404, "GET", f"outbound-calls/{CALL}/status?environment=sandbox"),
    ask(400, "GET", f"outbound-calls/{CALL}/status"),
    ask(400, "GET", "outbound-calls/OUT-1/status?environment=live"),
    ask(400, "POST", "outbound-calls", {"toNumber": "0", "environment": "live"}),
    ask(200, "POST", "outbound-calls", {"toNumber": "020 7946 0990", "countryCode": "GB", "environment": "live"}),
    ask(400, "POST", "outbound-calls", {"toNumber": "+442079460100", "environment": "live", "metadata": {"a": 1}}),
]

ROUTES: Script = [
    ask(404, "GET", "connector"),
    ask(404, "GET", "connectors/"),
    ask(404, "GET", "connectors//conn_abc123"),
    ask(404, "GET", "connectors/conn_abc123/voices"),
    ask(404, "GET", "connectors/conn_abc123%2Fvoices"),
    ask(404, "GET", "connectors/Zo%C3%AB"),
    ask(404, "GET", "connectors/%FF"),
    ask(200, "GET", "connectors?"),
    ask(405, "PUT", "connectors/conn_abc123", {"voiceName": "en-GB-Wavenet-A"}),
    ask(405, "POST", "connectors"),
    *[ask(405, method, "connectors") for method in ("HEAD", "OPTIONS", "TRACE", "PURGE")],
    ask(405, "HEAD", "connectors/conn_abc123"),
    ask(404, "GET", "connectors/" + "c" * 5_000),
    ask(404, "GET", 'connectors/a b;c=d|^[]{}"<>`~'),
    ask(404, "GET", "connectors/%2e%2e"),
    ask(200, "GET", "phone-numbers?connectorId=%FF%20a+b&connectorId=conn_abc123&other"),
    ask(400, "GET", "phone-numbers?" + "&".join(["connectorId=conn_abc123"] * 101)),
    ask(200, "GET", "connectors", x_polyai_correlation_id="one two  three"),
    ask(200, "GET", "connectors", x_polyai_correlation_id=""),
    ask(200, "GET", "connectors", x_polyai_correlation_id="f" * 9_000),
    Ask(501, "GET", f"{AGENT}/branches"),
    Ask(501, "GET", f"{AGENT}/deployments/active"),
    Ask(404, "GET", "/v1/agents/PROJECT-NOWHERE/telephony/connectors"),
    Ask(200, "GET", "/v1/agents/acme-support/telephony/connectors"),
    named(404, "GET", "/v1"),
    named(404, "GET", "/v2/agents"),
    named(200, "GET", "/openapi.json"),
    named(401, "GET", f"{AGENT}/telephony/connectors", x_api_key="nobody"),
    named(401, "GET", f"{AGENT}/telephony/connectors", x_api_key="demo-key~no/name"),
    named(401, "GET", f"{AGENT}/telephony/connectors", x_api_key=""),
    named(403, "GET", f"{AGENT}/telephony/connectors", host="example.org"),
    named(403, "GET", "/_mock/health", origin="https://example.org", authorization=f"Bearer {TOKEN}"),
    named(403, "GET", "/_mock/health"),
    named(403, "GET", f"{AGENT}/telephony/connectors", host=""),
    named(200, "GET", f"{AGENT}/telephony/connectors", host="LOCALHOST:8750"),
    named(404, "GET", "/_mock/nothing"),
]

BODIES: Script = [
    raw(400, "PATCH", "connectors/conn_abc123", b'{"voiceName": '),
    raw(400, "PATCH", "connectors/conn_abc123", b""),
    raw(400, "PATCH", "connectors/conn_abc123", b"[]"),
    raw(400, "PATCH", "connectors/conn_abc123", b'{"voiceName": NaN}'),
    raw(400, "PATCH", "connectors/conn_abc123", b'{"voiceName": "\xff"}'),
    raw(400, "PATCH", "connectors/conn_abc123", b'{"voiceName": "\\ud800"}'),
    raw(400, "PATCH", "connectors/conn_abc123", b"[" * 100_000),
    raw(200, "PATCH", "connectors/conn_abc123", b'{"voiceName": "en-GB-Wavenet-A"}', pieces=True),
    raw(200, "GET", "connectors/conn_abc123", b'{"unasked": true}'),
    raw(400, "PATCH", "connectors/conn_abc123", b" " * MEGABYTE),
    raw(413, "PATCH", "connectors/conn_abc123", b" " * (MEGABYTE + 1)),
    raw(413, "PATCH", "connectors/conn_abc123", b" " * (MEGABYTE + 1), pieces=True),
    raw(413, "PATCH", "connectors/conn_abc123", b" " * (8 * MEGABYTE)),
    raw(413, "PATCH", "connectors/conn_abc123", b" " * (8 * MEGABYTE), pieces=True),
    ask(200, "GET", "connectors/conn_abc123"),
]

FAULTS: Script = [
    lambda world: world.faults.fail("listConnectors", status=429, retry_after=3, times=1),
    lambda world: world.faults.fail("listConnectors", status=503, body={"message": "no upstream"}, times=1),
    lambda world: world.faults.fail("listConnectors", status=403, code="FORBIDDEN", times=1),
    lambda world: world.faults.fail("listConnectors", status=599, times=1),
    lambda world: world.faults.delay("listConnectors", ms=1, times=1),
    *[ask(status, "GET", "connectors") for status in (429, 503, 403, 599, 200)],
    lambda world: world.faults.fail("getConnector", status=500, probability=0.5),
    *[ask(status, "GET", "connectors/conn_abc123") for status in (200, 200, 500, 500, 200, 500)],
    lambda world: world.faults.rate_limit(1, "10s", "listPhoneNumbers"),
    ask(200, "GET", "phone-numbers"),
    lambda world: world.clock.advance("3s"),
    ask(429, "GET", "phone-numbers"),
    lambda world: world.clock.advance("7s"),
    ask(200, "GET", "phone-numbers"),
    lambda world: world.faults.add(connectorId="conn_abc123", item="Upstream is busy.", times=1),
    *[
        ask(200, "PATCH", "connectors/batch", {"updates": [{"connectorId": "conn_abc123", "variantId": "VARIANT-1"}]})
        for _ in range(2)
    ],
    lambda world: world.faults.add(phoneNumber="+442079460190", item="Upstream is busy."),
    ask(200, "DELETE", "phone-numbers", {"phoneNumbers": ["+442079460190", "+442079460191"]}),
]

CONNECTIONS: Script = [
    *[
        step
        for how in ("reset", "close", "garbage", "truncate")
        for step in (
            lambda world, how=how: world.faults.drop("updateConnector", how=how, times=1),
            ask(LOST, "PATCH", "connectors/conn_abc123", {"variantId": f"VARIANT-{how}"}),
            ask(200, "GET", "connectors/conn_abc123"),
        )
    ],
    *[
        step
        for how in ("reset", "close", "garbage", "truncate")
        for step in (
            lambda world, how=how: world.faults.apply_then_lose("updateConnector", how=how, times=1),
            ask(LOST, "PATCH", "connectors/conn_abc123", {"variantId": f"VARIANT-{how}"}),
            ask(200, "GET", "connectors/conn_abc123"),
        )
    ],
    lambda world: world.faults.drop("getPhoneNumber", how="drip", times=1),
    ask(200, "GET", "phone-numbers/+442071234567"),
    lambda world: world.faults.apply_then_lose("deletePhoneNumber", times=1),
    ask(LOST, "DELETE", "phone-numbers/+442071234567"),
    ask(404, "DELETE", "phone-numbers/+442071234567"),
    lambda world: world.faults.apply_then_lose("deleteConnector", status=502, times=1),
    ask(502, "DELETE", "connectors/conn_abc123"),
    ask(404, "DELETE", "connectors/conn_abc123"),
]

CHAPTERS: dict[str, Script] = {
    "connectors": CONNECTORS,
    "numbers": NUMBERS,
    "calls": CALLS,
    "routes": ROUTES,
    "bodies": BODIES,
    "faults": FAULTS,
    "connections": CONNECTIONS,
}


def play(server: MockServer, script: Script) -> Played:
    """Run a script in a new world of a server, by its synchronous client."""
    answers = []
    with closing(server.open_world()) as world:
        world.clock.freeze(NOW)
        for step in script:
            if not isinstance(step, Ask):
                step(world)
                continue
            content = iter([step.content or b""]) if step.pieces else step.content
            try:
                answer = world.client.request(step.method, step.url, content=content, headers=step.headers)
            except httpx.TransportError:
                answers.append(Answer(LOST))
            else:
                answers.append(_answer(answer))
        return _played(world, answers)


async def play_async(server: MockServer, script: Script) -> Played:
    """Run a script in a new world of a server, by an asynchronous client."""
    answers = []
    world = server.open_world()
    world.clock.freeze(NOW)
    async with world.async_client() as client:
        for step in script:
            if not isinstance(step, Ask):
                step(world)
                continue
            content = _pieces(step.content or b"") if step.pieces else step.content
            try:
                answer = await client.request(step.method, step.url, content=content, headers=step.headers)
            except httpx.TransportError:
                answers.append(Answer(LOST))
            else:
                answers.append(_answer(answer))
    return _played(world, answers)


async def _pieces(content: bytes) -> AsyncIterator[bytes]:
    yield content


def _answer(response: httpx.Response) -> Answer:
    headers = [(name.lower(), _MADE_ID.sub(b"made", value)) for name, value in response.headers.raw]
    kept = tuple((name, value) for name, value in headers if name.decode() not in HEADERS_OF_A_SOCKET)
    return Answer(response.status_code, kept, _MADE_ID.sub(b"made", response.content))


def _played(world: MockWorld, answers: list[Answer]) -> Played:
    requests = json.loads(_MADE_ID.sub(b"made", json.dumps(world.requests()).encode()))
    journal = [{name: value for name, value in entry.items() if name != "durationMs"} for entry in requests]
    return Played(answers, world.state(), world.diff(), journal)


class Stage:
    """Servers in all modes, and the results of the chapters; each chapter is run once per mode and client."""

    def __init__(self, servers: Mapping[str, MockServer]) -> None:
        self._servers = servers
        self._played: dict[tuple[str, str, str], Played] = {}

    def played(self, chapter: str, mode: str, client: str) -> Played:
        """Return the result of a chapter in a mode, by a client: `sync` or `async`."""
        key = (chapter, mode, client)
        if key not in self._played:
            server, script = self._servers[mode], CHAPTERS[chapter]
            self._played[key] = play(server, script) if client == "sync" else asyncio.run(play_async(server, script))
        return self._played[key]


@pytest.fixture(scope="module")
def stage(pytestconfig: pytest.Config) -> Iterator[Stage]:
    """A server in each mode."""
    with ExitStack() as running:
        settings = [MockSettings(mode=mode, strict=False, control_token=TOKEN) for mode in MODES]
        yield Stage({each.mode: running.enter_context(running_server(pytestconfig, each)) for each in settings})


def asked(chapter: str) -> list[Ask]:
    """Return the requests of a chapter."""
    return [step for step in CHAPTERS[chapter] if isinstance(step, Ask)]


@pytest.mark.parametrize("chapter", CHAPTERS)
def test_every_request_has_its_expected_status(stage: Stage, chapter: str) -> None:
    answers = stage.played(chapter, "process", "sync").answers
    statuses = [(step.method, step.url, answer.status) for step, answer in zip(asked(chapter), answers, strict=True)]
    assert statuses == [(step.method, step.url, step.status) for step in asked(chapter)]


@pytest.mark.parametrize("client", ["sync", "async"])
@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("chapter", CHAPTERS)
def test_every_mode_has_the_same_answers_and_journal(stage: Stage, chapter: str, mode: str, client: str) -> None:
    expected, played = stage.played(chapter, "process", "sync"), stage.played(chapter, mode, client)
    for step, ours, theirs in zip(asked(chapter), played.answers, expected.answers, strict=True):
        assert ours == theirs, f"{step.method} {step.url}"
    for entry, other in zip(played.journal, expected.journal, strict=True):
        assert entry == other
    assert played == expected


def test_the_chapters_call_every_operation_of_telephony(stage: Stage) -> None:
    journals = [stage.played(chapter, "asgi", "sync").journal for chapter in CHAPTERS]
    found = {entry["operation"] for journal in journals for entry in journal if entry["errorCode"] is None}
    assert {operation.name for operation in OPERATIONS if "/telephony/" in operation.path} <= found
