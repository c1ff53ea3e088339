"""Whatever is done in one world, by requests or by the control plane, another world is and answers as if alone.

The observed world is given something of everything that a world can have; what is then seen of it, down to the bytes
of its next answers, is compared with the same world on a server where nothing else ever happened.
"""

import json
from collections.abc import Mapping
from contextlib import suppress
from functools import cache
from typing import Any, NamedTuple
from urllib.parse import quote, urlencode

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mockserver.api.broken import BrokenConnectionError
from mockserver.api.models import field_names
from mockserver.api.operation import Operation
from mockserver.control.app import OPERATIONS as CONTROL
from mockserver.control.request import ControlOperation
from mockserver.resources import OPERATIONS, UNBUILT
from mockserver.values.ids import Mint
from tests.client import AGENT, OTHER_AGENT
from tests.control.mock import Mock
from tests.state.invariants import broken_invariants

CONNECTORS = ("conn_abc123", "conn_new456", "conn_sales01", "conn_nowhere")
NUMBERS = ("+442071234567", "+442079460101", "+442079460100", "+442079460200", "+442079460301", "nonsense")

connector_ids = st.sampled_from(CONNECTORS)
phone_numbers = st.sampled_from(NUMBERS)
agents = st.sampled_from([AGENT, AGENT, OTHER_AGENT, "acme-sales", "PROJECT-NOWHERE"])
envs = st.sampled_from(["sandbox", "pre-release", "live"])
texts = st.none() | st.sampled_from(["", "VARIANT-1", "en-GB", "en-GB-Wavenet-B", "nonsense"])
updates: dict[Any, st.SearchStrategy[object]] = {
    "variantId": texts,
    "asrLangCode": texts,
    "voiceName": texts,
    "projectId": agents,
}

# What the fields, parameters and placeholders of the API are filled with, by name.
VALUES: Mapping[str, st.SearchStrategy[Any]] = {
    **updates,
    "agentId": agents,
    "clientEnv": envs,
    "environment": envs,
    "connectorId": connector_ids,
    "connectorIds": st.lists(connector_ids, max_size=3),
    "phoneNumber": phone_numbers,
    "phoneNumbers": st.lists(phone_numbers, max_size=3),
    "toNumber": phone_numbers,
    "updates": st.lists(st.fixed_dictionaries({"connectorId": connector_ids}, optional=updates), max_size=3),
    "callSid": st.sampled_from([f"OUT-{Mint().uuid4('outboundCalls')}", "OUT-nonsense"]),
    "countryCode": st.just("GB"),
    "encryption": st.just("none"),
    "metadata": st.just({"ticket": "42"}),
    "snapshot": st.sampled_from(["mark", "other"]),
    "fault": st.sampled_from(["fault-1", "fault-2", "fault-3"]),
    "since": st.sampled_from(["mark", "other"]),
}
anything: st.SearchStrategy[object] = st.sampled_from(["x", "", 7, None, {"greeting": "Hi"}, []])
junk = st.sampled_from([b"", b"{", b"null", b"[]", b"{}", b'{"connectorId":7,"surplus":true}'])

_AGENT = {
    "agentId": AGENT,
    "connectors": [{"connectorId": "conn_added1", "clientEnv": "sandbox", "phoneNumbers": ["+442079460301"]}],
}
STATES: tuple[object, ...] = (
    {"accounts": []},
    {"accounts": [{"accountId": "ws-fd112d8f", "apiKeys": [{"key": "demo-key"}], "agents": [_AGENT]}]},
    {"accounts": [{"accountId": "ws-fd112d8f", "agents": [_AGENT]}]},
    {"accounts": [], "outboundCalls": {"+442079460301": {"status": "FAILURE", "reason": "busy"}}},
    {"accounts": [], "minted": {"connectors": 7, "outboundCalls": 7}, "clock": {"frozenAt": "2030-01-01T00:00:00Z"}},
    {"accounts": [], "policies": {"emptyUpdate": "refuse"}, "rejectedVoices": ["en-GB-Wavenet-B"]},
    {"accounts": [{"accountId": "ws-1", "agentz": []}]},
    {"agents": 7},
)
EFFECTS: tuple[dict[str, object], ...] = (
    {"status": 503},
    {"status": 429, "retryAfter": 3},
    {"delay": {"ms": 0}},
    {"connection": "close"},
    {"applyThen": {"status": 502}},
    {"rateLimit": {"requests": 1, "per": "10s"}},
    {"item": "Upstream is busy."},
    {"status": 503, "delay": {"ms": 0}},
)
matchers: st.SearchStrategy[dict[str, str]] = st.one_of(
    st.just({}),
    st.fixed_dictionaries({"operation": st.sampled_from([operation.name for operation in OPERATIONS])}),
    st.fixed_dictionaries({"connectorId": connector_ids}),
    st.fixed_dictionaries({"phoneNumber": phone_numbers}),
)
frequencies: st.SearchStrategy[dict[str, object]] = st.sampled_from(
    [{}, {"times": 1}, {"skip": 1}, {"probability": 0.5}]
)
seeds = st.sampled_from(["two_agents", "demo", "empty", "nonsense", *STATES])

# The bodies of the control plane's calls, by operation.
BODIES: Mapping[str, st.SearchStrategy[object]] = {
    "makeWorld": st.fixed_dictionaries({}, optional={"name": st.just("a third"), "seed": seeds})
    | st.fixed_dictionaries({"name": st.sampled_from(["third", "fourth"])}, optional={"seed": seeds}),
    "resetWorld": st.fixed_dictionaries({}, optional={"seed": seeds}),
    "putState": st.sampled_from(STATES),
    "patchState": st.sampled_from(STATES),
    "takeSnapshot": st.sampled_from([{"name": "mark"}, {"name": "other"}, {"name": "not / a name"}, {}]),
    "addFault": st.builds(
        lambda matcher, frequency, effect: {**matcher, **frequency, **effect},
        matchers,
        frequencies,
        st.sampled_from(EFFECTS),
    ),
    "setClock": st.sampled_from(
        [
            {"freeze": True},
            {"freeze": "2031-05-05T05:05:05Z"},
            {"advance": "3h"},
            {"resume": True},
            {"advance": "-1s"},
            {},
        ]
    ),
}


class Step(NamedTuple):
    """A request that is sent with a key to whichever world it is meant for."""

    method: str
    path: str
    body: bytes
    key: str


def _paths(template: str) -> st.SearchStrategy[str]:
    """Return paths with values in their placeholders."""
    segments = [
        VALUES.get(segment[1:-1], st.just("nonsense")).map(_encoded) if segment.startswith("{") else st.just(segment)
        for segment in template.split("/")
    ]
    return st.tuples(*segments).map("/".join)


def _encoded(value: object) -> str:
    return quote(str(value), safe="+")


def _queries(operation: Operation) -> st.SearchStrategy[str]:
    names = field_names(operation.query) if operation.query else ()
    known = {name: VALUES[name] for name in names if name in VALUES}
    return st.fixed_dictionaries({}, optional=known).map(lambda query: f"?{urlencode(query)}" if query else "")


def _api_bodies(operation: Operation) -> st.SearchStrategy[bytes]:
    if operation.body is None:
        return st.just(b"")
    model: Any = operation.body.model
    required = {name: VALUES.get(name, anything) for name in model.__required_keys__}
    optional = {name: VALUES.get(name, anything) for name in model.__optional_keys__}
    valid = st.fixed_dictionaries(required, optional=optional).map(lambda body: json.dumps(body).encode())
    return st.one_of(valid, valid, valid, junk)


def _api_steps(operation: Operation) -> st.SearchStrategy[Step]:
    paths = st.builds(str.__add__, _paths(operation.path), _queries(operation))
    return st.builds(Step, st.just(operation.method), paths, _api_bodies(operation), keys)


def _control_steps(operation: ControlOperation) -> st.SearchStrategy[Step]:
    template = operation.path.replace("{world}", "WORLD")
    paths = st.builds(str.__add__, _paths(template), _queries(operation))
    bodies = BODIES[operation.name].map(lambda body: json.dumps(body).encode()) if operation.body else junk
    return st.builds(Step, st.just(operation.method), paths, bodies, st.just(""))


keys = st.sampled_from(["demo-key", "demo-key", "demo-key", "support-only", "old-key", "unheard-of"])
strays = st.sampled_from([*UNBUILT, ("PUT", "/v1/agents/{agentId}"), ("GET", "/v1/nowhere")])
api_steps = st.sampled_from(OPERATIONS).flatmap(_api_steps)
control_steps = st.sampled_from([*CONTROL, *(it for it in CONTROL if it.method != "GET")]).flatmap(_control_steps)
stray_steps = strays.flatmap(lambda it: st.builds(Step, st.just(it[0]), _paths(it[1]), st.just(b""), keys))
steps: st.SearchStrategy[list[Step]] = st.lists(
    st.one_of(api_steps, api_steps, control_steps, control_steps, stray_steps), min_size=4, max_size=20
)


def _act(mock: Mock, world: str, sequence: list[Step]) -> None:
    """Carry out steps in a world, some of which are refused, and some of which have their connections broken."""
    for step in sequence:
        mock.worlds.use(world)  # what a key that opens nothing asks of a world that is not there, `default` is asked
        headers = {"content-type": "application/json"}
        if step.key:
            headers["x-api-key"] = f"{step.key}~{world}"
        url = f"http://localhost{step.path.replace('WORLD', world)}"
        with suppress(BrokenConnectionError):
            answer = mock.http.request(step.method, url, content=step.body, headers=headers)
            assert answer.status_code != 500, (step, answer.text)


def _furnish(mock: Mock, world: str) -> None:
    """Give a world something of everything: changes, requests, faults, a frozen clock, snapshots, minted ids."""
    mock.post(f"/worlds/{world}/clock", {"freeze": "2026-07-02T10:00:00Z"})
    client = mock.api(world)
    client.patch("/connectors/conn_abc123", json={"variantId": "VARIANT-2"})
    client.post("/phone-numbers/+442079460301", json={"clientEnv": "sandbox"})
    client.post("/outbound-calls", json={"toNumber": "+442079460999", "environment": "live"})
    mock.post(f"/worlds/{world}/snapshots", {"name": "mark"})
    client.delete("/phone-numbers/+442079460101")
    client.get("/connectors/conn_nowhere")
    mock.fault(world, operation="listPhoneNumbers", probability=0.5, status=503)
    mock.fault(world, operation="lookupConnector", skip=1, times=1, status=502)
    mock.fault(world, operation="getPhoneNumber", rateLimit={"requests": 1, "per": "10s"})


def _observed(mock: Mock, world: str) -> list[object]:
    """Return all that can be seen of a world, then all that it answers next, then all that is seen after that."""
    there = f"/worlds/{world}"
    seen = [*_views(mock, world), *_answers(mock, world), *_views(mock, world)]
    seen += [mock.post(f"{there}/snapshots/mark/restore"), *_views(mock, world)]
    seen += [mock.post(f"{there}/reset"), *_views(mock, world), *_answers(mock, world)]
    seen += [mock.post(f"{there}/reset", {"seed": "two_agents"}), *_answers(mock, world)]
    return seen


def _views(mock: Mock, world: str) -> list[object]:
    there = f"/worlds/{world}"
    marked = "mark" in mock.get(f"{there}/snapshots")["snapshots"]
    nouns = ["", "/state", "/diff", "/faults", "/snapshots", *(["/diff?since=mark"] if marked else [])]
    clock = mock.get(f"{there}/clock")
    requests = mock.requests(world)
    for request in requests:
        del request["durationMs"]
    if not clock["frozen"]:
        del clock["now"]
    return [clock, requests, *(mock.get(f"{there}{noun}") for noun in nouns)]


def _answers(mock: Mock, world: str) -> list[object]:
    """Return what a world answers to some requests, byte for byte, with the ids and the correlation ids it mints."""
    mock.post(f"/worlds/{world}/clock", {"freeze": "2026-07-02T10:00:05Z"})
    client = mock.api(world)
    number, call = {"phoneNumber": "+442071234567"}, {"toNumber": "+442079460999", "environment": "live"}
    answers = [
        client.get("/connectors"),
        *(client.get("/phone-numbers") for _ in range(6)),
        *(client.post("/connectors/lookup", json=number) for _ in range(3)),
        *(client.get("/phone-numbers/+442071234567") for _ in range(2)),
        client.post("/phone-numbers", json={"phoneNumbers": ["+442079460302"], "clientEnv": "pre-release"}),
        client.post("/outbound-calls", json=call),
        client.get(f"/outbound-calls/OUT-{Mint().uuid4('outboundCalls')}/status?environment=live"),
        client.patch("/connectors/conn_abc123", json={"projectId": OTHER_AGENT}),
        client.patch("/connectors/conn_new456", json={}),
        client.patch("/connectors/conn_new456", json={"voiceName": "en-GB-Wavenet-B"}),
        client.delete("/connectors/conn_new456"),
        client.delete("/connectors/conn_new456"),
    ]
    return [(answer.status_code, answer.content, dict(answer.headers)) for answer in answers]


@cache
def _alone(world: str) -> list[object]:
    """Return what is observed of a world on a server where nothing else happens."""
    with Mock() as mock:
        _furnish(mock, world)
        return _observed(mock, world)


@pytest.mark.parametrize(
    ("busy", "quiet"),
    [
        pytest.param("one", "other", id="between-private-worlds"),
        pytest.param("default", "other", id="from-the-default-world"),
        pytest.param("one", "default", id="to-the-default-world"),
    ],
)
@given(before=steps, after=steps)
@settings(deadline=None, max_examples=40)
def test_nothing_done_in_one_world_is_seen_in_another(
    busy: str, quiet: str, before: list[Step], after: list[Step]
) -> None:
    with Mock() as mock:
        _act(mock, busy, before)
        _furnish(mock, quiet)
        _act(mock, busy, after)
        assert broken_invariants(mock.worlds.use(busy).state) == []
        assert _observed(mock, quiet) == _alone(quiet)


@given(sequence=steps)
@settings(deadline=None, max_examples=20)
def test_a_world_that_is_made_later_is_as_if_it_were_the_first(sequence: list[Step]) -> None:
    with Mock() as mock:
        _act(mock, "one", sequence)
        _act(mock, "default", sequence)
        _furnish(mock, "other")
        assert _observed(mock, "other") == _alone("other")
