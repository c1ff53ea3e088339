"""Seeds whose export is recorded: drawn from the testing kit's strategy, and made to use every key of the format."""

from collections.abc import Callable
from random import Random
from typing import Any

from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st

from mockserver.testing import World, worlds

Seed = dict[str, Any]

ENVIRONMENTS = ("sandbox", "pre-release", "live")
POLICIES: dict[str, tuple[str, ...]] = {
    "autoCreateConnector": ("create", "never"),
    "importRouting": ("default-connector", "none"),
    "importConnectorId": ("route", "ignore"),
    "missingImportBody": ("accept", "refuse"),
    "existingImports": ("conflict", "skip"),
    "repeatedImport": ("conflict", "accept"),
    "duplicateImports": ("collapse", "refuse"),
    "duplicateGets": ("collapse", "repeat"),
    "duplicateDeletes": ("error", "ignore"),
    "malformedDeletes": ("per-item", "refuse"),
    "unknownFilter": ("empty", "refuse"),
    "lookupMiss": ("not-found", "bad-request"),
    "crossEnvironmentReassign": ("follow", "keep", "refuse"),
    "movedNumbers": ("follow", "stay"),
    "variantCheck": ("none", "listed"),
    "nullLanguage": ("clear", "refuse"),
    "emptyUpdate": ("accept", "refuse"),
    "unknownCall": ("not-found", "bad-request"),
    "magicValues": ("ordinary", "magic"),
}
TEXTS = (
    "Main line", "", "null", "~", "no", "012", "12:30", "+442079460100", "Łódź ☎ 📞", "two\nlines", " spaced ",
    "a: b # c", "- x", "'quoted' \"twice\"", "\ufeff\x85\u2028", "tab\there", "x" * 200, "word " * 60, "{}", "[]", "=",
)  # fmt: skip
VOICES = ("en-GB-Wavenet-B", "en-US-Neural2-A", "fr-FR-Neural2-D", "cmn-CN-Wavenet-A", "es-419-X", "no-language", "")
LANGUAGES = ("en-US", "en-GB", "fr-FR", "es-419", "", None)
MOMENTS = (
    "2026-07-02T10:00:00Z", "2026-07-02T10:00:00+02:00", "2026-07-02 10:00:00.123456+00:00", "1970-01-01T00:00:00Z",
    "8999-12-31T23:59:59Z", "20260702T100000Z", "2026-W27-4T10:00Z",
)  # fmt: skip


def drawn(count: int) -> list[World]:
    """Return random worlds of the kit's strategy, the same ones at each call."""
    sizes: tuple[st.SearchStrategy[World], ...] = (
        worlds(),
        worlds(min_agents=0, max_agents=4, max_connectors=6, max_phone_numbers=12, max_accounts=3),
        worlds(min_connectors=1, min_phone_numbers=3, max_accounts=1),
    )
    found: list[World] = []
    for number, strategy in enumerate(sizes):

        @seed(number)
        @settings(
            max_examples=count,
            database=None,
            deadline=None,
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        )
        @given(strategy)
        def draw(world: World) -> None:
            if world not in found:
                found.append(world)

        wanted = len(found) + count // len(sizes)
        draw()
        del found[wanted:]
    return found


def elaborate(count: int) -> list[Seed]:
    """Return seeds that use what the strategy does not: each key of the format, in each way that it may be written."""
    return [_elaborate(Random(number)) for number in range(count)]


def _elaborate(random: Random) -> Seed:
    number = iter(range(10_000))
    accounts = [_account(random, index, number.__next__) for index in range(random.randint(1, 3))]
    seed: Seed = {"accounts": accounts}
    if random.random() < 0.6:
        seed["outboundCalls"] = {
            f"+4420794609{index:02}": _outcome(random) for index in random.sample(range(100), random.randint(0, 4))
        }
    if random.random() < 0.5:
        seed["rejectedVoices"] = random.sample(VOICES, random.randint(0, 3))
    if random.random() < 0.7:
        names = random.sample(sorted(POLICIES), random.randint(0, len(POLICIES)))
        seed["policies"] = {name: random.choice(POLICIES[name]) for name in names}
    if random.random() < 0.8:
        seed["clock"] = random.choice(
            [
                {"frozenAt": random.choice(MOMENTS)},
                {"aheadSeconds": random.choice([0, 60, 3600.5, -86_400, "90", "1e3", "-0.25"])},
                {"frozenAt": None, "aheadSeconds": 5},
                {"frozenAt": random.choice(MOMENTS), "aheadSeconds": 7},
                {},
            ]
        )
    if random.random() < 0.6:
        counts = [("connectors", random.choice([0, 3, "12", None])), ("outboundCalls", random.choice([0, 7, "1"]))]
        seed["minted"] = dict(random.sample(counts, random.randint(0, 2)))
    return _with_nulls(random, seed)


def _account(random: Random, index: int, number: Callable[[], int]) -> Seed:
    account: Seed = {"accountId": f"ws-{index}"}
    if random.random() < 0.5:
        account["slug"] = f"acme.{index}"
    agents = [_agent(random, f"P-{index}-{it}", account["accountId"], number) for it in range(random.randint(0, 3))]
    names = [name for agent in agents for name in (agent["agentId"], agent.get("slug")) if name]
    account["apiKeys"] = [
        {"key": "demo-key" if index == 0 else f"key-{index}"},
        {"key": f"limited-{index}", "agents": random.sample(names, random.randint(0, len(names)))},
        {"key": f"old-{index}", "expired": random.choice([True, "true", False, "false", None])},
        {"key": f"ending-{index}!}}", "expiresAt": random.choice(MOMENTS)},
        {"key": f"both-{index}", "expired": True, "expiresAt": random.choice(MOMENTS), "agents": None},
    ][: random.randint(1, 5)]
    return {**account, "agents": agents}


def _agent(random: Random, agent_id: str, account_id: str, number: Callable[[], int]) -> Seed:
    agent: Seed = {"agentId": agent_id}
    if random.random() < 0.5:
        agent["slug"] = f"slug-{agent_id}"
    if random.random() < 0.5:
        agent["name"] = random.choice([agent_id, *TEXTS])
    if random.random() < 0.3:
        agent["accountId"] = account_id
    if random.random() < 0.5:
        agent["variants"] = [f"VARIANT-{it}" for it in range(random.randint(0, 3))]
    if random.random() < 0.5:
        agent["outboundCalling"] = {
            env: random.choice(["enabled", "not-configured", "unavailable"])
            for env in random.sample(ENVIRONMENTS, random.randint(0, 3))
        }
    connectors = [_connector(random, agent, account_id, number) for _ in range(random.randint(0, 4))]
    ids = [it["connectorId"] for it in connectors]
    agent["connectors"] = connectors
    agent["phoneNumbers"] = [_number(random, number(), ids) for _ in range(random.choice([0, 0, 2, 6]))]
    agent["outboundCalls"] = [_call(random, number()) for _ in range(random.choice([0, 0, 1, 3]))]
    return agent


def _connector(random: Random, agent: Seed, account_id: str, number: Callable[[], int]) -> Seed:
    connector: Seed = {"connectorId": f"conn_{number()}"}
    optional: Seed = {
        "name": random.choice([*TEXTS, connector["connectorId"], None]),
        "clientEnv": random.choice([*ENVIRONMENTS, None]),
        "voiceName": random.choice([*VOICES, None]),
        "asrLangCode": random.choice(LANGUAGES),
        "ttsLangCode": random.choice(LANGUAGES),
        "variantId": random.choice(["", "VARIANT-1", "any text", None]),
        "disableHandoff": random.choice([True, False, "true", "false", None]),
        "phoneNumbers": [_nested(random, number(), connector["connectorId"]) for _ in range(random.randint(0, 3))],
        "projectId": random.choice([agent["agentId"], agent.get("slug")]),
        "accountId": account_id,
    }
    for name, value in optional.items():
        if random.random() < 0.6:
            connector[name] = value
    return connector


def _nested(random: Random, number: int, connector_id: str) -> str | Seed:
    text = f"+44207{number:07}"
    if random.random() < 0.5:
        return text
    row: Seed = {"number": text, "clientEnv": random.choice([*ENVIRONMENTS, None])}
    return {**row, "connectorId": connector_id} if random.random() < 0.3 else row


def _number(random: Random, number: int, connector_ids: list[str]) -> str | Seed:
    text = f"+1212{number:07}"
    row: Seed = {"number": text}
    if random.random() < 0.2:
        return text
    if random.random() < 0.7:
        row["clientEnv"] = random.choice(ENVIRONMENTS)
    if connector_ids and random.random() < 0.7:
        row["connectorId"] = random.choice(connector_ids)
    return row


def _call(random: Random, number: int) -> Seed:
    queued_at, calling_at, ended_at = (random.choice(MOMENTS) for _ in range(3))
    return {
        "callSid": f"OUT-00000000-0000-4000-8000-{number:012x}",
        "toNumber": f"+4420794602{random.randint(0, 99):02}",
        "environment": random.choice(ENVIRONMENTS),
        "connectorId": random.choice(["conn_1", "conn_gone"]),
        "queuedAt": queued_at,
        "callingAt": calling_at,
        "endedAt": ended_at,
        "status": random.choice(["SUCCESS", "FAILURE"]),
        **random.choice([{}, {"reason": "busy"}, {"reason": ""}, {"reason": None}]),
    }


def _outcome(random: Random) -> Seed:
    optional: Seed = {
        "status": random.choice(["SUCCESS", "FAILURE"]),
        "reason": random.choice(["", "busy", "call queueing: max timeout limit exceeded", None]),
        "queuedSeconds": random.choice([0.0, 2, 2.0, "2", "0", 60, 0.125, 86_400]),
        "callingSeconds": random.choice([0.0, 10, "10", 10.0, "1e1", 33.3]),
    }
    return {name: value for name, value in optional.items() if random.random() < 0.7}


def _with_nulls(random: Random, seed: Seed) -> Seed:
    """Say with null that something is absent, for some of what may be."""
    absent = [it for it in ("outboundCalls", "rejectedVoices", "policies", "clock", "minted") if it not in seed]
    return {**seed, **{name: None for name in absent if random.random() < 0.2}}
