"""The reference model reads seeds as they are documented, and says what it cannot model; the server loads the same."""

import re
from collections.abc import Mapping
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import run_state_machine_as_test

from mockserver import seeds
from mockserver.state.policies import Policies
from mockserver.testing import Adapter, ApiRequest, Model, TelephonyMachine, World, api_requests, worlds
from mockserver.testing.comparison import differences
from mockserver.testing.seeds import POLICIES
from mockserver.testing.values import JsonObject
from mockserver.testing.worlds import API_KEY, STOPPED
from mockserver.values.naming import camel
from tests.testing.adapters import AsgiAdapter, EngineAdapter

ROOT = Path(__file__).parents[2]
# A seed's data has the shape that its reader declares, which no static type of the tests repeats.
Seed = dict[str, Any]
DOCUMENTED_SEED: Seed = yaml.safe_load(
    *re.findall(r"```yaml\n(.*?)```", (ROOT / "docs" / "seeds.md").read_text(encoding="utf-8"), re.DOTALL)
)


def without_policies(seed: Seed) -> Seed:
    return {name: value for name, value in seed.items() if name != "policies"}


def in_json(seed: Seed) -> Seed:
    """Return a seed whose times are text, as YAML's own reader does not leave them."""
    key: Seed = seed["accounts"][0]["apiKeys"][2]
    key["expiresAt"] = key["expiresAt"].isoformat()
    return seed


SHIPPED: dict[str, Seed] = {
    "two_agents": yaml.safe_load(seeds.shipped()["two_agents"].read_text(encoding="utf-8")),
    "empty": yaml.safe_load(seeds.shipped()["empty"].read_text(encoding="utf-8")),
    "demo, but for its policies": in_json(
        without_policies(yaml.safe_load(seeds.shipped()["demo"].read_text(encoding="utf-8")))
    ),
    "that of docs/seeds.md, but for its policies": in_json(without_policies(DOCUMENTED_SEED)),
}


def listings_differ(seed: Seed) -> list[str]:
    """Return in what the model and the engine differ that have begun with a seed, as far as lists and calls go."""
    model, engine = Model(seed), EngineAdapter()
    engine.start({**seed, "clock": {"frozenAt": model.now.isoformat()}})
    wrong: list[str] = []
    for account in seed["accounts"]:
        for agent in account.get("agents") or []:
            for name in filter(None, (agent["agentId"], agent.get("slug"))):
                requests = [
                    ApiRequest("listConnectors", {"agentId": name}),
                    ApiRequest("listPhoneNumbers", {"agentId": name}),
                    *(
                        ApiRequest(
                            "getOutboundCallStatus", {"agentId": name, "callSid": call.call_sid}, {"environment": env}
                        )
                        for call in model.calls
                        for env in ("live", "sandbox")
                    ),
                ]
                for request in requests:
                    wrong += differences(model.answer(request), engine.request(request), model.adopt)
    return wrong


@pytest.mark.parametrize("name", SHIPPED)
def test_the_model_lists_what_the_engine_lists_of_a_shipped_seed(name: str) -> None:
    assert listings_differ(SHIPPED[name]) == []


def test_a_seed_with_nothing_but_ids_has_the_documented_defaults() -> None:
    agent = {"agentId": "a", "connectors": [{"connectorId": "c", "phoneNumbers": ["+442079460100"]}]}
    model = Model({"accounts": [{"accountId": "ws-1", "apiKeys": [{"key": "k"}], "agents": [agent]}]})
    assert model.answer(ApiRequest("listConnectors", {"agentId": "a"})).body == {
        "connectors": [
            {
                "connectorId": "c",
                "name": "c",
                "accountId": "ws-1",
                "projectId": "a",
                "clientEnv": "live",
                "variantId": "",
                "asrLangCode": "en-US",
                "ttsLangCode": "en-US",
                "voiceName": "en-US-Neural2-A",
                "disableHandoff": False,
            }
        ]
    }
    assert model.answer(ApiRequest("listPhoneNumbers", {"agentId": "a"})).body == {
        "phoneNumbers": [
            {
                "number": "+442079460100",
                "projectId": "a",
                "accountId": "ws-1",
                "clientEnv": "live",
                "connectorId": "c",
            }
        ]
    }


@st.composite
def written_otherwise(draw: st.DrawFn, row: Mapping[str, object], *needed: str) -> Seed:
    """Return a record with some of what need not be said left out, or null."""
    kept: Seed = {}
    for name, value in row.items():
        said = "said" if name in needed else draw(st.sampled_from(("said", "null", "left out")))
        if said != "left out":
            kept[name] = None if said == "null" else value
    return kept


@st.composite
def numbers_under(draw: st.DrawFn, rows: list[Seed]) -> list[object]:
    """Return numbers as they may stand under a connector or an agent: bare, or as mappings."""
    return [
        row["number"] if draw(st.booleans()) else draw(written_otherwise(row, "number", "connectorId")) for row in rows
    ]


@st.composite
def written_seeds(draw: st.DrawFn) -> Seed:
    """Return seeds in the many forms in which a person, or the server, may write one."""
    world: Mapping[str, Any] = draw(worlds())
    accounts: list[Seed] = []
    for account in world["accounts"]:
        slugs = {agent["agentId"]: f"slug-{agent['agentId']}" for agent in account["agents"]}
        agents: list[Seed] = []
        for agent in account["agents"]:
            nested = draw(st.booleans())
            numbers = agent.get("phoneNumbers", [])
            connectors: list[Seed] = []
            for connector in agent.get("connectors", []):
                handoff: object = connector["disableHandoff"]
                handoff = draw(st.sampled_from((handoff, str(handoff).lower())))
                row = draw(written_otherwise({**connector, "disableHandoff": handoff}, "connectorId"))
                own = [it for it in numbers if it.get("connectorId") == row["connectorId"]]
                connectors.append({**row, "phoneNumbers": draw(numbers_under(own))} if nested else row)
            loose = [it for it in numbers if not nested or "connectorId" not in it]
            names = {"slug": slugs[agent["agentId"]], "name": "An agent", "variants": ["VARIANT-1"]}
            more = draw(written_otherwise({**names, **agent}, "agentId", "connectors", "phoneNumbers"))
            agents.append({**more, "connectors": connectors or None, "phoneNumbers": draw(numbers_under(loose))})
            if not connectors and draw(st.booleans()):
                del agents[-1]["connectors"]
        first = agents[0]["agentId"] if agents else ""
        others: list[Seed] = [
            {"key": f"limited-{account['accountId']}", "agents": [agents[0].get("slug") or first] if agents else []},
            {"key": f"old-{account['accountId']}", "expired": draw(st.sampled_from((True, "true")))},
            {"key": f"ending-{account['accountId']}", "expiresAt": "2099-12-31T23:59:59Z"},
        ]
        keys = draw(st.permutations([*others, *account["apiKeys"]]))
        accounts.append({"accountId": account["accountId"], "apiKeys": keys, "agents": agents or None})
    seed: Seed = draw(written_otherwise(world, "accounts"))
    policies = draw(st.sampled_from((None, {}, {"existingImports": "conflict"})))
    return {**seed, "accounts": accounts, "policies": policies, "minted": {"connectors": "3"}}


@settings(max_examples=150, deadline=None)
@given(written_seeds())
def test_the_model_lists_what_the_engine_lists_however_a_seed_is_written(seed: Seed) -> None:
    assert listings_differ(seed) == []


def size(examples: int) -> settings:
    return settings(max_examples=examples, stateful_step_count=12, deadline=None)


@pytest.mark.parametrize("name", [name for name in SHIPPED if name != "empty"])
def test_every_example_may_begin_with_an_ordinary_seed(name: str) -> None:
    class Machine(TelephonyMachine):
        worlds = st.just(SHIPPED[name])

        def adapter(self) -> Adapter:
            return EngineAdapter()

    run_state_machine_as_test(Machine, settings=size(10))


def test_every_example_may_begin_with_a_saved_state() -> None:
    engine = EngineAdapter()
    engine.start({**SHIPPED["two_agents"], "clock": STOPPED})
    for env in ("live", "sandbox"):
        path = {"agentId": "PROJECT-58RP822I", "phoneNumber": f"+44207946030{len(env)}"}
        assert engine.request(ApiRequest("importPhoneNumber", path, body={"clientEnv": env})).status == 201
    call = {"toNumber": "+442079460300", "environment": "live"}
    assert engine.request(ApiRequest("triggerOutboundCall", {"agentId": "PROJECT-58RP822I"}, body=call)).status == 200
    engine.advance_clock(5)
    saved = seeds.export(engine.world.state, engine.world.clock)
    assert "outboundCalls" in str(saved)
    assert "minted" in saved

    class Machine(TelephonyMachine):
        worlds = st.just(saved)

        def adapter(self) -> Adapter:
            return EngineAdapter()

    assert listings_differ(saved) == []
    run_state_machine_as_test(Machine, settings=size(10))


@settings(max_examples=30, deadline=None)
@given(st.data())
def test_requests_are_about_an_ordinary_seed_as_well(data: st.DataObject) -> None:
    seed = SHIPPED["demo, but for its policies"]
    engine = EngineAdapter()
    engine.start(seed)
    request = data.draw(api_requests(seed))
    assert engine.request(request).status in request.statuses


def test_the_models_policies_are_the_defaults() -> None:
    assert {camel(policy.name): policy.default for policy in fields(Policies)} == POLICIES


WHOLE: World = {"accounts": [{"accountId": "ws-1", "apiKeys": [{"key": API_KEY}], "agents": [{"agentId": "a"}]}]}


def with_agent(**agent: object) -> Seed:
    return {"accounts": [{**WHOLE["accounts"][0], "agents": [{"agentId": "a", **agent}]}]}


@pytest.mark.parametrize(
    ("seed", "said"),
    [
        (
            {**WHOLE, "policies": {"existingImports": "skip", "lookupMiss": "not-found", "magicValues": "magic"}},
            "policies: the model knows only the defaults; leave out existingImports, magicValues",
        ),
        (
            {**WHOLE, "clock": {"aheadSeconds": "60"}},
            "clock.aheadSeconds: in the model time stands still; give clock.frozenAt in its place",
        ),
        (
            {
                "accounts": [
                    {"accountId": "ws-1", "apiKeys": [{"key": "k", "expired": "true"}, {"key": "l", "agents": []}]}
                ]
            },
            "accounts: the model needs a key that never expires and reaches every agent of its account",
        ),
        ({**WHOLE, "weather": "fine"}, "weather: the model does not know what this is"),
        (
            with_agent(connectors=[{"connectorId": "c", "nmae": "Main line"}]),
            "accounts[0].agents[0].connectors[0].nmae: the model does not know what this is",
        ),
        (with_agent(connectors=[{}]), "accounts[0].agents[0].connectors[0].connectorId is None, where a text is right"),
        (
            with_agent(connectors=[{"connectorId": "c", "clientEnv": "prod"}]),
            "accounts[0].agents[0].connectors[0].clientEnv is 'prod', where one of sandbox, pre-release, live is right",
        ),
        (
            with_agent(connectors=[{"connectorId": "c", "disableHandoff": "no"}]),
            "accounts[0].agents[0].connectors[0].disableHandoff is 'no', where true or false is right",
        ),
        (
            with_agent(phoneNumbers=[442079460100]),
            "accounts[0].agents[0].phoneNumbers[0] is 442079460100, where a mapping is right",
        ),
        (
            with_agent(phoneNumbers=["2079460100"]),
            "accounts[0].agents[0].phoneNumbers[0].number is '2079460100', where a phone number in E.164 form is right",
        ),
        (
            with_agent(phoneNumbers=[{"number": "+442079460100", "connectorId": "c"}]),
            "accounts[0].agents[0].phoneNumbers[0].connectorId: 'c' is not a connector of this agent",
        ),
        (with_agent(connectors={}), "accounts[0].agents[0].connectors is {}, where a list is right"),
        (
            {**WHOLE, "outboundCalls": {"+442079460100": {"queuedSeconds": "soon"}}},
            "outboundCalls.+442079460100.queuedSeconds is 'soon', where a number of seconds is right",
        ),
        ({**WHOLE, "clock": {"frozenAt": "noon"}}, "clock.frozenAt is 'noon', where a time with a zone is right"),
    ],
)
def test_what_the_model_cannot_be_about_is_said_in_one_sentence(seed: JsonObject, said: str) -> None:
    with pytest.raises(ValueError, match=f"^{re.escape(said)}$"):
        Model(seed)


def test_a_machine_needs_an_agent_that_its_client_may_use() -> None:
    class Machine(TelephonyMachine):
        worlds = st.just(SHIPPED["empty"])

        def adapter(self) -> Adapter:
            return EngineAdapter()

    with pytest.raises(ValueError, match="the world has no agent that the client's key reaches"):
        run_state_machine_as_test(Machine, settings=settings(size(1), database=None))


def test_a_server_is_stopped_at_the_models_time() -> None:
    class Machine(TelephonyMachine):
        def adapter(self) -> Adapter:
            return AsgiAdapter()

    for clock in ({}, None, {"frozenAt": None}, {"frozenAt": "2027-01-01T12:00:00+01:00", "aheadSeconds": 5}):
        machine = Machine()
        machine.start({**WHOLE, "clock": clock})
        assert isinstance(machine.client, AsgiAdapter)
        assert machine.client.app.state.worlds.default.clock.frozen_at == machine.model.now
        machine.teardown()
