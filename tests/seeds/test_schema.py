"""The JSON Schema, by which an editor completes and checks a seed."""

from typing import Any

import pytest
import yaml
from jsonschema import Draft202012Validator
from jsonschema.validators import validator_for

from mockserver import seeds
from mockserver.seeds.schema import json_schema
from mockserver.state.policies import Policies
from mockserver.state.schema import columns
from mockserver.state.state import State
from tests.seeds.reports import account, agent, connector

VALIDATOR = Draft202012Validator(json_schema())
NUMBER = "+442079460100"


class EditorLoader(yaml.SafeLoader):
    """YAML as editors read it: times are text."""


EditorLoader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag != "tag:yaml.org,2002:timestamp"]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


def test_the_schema_is_a_valid_one_and_says_which_draft_it_is() -> None:
    Draft202012Validator.check_schema(json_schema())
    assert validator_for(json_schema()) is Draft202012Validator


@pytest.mark.parametrize("name", seeds.shipped())
def test_the_shipped_seeds_pass(name: str) -> None:
    data = yaml.load(seeds.shipped()[name].read_text(encoding="utf-8"), Loader=EditorLoader)  # noqa: S506
    VALIDATOR.validate(data)
    seeds.load_data(data)


def test_an_export_passes(state: State) -> None:
    VALIDATOR.validate(seeds.export(state))


@pytest.mark.parametrize(
    "data",
    [
        {},
        [],
        {"accounts": [], "acounts": []},
        {"accounts": [], "policies": {"repeatedImports": "accept"}},
        {"accounts": [], "policies": {"repeatedImport": "maybe"}},
        {"accounts": [], "outboundCalls": {"020": {}}},
        {"accounts": [], "outboundCalls": {NUMBER: {"statsu": "SUCCESS"}}},
        {"accounts": [], "outboundCalls": {NUMBER: {"queuedSeconds": -1}}},
        account(accountId="a b"),
        account(apiKeys=[{"key": "a~b"}]),
        account(apiKeys=[{"key": "k", "expired": 1}]),
        agent(nme="x"),
        agent(outboundCalling={"lvie": "enabled"}),
        agent(phoneNumbers=["02079460100"]),
        agent(phoneNumbers=[{"number": NUMBER, "connector": "c"}]),
        agent(outboundCalls=[{"callSid": "OUT-1"}]),
        connector(clientEnv="prod"),
        connector(voicename="x"),
    ],
)
def test_what_the_loader_refuses_the_schema_refuses(data: object) -> None:
    assert not VALIDATOR.is_valid(data)
    with pytest.raises(seeds.SeedError):
        seeds.load_data(data)


def test_every_policy_says_what_it_means() -> None:
    schema: dict[str, Any] = json_schema()
    described = {field["description"] for field in schema["$defs"]["PoliciesSeed"]["properties"].values()}
    assert described == {policy.doc for policy in columns(Policies)}


def test_every_property_is_described_and_nothing_has_a_title() -> None:
    schema: dict[str, Any] = json_schema()
    for name, part in {"": schema, **schema["$defs"]}.items():
        assert "title" not in part, name
        assert part["description"], name
        for key, field in part["properties"].items():
            assert "title" not in field, f"{name}.{key}"
            assert field.get("description"), f"{name}.{key}"
