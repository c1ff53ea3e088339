"""A state that is exported and loaded again is the same state, down to the order of every listing."""

from datetime import UTC, datetime
from typing import cast

import pytest
import yaml
from hypothesis import given, settings

from mockserver import seeds
from mockserver.seeds import dump_yaml
from mockserver.state import cascades, connectors, phone_numbers
from mockserver.state.accounts import Agent, ApiKey
from mockserver.state.outbound_calls import CallOutcome, OutboundCall, trigger_outbound_call
from mockserver.state.policies import Policies
from mockserver.state.schema import columns
from mockserver.state.state import State
from tests.client import AGENT, OTHER_AGENT
from tests.seeds.changes import changed_states, listings
from tests.state.invariants import broken_invariants


def exported_agent(state: State, agent_id: str) -> dict[str, object]:
    """Return what the export says of one agent."""
    data = yaml.safe_load(seeds.dump_yaml(seeds.export(state)).decode())
    (found,) = (row for account in data["accounts"] for row in account["agents"] if row["agentId"] == agent_id)
    assert isinstance(found, dict)
    return found


def assert_reloads(state: State) -> None:
    """Assert that the export holds all there is to know, as data and as YAML."""
    for loaded in (
        seeds.load_data(seeds.export(state)),
        seeds.load_text(seeds.dump_yaml(seeds.export(state)).decode()),
    ):
        assert listings(loaded) == listings(state)
        assert seeds.export(loaded) == seeds.export(state)
        assert broken_invariants(loaded) == []


@settings(deadline=None)
@given(changed_states())
def test_export_and_load_is_the_identity(state: State) -> None:
    assert_reloads(state)


def test_an_export_reads_like_a_seed_that_a_person_wrote(state: State) -> None:
    assert seeds.dump_yaml(seeds.export(state)).decode() == (
        "accounts:\n"
        "- accountId: ws-fd112d8f\n"
        "  slug: acme-uk\n"
        "  apiKeys:\n"
        "  - key: demo-key\n"
        "  - key: support-only\n"
        "    agents:\n"
        "    - PROJECT-58RP822I\n"
        "  - key: old-key\n"
        "    expired: true\n"
        "  agents:\n"
        "  - agentId: PROJECT-58RP822I\n"
        "    slug: acme-support\n"
        "    name: Support Agent\n"
        "    connectors:\n"
        "    - connectorId: conn_abc123\n"
        "      name: Main line\n"
        "      clientEnv: live\n"
        "      voiceName: en-GB-Wavenet-B\n"
        "      phoneNumbers:\n"
        "      - '+442071234567'\n"
        "      - '+442079460101'\n"
        "    - connectorId: conn_new456\n"
        "      name: Overflow line\n"
        "      clientEnv: live\n"
        "      voiceName: en-US-Neural2-A\n"
        "    phoneNumbers:\n"
        "    - number: '+442079460100'\n"
        "      clientEnv: sandbox\n"
        "  - agentId: PROJECT-JTQKOKLM\n"
        "    slug: acme-sales\n"
        "    name: Sales Agent\n"
        "    connectors:\n"
        "    - connectorId: conn_sales01\n"
        "      name: Sales line\n"
        "      clientEnv: live\n"
        "      voiceName: en-GB-Wavenet-A\n"
        "      phoneNumbers:\n"
        "      - '+442079460200'\n"
    )


def test_an_empty_state_is_exported_as_an_empty_list_of_accounts() -> None:
    assert seeds.export(State()) == {"accounts": []}
    assert_reloads(State())


def test_numbers_imported_in_turns_are_listed_under_the_agent(state: State) -> None:
    for number, connector_id in (("+442079460301", "conn_new456"), ("+442079460302", "conn_abc123")):
        cascades.import_phone_number(state, AGENT, number, connector_id=connector_id)
    assert exported_agent(state, AGENT)["phoneNumbers"] == [
        {"number": "+442071234567", "clientEnv": "live", "connectorId": "conn_abc123"},
        {"number": "+442079460101", "clientEnv": "live", "connectorId": "conn_abc123"},
        {"number": "+442079460100", "clientEnv": "sandbox"},
        {"number": "+442079460301", "clientEnv": "live", "connectorId": "conn_new456"},
        {"number": "+442079460302", "clientEnv": "live", "connectorId": "conn_abc123"},
    ]
    assert_reloads(state)


def test_a_reassigned_number_keeps_its_place(state: State) -> None:
    phone_numbers.reassign_phone_number(state, AGENT, "+442071234567", "conn_new456")
    assert_reloads(state)


def test_a_moved_connector_is_listed_last_by_its_new_agent(state: State) -> None:
    key = state[ApiKey].get("demo-key")
    assert key is not None
    cascades.update_connector(state, key, AGENT, "conn_abc123", {"agent_id": OTHER_AGENT})
    loaded = seeds.load_data(seeds.export(state))
    assert [row.connector_id for row in connectors.list_connectors(loaded, OTHER_AGENT)] == [
        "conn_sales01",
        "conn_abc123",
    ]
    assert_reloads(state)


def test_cleared_languages_stay_cleared(state: State) -> None:
    key = state[ApiKey].get("demo-key")
    assert key is not None
    cascades.update_connector(state, key, AGENT, "conn_abc123", {"asr_lang_code": None})
    cascades.update_connector(state, key, AGENT, "conn_new456", {"voice_name": None})
    assert_reloads(state)


def test_a_number_of_another_environment_than_its_connectors_says_so(state: State) -> None:
    cascades.import_phone_number(state, OTHER_AGENT, "+442079460301", "sandbox", "conn_sales01")
    (connector,) = cast("list[dict[str, object]]", exported_agent(state, OTHER_AGENT)["connectors"])
    assert connector["phoneNumbers"] == ["+442079460200", {"number": "+442079460301", "clientEnv": "sandbox"}]
    assert_reloads(state)


def test_calls_under_way_and_outcomes_are_kept(state: State) -> None:
    agent = state[Agent].get(AGENT)
    assert agent is not None
    outcome = CallOutcome(
        to_number="+442079460998",
        result="FAILURE",
        reason="no answer",
        queued_seconds=0.25,
        calling_seconds=0,
        position=0,
    )
    state[CallOutcome].put(outcome)
    now = datetime(2026, 7, 2, 10, tzinfo=UTC)
    calls = [trigger_outbound_call(state, agent, outcome.to_number, "live", "", now) for _ in range(2)]
    cascades.delete_connector(state, AGENT, "conn_abc123")
    loaded = seeds.load_data(seeds.export(state))
    assert list(loaded[OutboundCall]) == calls
    assert loaded[CallOutcome].get("+442079460998") == outcome
    assert_reloads(state)


def test_text_that_yaml_would_read_as_something_else_is_quoted() -> None:
    voices = [
        "null",
        "~",
        "",
        "NO",
        "012",
        "12:30",
        "a: b",
        "# a",
        " a ",
        "a\nb",
        "a\x85b",
        "\u2028",
        "\ufeff",
        "\0",
        "<<",
    ]
    state = seeds.load_data({"accounts": [], "rejectedVoices": voices})
    assert state.rules.rejected_voices == {*voices}
    assert_reloads(state)


def test_a_full_export_says_what_a_seed_may_leave_unsaid_and_loads_alike(state: State) -> None:
    cascades.import_phone_number(state, AGENT, "+442079460301", connector_id="conn_new456")
    full = seeds.export(state, full=True)
    assert [key for key, value in full.items() if key != "policies" and not value] == [
        *("outboundCalls", "rejectedVoices", "minted")
    ]
    assert full["policies"] == {policy.seed: policy.default for policy in columns(Policies)}
    assert full["clock"] == {"aheadSeconds": 0.0}
    agent = full["accounts"][0]["agents"][0]
    assert (agent["variants"], agent["outboundCalling"], agent["outboundCalls"]) == ([], {}, [])
    assert agent["connectors"][1] == {
        "connectorId": "conn_new456",
        "name": "Overflow line",
        "clientEnv": "live",
        "voiceName": "en-US-Neural2-A",
        "asrLangCode": "en-US",
        "ttsLangCode": "en-US",
        "variantId": "",
        "disableHandoff": False,
    }
    assert agent["phoneNumbers"][0] == {
        "number": "+442071234567",
        "clientEnv": "live",
        "connectorId": "conn_abc123",
    }
    loaded = seeds.load_data(full)
    assert listings(loaded) == listings(state)
    assert seeds.export(loaded, full=True) == full


@settings(deadline=None)
@given(changed_states())
def test_a_full_export_loads_as_the_same_state(state: State) -> None:
    loaded = seeds.load_data(seeds.export(state, full=True))
    assert listings(loaded) == listings(state)
    assert seeds.export(loaded) == seeds.export(state)


@pytest.mark.parametrize(
    "mark", ["\x1b[31m", "\x85", "\u2028", "\u202e", "\u2066", "\ufeff", "\xad", "\xa0", "\n::error::", "\t"]
)
def test_a_text_is_one_line_that_is_safe_to_print(mark: str) -> None:
    name = f"a{mark}b {'long ' * 100}::error::c Caf\xe9 \u6771"
    text = dump_yaml({"name": name}).decode()
    assert yaml.safe_load(text) == {"name": name}
    assert text.count("\n") == 1
    assert text.removesuffix("\n").isprintable()
    assert "Caf\xe9 \u6771" in text
