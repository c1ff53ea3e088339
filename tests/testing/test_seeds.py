"""Seeds: the server's complete form of one is what the reference model begins with, and says all that it means."""

import json
import re
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import run_state_machine_as_test

from mockserver import seeds
from mockserver.testing import Adapter, ApiRequest, Model, TelephonyMachine, api_requests, worlds
from mockserver.testing.comparison import differences
from mockserver.testing.values import STOPPED, JsonObject
from mockserver.testing.worlds import API_KEY
from tests.testing.adapters import AsgiAdapter, EngineAdapter

# A seed's data has the shape that its reader declares, which no static type of the tests repeats.
Seed = dict[str, Any]
PAGE = Path(__file__).parents[2] / "docs" / "seeds.md"


def without_policies(seed: Seed) -> Seed:
    return {name: value for name, value in seed.items() if name != "policies"}


def loaded(text: str) -> Seed:
    """Return a seed with its times as text, as JSON has them."""
    seed: Seed = json.loads(json.dumps(yaml.safe_load(text), default=datetime.isoformat))
    return seed


def shipped(name: str) -> Seed:
    return loaded(seeds.shipped()[name].read_text(encoding="utf-8"))


SHIPPED: dict[str, Seed] = {
    "two_agents": shipped("two_agents"),
    "demo, but for its policies": without_policies(shipped("demo")),
    "that of docs/seeds.md, but for its policies": without_policies(
        loaded(*re.findall(r"```yaml\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL))
    ),
}


def listings_differ(seed: Seed, model: Model | None = None) -> list[str]:
    """Return in what the engine, begun with a seed, differs from a model, as far as lists and calls go.

    The model begins with the seed's complete form unless another is given.
    """
    engine = EngineAdapter()
    complete = engine.start({**seed, "clock": seed.get("clock") or STOPPED})
    assert complete is not None
    model = model or Model(complete)
    wrong: list[str] = []
    for agent in model.rows["agents"]:
        for name in filter(None, (agent["agentId"], agent.get("slug"))):
            path = {"agentId": str(name)}
            requests = [ApiRequest("listConnectors", path), ApiRequest("listPhoneNumbers", path)]
            requests += [
                ApiRequest("getOutboundCallStatus", {**path, "callSid": str(call["callSid"])}, {"environment": env})
                for call in model.rows["outboundCalls"]
                for env in ("live", "sandbox")
            ]
            for request in requests:
                wrong += differences(model.answer(request), engine.request(request), model.adopt)
    return wrong


@pytest.mark.parametrize("name", SHIPPED)
def test_the_model_lists_what_the_engine_lists_of_a_shipped_seed(name: str) -> None:
    assert listings_differ(SHIPPED[name]) == []


def test_a_seed_with_nothing_but_ids_has_the_documented_defaults() -> None:
    agent = {"agentId": "a", "connectors": [{"connectorId": "c", "phoneNumbers": ["+442079460100"]}]}
    engine = EngineAdapter()
    engine.start({"accounts": [{"accountId": "ws-1", "apiKeys": [{"key": API_KEY}], "agents": [agent]}]})
    assert engine.request(ApiRequest("listConnectors", {"agentId": "a"})).body == {
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
    assert engine.request(ApiRequest("listPhoneNumbers", {"agentId": "a"})).body == {
        "phoneNumbers": [
            {"number": "+442079460100", "projectId": "a", "accountId": "ws-1", "clientEnv": "live", "connectorId": "c"}
        ]
    }
    call = {"toNumber": "+442079460999", "environment": "live"}
    sid = engine.request(ApiRequest("triggerOutboundCall", {"agentId": "a"}, body=call)).body["callSid"]
    asked = ApiRequest("getOutboundCallStatus", {"agentId": "a", "callSid": sid}, {"environment": "live"})
    seen = []
    for seconds in (0, 1, 1, 9, 1):
        engine.advance_clock(seconds)
        seen.append(engine.request(asked).body)
    assert [body["status"] for body in seen] == ["QUEUED", "QUEUED", "CALLING", "CALLING", "SUCCESS"]
    assert {body["reason"] for body in seen} == {""}


@st.composite
def said_and_meant(draw: st.DrawFn, row: Seed, defaults: Seed) -> tuple[Seed, Seed]:
    """Return a record with some of its defaults left out or null, and what that means."""
    absent = {name: value for name, value in defaults.items() if draw(st.booleans())}
    nulls = {name: None for name in absent if draw(st.booleans())}
    return {**{name: it for name, it in row.items() if name not in absent}, **nulls}, {**row, **absent}


@st.composite
def written_agents(draw: st.DrawFn, agent: Seed) -> tuple[Seed, Seed]:
    """Return an agent as a person may write it, with numbers under connectors and bare, and what that means."""
    said: Seed = {"agentId": agent["agentId"], "connectors": [], "phoneNumbers": []}
    meant: Seed = {"agentId": agent["agentId"], "connectors": [], "phoneNumbers": []}
    loose = list(agent.get("phoneNumbers", []))
    for connector in agent.get("connectors", []):
        voice = draw(st.sampled_from((connector["voiceName"], "en-US-Neural2-A")))
        language = "-".join(voice.split("-")[:2])
        brief, whole = draw(
            said_and_meant(
                {**connector, "voiceName": voice},
                {
                    "name": connector["connectorId"],
                    "clientEnv": "live",
                    "variantId": "",
                    "asrLangCode": language,
                    "ttsLangCode": language,
                    "disableHandoff": False,
                    **({"voiceName": voice} if voice == "en-US-Neural2-A" else {}),
                },
            )
        )
        own = [row for row in loose if row.get("connectorId") == connector["connectorId"] and draw(st.booleans())]
        numbers = [draw(said_and_meant(row, {"clientEnv": whole["clientEnv"]})) for row in own]
        bare = [it["number"] if it.keys() <= {"number", "connectorId"} else it for it, _ in numbers]
        said["connectors"].append({**brief, "phoneNumbers": bare})
        meant["connectors"].append(whole)
        meant["phoneNumbers"] += [row for _, row in numbers]
        loose = [row for row in loose if row not in own]
    envs = {it["connectorId"]: it["clientEnv"] for it in meant["connectors"]}
    for row in loose:
        brief, whole = draw(said_and_meant(row, {"clientEnv": envs.get(row.get("connectorId"), "live")}))
        said["phoneNumbers"].append(brief)
        meant["phoneNumbers"].append(whole)
    return said, meant


@settings(max_examples=100, deadline=None)
@given(worlds(max_accounts=1), st.data())
def test_what_a_seed_leaves_unsaid_is_what_is_documented(world: Seed, data: st.DataObject) -> None:
    agents = [data.draw(written_agents(agent)) for agent in world["accounts"][0]["agents"]]
    said, meant = (
        {**world, "accounts": [{**world["accounts"][0], "agents": [pair[at] for pair in agents]}]} for at in (0, 1)
    )
    assert listings_differ(said, Model(meant)) == []


def size(examples: int) -> settings:
    return settings(max_examples=examples, stateful_step_count=12, deadline=None)


def machine_in(seed: JsonObject) -> type[TelephonyMachine]:
    """Return a machine whose every example begins with a seed."""

    class Machine(TelephonyMachine):
        worlds = st.just(seed)

        def adapter(self) -> Adapter:
            return EngineAdapter()

    return Machine


@pytest.mark.parametrize("name", SHIPPED)
def test_every_example_may_begin_with_an_ordinary_seed(name: str) -> None:
    run_state_machine_as_test(machine_in(SHIPPED[name]), settings=size(10))


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
    assert listings_differ(saved) == []
    run_state_machine_as_test(machine_in(saved), settings=size(10))


@settings(max_examples=30, deadline=None)
@given(st.data())
def test_requests_are_about_an_ordinary_seed_as_well(data: st.DataObject) -> None:
    engine = EngineAdapter()
    seed = engine.start(SHIPPED["demo, but for its policies"])
    request = data.draw(api_requests(seed))
    assert engine.request(request).status in request.statuses


WHOLE = {"accounts": [{"accountId": "ws-1", "apiKeys": [{"key": API_KEY}], "agents": [{"agentId": "a"}]}]}


def test_the_model_needs_a_key_that_reaches_all_agents_of_its_account() -> None:
    keys = [{"key": "k", "expired": True}, {"key": "l", "agents": []}]
    said = "accounts: the model needs a key that never expires and reaches every agent of its account"
    with pytest.raises(ValueError, match=f"^{said}$"):
        Model({"accounts": [{"accountId": "ws-1", "apiKeys": keys}]})


def test_a_machine_refuses_a_seed_with_policies() -> None:
    seed = {**WHOLE, "policies": {"existingImports": "skip", "magicValues": "magic"}}
    said = "policies: the model knows only the defaults; leave out existingImports, magicValues"
    with pytest.raises(ValueError, match=f"^{said}$"):
        machine_in(seed)().start(seed)


def test_a_field_that_a_seed_leaves_out_is_named_when_it_is_read() -> None:
    agent = {"agentId": "a", "connectors": [{"connectorId": "c"}]}
    said = (
        "{'connectorId': 'c', 'accountId': 'ws-1', 'agentId': 'a', 'projectId': 'a'} has no name; "
        "the model reads complete seeds, as GET …/state?full=true gives them"
    )
    with pytest.raises(ValueError, match=f"^{re.escape(said)}$"):
        Model({"accounts": [{**WHOLE["accounts"][0], "agents": [agent]}]}).answer(
            ApiRequest("listConnectors", {"agentId": "a"})
        )


def test_a_machine_needs_an_agent_that_its_client_may_use() -> None:
    with pytest.raises(ValueError, match="the world has no agent that the client's key reaches"):
        run_state_machine_as_test(machine_in(shipped("empty")), settings=settings(size(1), database=None))


@pytest.mark.parametrize(
    "clock", [{}, None, {"aheadSeconds": 5}, {"frozenAt": "2027-01-01T12:00:00+01:00", "aheadSeconds": 5}]
)
def test_a_server_is_stopped_at_the_models_time(clock: object) -> None:
    class Machine(TelephonyMachine):
        def adapter(self) -> Adapter:
            return AsgiAdapter()

    machine = Machine()
    machine.start({**WHOLE, "clock": clock})
    assert isinstance(machine.client, AsgiAdapter)
    assert machine.client.app.state.worlds.default.clock.frozen_at == machine.model.now
    machine.teardown()
