"""The behaviours that must be exactly right, shown on the state alone."""

from datetime import UTC, datetime, timedelta

import pytest

from mockserver import seeds
from mockserver.errors import ApiError, Err
from mockserver.state import cascades, connectors, outbound_calls, phone_numbers
from mockserver.state.accounts import Agent, ApiKey
from mockserver.state.cascades import ConnectorUpdate
from mockserver.state.connectors import Connector
from mockserver.state.phone_numbers import PhoneNumber
from mockserver.state.state import State
from mockserver.values.ids import Mint
from tests.client import AGENT, OTHER_AGENT

START = datetime(2026, 7, 2, 10, tzinfo=UTC)


@pytest.fixture
def key(state: State) -> ApiKey:
    key = state[ApiKey].get("demo-key")
    assert key is not None
    return key


def _refusal(raised: pytest.ExceptionInfo[ApiError]) -> Err:
    return raised.value.err


def test_deleting_a_connector_releases_its_numbers_and_returns_them(state: State) -> None:
    released = cascades.delete_connector(state, AGENT, "conn_abc123")
    assert released == ["+442071234567", "+442079460101"]
    assert [number for number in released if number in state[PhoneNumber]] == []
    assert connectors.list_connectors(state, AGENT)[0].connector_id == "conn_new456"
    imported = cascades.import_phone_numbers(state, AGENT, released, "live")
    assert imported == released


def test_deleting_a_connector_of_another_agent_is_refused_and_changes_nothing(state: State) -> None:
    with pytest.raises(ApiError) as raised:
        cascades.delete_connector(state, OTHER_AGENT, "conn_abc123")
    assert _refusal(raised) is Err.CONNECTORS_NOT_FOUND
    assert state[Connector].differences() == {}


def test_a_lookup_follows_the_number_to_its_connector(state: State) -> None:
    assert phone_numbers.lookup_connector(state, AGENT, "+442079460101").connector_id == "conn_abc123"
    phone_numbers.reassign_phone_number(state, AGENT, "+442079460101", "conn_new456")
    assert phone_numbers.lookup_connector(state, AGENT, "+442079460101").connector_id == "conn_new456"


def test_a_lookup_never_walks_through_a_table(state: State, monkeypatch: pytest.MonkeyPatch) -> None:
    def walk(*_args: object) -> None:
        raise AssertionError("a scan")

    monkeypatch.setattr("mockserver.state.table.Table.__iter__", walk)
    monkeypatch.setattr("mockserver.state.table.Table.where", walk)
    assert phone_numbers.lookup_connector(state, AGENT, "+442071234567").connector_id == "conn_abc123"


def test_a_route_to_nowhere_is_a_broken_invariant_and_no_plausible_404(state: State) -> None:
    connector = state[Connector].pop("conn_abc123")
    with pytest.raises(AssertionError, match="conn_abc123, which does not exist"):
        phone_numbers.lookup_connector(state, AGENT, "+442071234567")
    state[Connector].put(connector)


def test_an_update_distinguishes_absent_from_null(state: State, key: ApiKey) -> None:
    before = connectors.get_connector(state, AGENT, "conn_abc123")
    assert cascades.update_connector(state, key, AGENT, "conn_abc123", {}) == before
    named = cascades.update_connector(state, key, AGENT, "conn_abc123", {"variant_id": "VARIANT-1"})
    assert named.variant_id == "VARIANT-1"
    assert cascades.update_connector(state, key, AGENT, "conn_abc123", {"variant_id": None}) == before


@pytest.mark.parametrize(
    ("update", "err"),
    [
        ({"variant_id": "VARIANT-1", "voice_name": "nonsense"}, Err.CONNECTORS_VALIDATION_FAILED),
        ({"variant_id": "VARIANT-1", "agent_id": None}, Err.CONNECTORS_VALIDATION_FAILED),
        ({"variant_id": "VARIANT-1", "agent_id": "PROJECT-NOWHERE"}, Err.PROJECT_NOT_FOUND),
    ],
)
def test_a_refused_update_changes_nothing(state: State, key: ApiKey, update: ConnectorUpdate, err: Err) -> None:
    with pytest.raises(ApiError) as raised:
        cascades.update_connector(state, key, AGENT, "conn_abc123", update)
    assert _refusal(raised) is err
    assert all(table.differences() == {} for table in state.tables())


def test_a_move_takes_the_numbers_along_and_lists_them_last(state: State, key: ApiKey) -> None:
    cascades.update_connector(state, key, AGENT, "conn_abc123", {"agent_id": "acme-sales"})
    assert [row.connector_id for row in connectors.list_connectors(state, OTHER_AGENT)] == [
        "conn_sales01",
        "conn_abc123",
    ]
    numbers = [row.number for row in phone_numbers.list_phone_numbers(state, OTHER_AGENT)]
    assert numbers == ["+442079460200", "+442071234567", "+442079460101"]
    assert [row.number for row in phone_numbers.list_phone_numbers(state, AGENT)] == ["+442079460100"]


def test_a_move_beyond_the_reach_of_the_key_changes_nothing(state: State) -> None:
    limited = state[ApiKey].get("support-only")
    assert limited is not None
    with pytest.raises(ApiError) as raised:
        cascades.update_connector(state, limited, AGENT, "conn_abc123", {"agent_id": OTHER_AGENT})
    assert _refusal(raised) is Err.USER_ACCESS_FORBIDDEN
    assert all(table.differences() == {} for table in state.tables())


@pytest.mark.parametrize(
    ("numbers", "err"),
    [
        (["+442079460301", "nonsense"], Err.PHONE_NUMBERS_INVALID_PHONE_NUMBER_FORMAT),
        (["+442079460301", "+442071234567"], Err.PHONE_NUMBERS_ALREADY_EXISTS),
        (["+442079460301", "+442079460200"], Err.PHONE_NUMBERS_ALREADY_EXISTS),
    ],
)
def test_an_import_is_all_or_nothing(state: State, numbers: list[str], err: Err) -> None:
    with pytest.raises(ApiError) as raised:
        cascades.import_phone_numbers(state, AGENT, numbers, "pre-release")
    assert _refusal(raised) is err
    assert all(table.differences() == {} for table in state.tables())


def test_a_minted_connector_id_is_never_one_that_exists(state: State) -> None:
    first = Mint().hexadecimal("connectors", 8)
    for env in ("pre-release", "sandbox"):
        cascades.import_phone_numbers(state, AGENT, [f"+44207946030{len(env)}"], env)
        state.mint = Mint()
    ids = [row.connector_id for row in connectors.list_connectors(state, AGENT)]
    assert ids[2] == f"conn_{first}"
    assert len(set(ids)) == 4


def test_a_calls_course_is_read_off_the_clock(state: State) -> None:
    agent = state[Agent].get(AGENT)
    assert agent is not None
    call = outbound_calls.trigger_outbound_call(state, agent, "+442012345678", "live", "", START)
    moments = [0, 1.999, 2, 11.999, 12, 10_000]
    seen = [outbound_calls.status_at(call, START + timedelta(seconds=seconds)) for seconds in moments]
    assert seen == ["QUEUED", "QUEUED", "CALLING", "CALLING", "SUCCESS", "SUCCESS"]


def test_forks_do_not_see_each_others_changes(state: State, key: ApiKey) -> None:
    before = seeds.export(state)
    fork = state.fork()
    cascades.delete_connector(fork, AGENT, "conn_abc123")
    cascades.import_phone_numbers(fork, AGENT, ["+442079460301"], "sandbox")
    after = seeds.export(fork)
    assert seeds.export(state) == before
    cascades.update_connector(state, key, AGENT, "conn_abc123", {"agent_id": OTHER_AGENT})
    assert seeds.export(fork) == after
