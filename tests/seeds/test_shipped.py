"""The seeds that come with the package: loaded unchecked at a start, so checked here."""

import re

import pytest

from mockserver import seeds
from mockserver.state.accounts import Account, Agent, ApiKey
from mockserver.state.connectors import Connector
from mockserver.state.outbound_calls import CallOutcome
from mockserver.state.phone_numbers import PhoneNumber
from mockserver.testing.values import CLIENT_ENVS
from tests.seeds.changes import listings
from tests.state.invariants import broken_invariants

DEMO = seeds.load("demo")

# What regulators keep free for drama and fiction.
FICTION = {
    "Ofcom, London": r"\+442079460\d{3}",
    "Ofcom, Leeds": r"\+441134960\d{3}",
    "Ofcom, Manchester": r"\+441614960\d{3}",
    "Ofcom, freephone": r"\+448081570\d{3}",
    "Ofcom, mobile": r"\+447700900\d{3}",
    "Bundesnetzagentur, Berlin": r"\+493023125\d{3}",
    "Bundesnetzagentur, Munich": r"\+498999998\d{3}",
    "Arcep, Paris": r"\+3319900\d{4}",
    "Arcep, north-west": r"\+3326191\d{4}",
    "NANPA, 555-01xx": r"\+1[2-9]\d\d55501\d\d",
    "ACMA, east": r"\+6125550\d{4}",
    "ACMA, mobile": r"\+614915701(?:56|57|58|59|10)",
    "PTS, Stockholm": r"\+468465004\d{2}",
}


@pytest.mark.parametrize("name", seeds.shipped())
def test_a_shipped_seed_has_no_problems_and_loads_alike_without_the_check(name: str) -> None:
    checked = seeds.load_file(seeds.shipped()[name])
    assert listings(checked) == listings(seeds.load(name))
    assert broken_invariants(checked) == []
    assert listings(seeds.load_text(seeds.dump_yaml(seeds.export(checked)).decode())) == listings(checked)


def test_the_shipped_seeds_are_known_by_the_names_of_their_files() -> None:
    assert list(seeds.shipped()) == ["demo", "empty", "two_agents"]


def test_each_load_is_a_state_of_its_own() -> None:
    state = seeds.load("empty")
    state[Account].pop("ws-fd112d8f")
    assert "ws-fd112d8f" in seeds.load("empty")[Account]


def test_the_empty_seed_is_one_account_with_a_key() -> None:
    state = seeds.load("empty")
    assert {table.name: len(table) for table in state.tables() if len(table)} == {"accounts": 1, "apiKeys": 1}


def test_the_demo_is_two_companies_with_several_agents() -> None:
    assert len(DEMO[Account]) == 2
    assert all(len(DEMO[Agent].where("account_id", row.account_id)) >= 2 for row in DEMO[Account])


def test_the_demo_has_connectors_of_every_environment_and_many_languages() -> None:
    assert len(DEMO[Connector]) >= 12
    assert {row.client_env for row in DEMO[Connector]} == {*CLIENT_ENVS}
    assert len({row.tts_lang_code for row in DEMO[Connector]}) >= 6
    assert all(row.asr_lang_code and row.tts_lang_code for row in DEMO[Connector])


def test_the_demo_has_routed_and_unrouted_numbers_all_of_them_fictional() -> None:
    assert len(DEMO[PhoneNumber]) >= 30
    assert {row.connector_id is None for row in DEMO[PhoneNumber]} == {True, False}
    fictional = re.compile("|".join(FICTION.values()))
    numbers = {row.number for row in DEMO[PhoneNumber]} | {row.to_number for row in DEMO[CallOutcome]}
    assert {number for number in numbers if not fictional.fullmatch(number)} == {"+442071234567"}


def test_the_demo_has_keys_of_every_kind() -> None:
    keys = list(DEMO[ApiKey])
    expired = seeds.load_text("accounts: [{accountId: ws, apiKeys: [{key: k, expired: true}]}]")[ApiKey].get("k")
    assert expired is not None
    assert any(row.agent_ids is None and row.expires_at is None for row in keys)
    assert any(row.agent_ids for row in keys)
    assert any(row.expires_at == expired.expires_at for row in keys)
    assert any(row.expires_at is not None and row.expires_at != expired.expires_at for row in keys)


def test_the_public_documentations_examples_find_what_they_name_in_the_demo() -> None:
    key = DEMO[ApiKey].get("demo-key")
    agent = DEMO[Agent].get("PROJECT-58RP822I")
    number = DEMO[PhoneNumber].get("+442071234567")
    assert key is not None
    assert agent is not None
    assert number is not None
    assert key.reaches(agent)
    assert (number.agent_id, number.connector_id) == (agent.agent_id, "conn_abc123")
    for connector_id in ("conn_abc123", "conn_new456"):
        connector = DEMO[Connector].get(connector_id)
        assert connector is not None
        assert (connector.agent_id, connector.client_env) == (agent.agent_id, "live")
