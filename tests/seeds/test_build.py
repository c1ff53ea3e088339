"""What a seed may leave out, the API's own answers in a seed, and values as YAML and as JSON write them."""

from datetime import UTC, datetime

import pytest

from mockserver import seeds
from mockserver.state.accounts import Agent, ApiKey
from mockserver.state.connectors import Connector
from mockserver.state.outbound_calls import CallOutcome
from mockserver.state.phone_numbers import PhoneNumber, list_phone_numbers
from mockserver.state.policies import Policies
from mockserver.state.state import State
from tests.seeds.reports import account, agent, connector
from tests.state.invariants import broken_invariants

PASTED_NUMBER = {
    "number": "+442071234567",
    "projectId": "PROJECT-58RP822I",
    "accountId": "ws-fd112d8f",
    "clientEnv": "live",
    "connectorId": "conn_abc123",
}
PASTED_CONNECTOR = {
    "connectorId": "conn_abc123",
    "name": "Main line",
    "accountId": "ws-fd112d8f",
    "projectId": "PROJECT-58RP822I",
    "clientEnv": "pre-release",
    "variantId": "VARIANT-1",
    "asrLangCode": "en-GB",
    "ttsLangCode": "en-US",
    "voiceName": "en-US-Neural2-A",
    "disableHandoff": True,
}


def the_connector(state: State) -> Connector:
    """Return the only connector."""
    (row,) = state[Connector]
    return row


def test_answers_of_the_api_can_be_pasted_in() -> None:
    state = seeds.load_data(
        account(
            accountId="ws-fd112d8f",
            agents=[
                {"agentId": "PROJECT-58RP822I", "connectors": [PASTED_CONNECTOR], "phoneNumbers": [PASTED_NUMBER]},
            ],
        )
    )
    row = the_connector(state)
    assert (row.connector_id, row.name, row.agent_id) == ("conn_abc123", "Main line", "PROJECT-58RP822I")
    assert (row.client_env, row.variant_id, row.disable_handoff) == ("pre-release", "VARIANT-1", True)
    assert (row.asr_lang_code, row.tts_lang_code, row.voice_name) == ("en-GB", "en-US", "en-US-Neural2-A")
    (number,) = state[PhoneNumber]
    assert (number.number, number.client_env, number.connector_id) == ("+442071234567", "live", "conn_abc123")
    assert broken_invariants(state) == []


def test_a_pasted_owner_may_be_named_by_its_slug() -> None:
    row = {"connectorId": "c", "accountId": "acme", "projectId": "support"}
    data = {
        "accounts": [
            {"accountId": "ws-1", "slug": "acme", "agents": [{"agentId": "P", "slug": "support", "connectors": [row]}]}
        ]
    }
    assert the_connector(seeds.load_data(data)).agent_id == "P"


def test_a_connector_needs_nothing_but_its_id() -> None:
    row = the_connector(seeds.load_data(connector()))
    assert (row.name, row.client_env, row.variant_id, row.disable_handoff) == ("conn_1", "live", "", False)
    assert (row.voice_name, row.asr_lang_code, row.tts_lang_code) == ("en-US-Neural2-A", "en-US", "en-US")


@pytest.mark.parametrize(
    ("given", "languages"),
    [
        ({"voiceName": "de-DE-Neural2-B"}, ("de-DE", "de-DE")),
        ({"voiceName": "de-DE-Neural2-B", "asrLangCode": "en-GB"}, ("en-GB", "de-DE")),
        ({"voiceName": "de-DE-Neural2-B", "ttsLangCode": "de-AT"}, ("de-DE", "de-AT")),
        ({"voiceName": "de-DE-Neural2-B", "asrLangCode": "", "ttsLangCode": None}, ("", "de-DE")),
        ({"voiceName": ""}, ("", "")),
        ({"voiceName": "nonsense"}, ("", "")),
    ],
)
def test_languages_come_from_the_voice_where_they_are_absent(
    given: dict[str, object], languages: tuple[str, str]
) -> None:
    row = the_connector(seeds.load_data(connector(**given)))
    assert (row.asr_lang_code, row.tts_lang_code) == languages


def test_an_agents_name_is_its_id_where_it_is_absent() -> None:
    assert [row.name for row in seeds.load_data(agent())[Agent]] == ["P-1"]


def test_numbers_under_a_connector_take_its_environment_unless_they_name_their_own() -> None:
    numbers = ["+442079460100", {"number": "+442079460101", "clientEnv": "live"}, {"number": "+442079460102"}]
    state = seeds.load_data(connector(clientEnv="sandbox", phoneNumbers=numbers))
    assert [row.client_env for row in state[PhoneNumber]] == ["sandbox", "live", "sandbox"]
    assert {row.connector_id for row in state[PhoneNumber]} == {"conn_1"}


def test_numbers_under_an_agent_are_live_unrouted_or_follow_the_connector_they_name() -> None:
    numbers = ["+442079460100", {"number": "+442079460101", "connectorId": "conn_1"}]
    state = seeds.load_data(agent(connectors=[{"connectorId": "conn_1", "clientEnv": "sandbox"}], phoneNumbers=numbers))
    rows = list_phone_numbers(state, "P-1")
    assert [(row.client_env, row.connector_id) for row in rows] == [("live", None), ("sandbox", "conn_1")]


def test_keys_reach_the_agents_they_list_by_id_or_slug() -> None:
    keys = [
        {"key": "all"},
        {"key": "one", "agents": ["P"]},
        {"key": "slug", "agents": ["s"]},
        {"key": "0", "agents": []},
    ]
    state = seeds.load_data(account(apiKeys=keys, agents=[{"agentId": "P", "slug": "s"}]))
    assert [row.agent_ids for row in state[ApiKey]] == [None, ("P",), ("P",), ()]


@pytest.mark.parametrize(
    ("given", "moment"),
    [
        ({"expiresAt": "2026-07-02T12:00:00+02:00"}, datetime(2026, 7, 2, 10, tzinfo=UTC)),
        ({"expiresAt": "2026-07-02T10:00:00Z", "expired": False}, datetime(2026, 7, 2, 10, tzinfo=UTC)),
        ({"expired": True}, datetime.min.replace(tzinfo=UTC)),
        ({"expired": None, "expiresAt": None}, None),
    ],
)
def test_keys_expire_at_a_moment_or_have_expired(given: dict[str, object], moment: datetime | None) -> None:
    (row,) = seeds.load_data(account(apiKeys=[{"key": "k", **given}]))[ApiKey]
    assert row.expires_at == moment


@pytest.mark.parametrize(
    ("value", "expected"), [(True, True), ("true", True), (False, False), ("false", False), (None, False)]
)
def test_truth_values_may_be_json_or_text(value: object, expected: bool) -> None:
    assert the_connector(seeds.load_data(connector(disableHandoff=value))).disable_handoff is expected


@pytest.mark.parametrize("seconds", [2.5, "2.5"])
def test_numbers_may_be_json_or_text(seconds: object) -> None:
    (row,) = seeds.load_data(
        {"accounts": [], "outboundCalls": {"+442079460100": {"queuedSeconds": seconds, "callingSeconds": 0}}}
    )[CallOutcome]
    assert row == CallOutcome(to_number="+442079460100", queued_seconds=2.5, calling_seconds=0.0, position=0)


def test_a_world_behaves_as_assumed_where_the_seed_says_nothing_else() -> None:
    assert seeds.load_data({"accounts": []}).policies == Policies()
    state = seeds.load_data({"accounts": [], "policies": {"nullLanguage": "refuse"}, "rejectedVoices": ["en-GB-X"]})
    assert state.policies == Policies(null_language="refuse")
    assert state.rules.rejected_voices == {"en-GB-X"}
    never = seeds.load_text("accounts: []\npolicies: {autoCreateConnector: never}")
    assert never.policies.auto_create_connector == "never"
