"""Tests of provisioning; each has a private mock of the service, because it uses the fixture `polyai_mock`.

The mock's world is the shipped seed `demo`: `conn_abc123` answers four live numbers, `conn_box001` one in the sandbox.
"""

import httpx
import pytest
from provisioning import BatchError, Changes, LiveNumbersError, Provisioning, RefusedError

from conftest_plugin import MockWorld


@pytest.fixture
def naps() -> list[float]:
    """The seconds for which the client wanted to sleep, each time."""
    return []


@pytest.fixture
def telephony(polyai_mock: MockWorld, naps: list[float]) -> Provisioning:
    """The client under test, without real sleep."""
    return Provisioning(polyai_mock.client, polyai_mock.agent_id, sleep=naps.append)


def numbers_in(polyai_mock: MockWorld, change: str) -> list[str]:
    """Return the phone numbers that were created, updated or deleted."""
    return [record["key"] for record in polyai_mock.diff()[change] if record["table"] == "phoneNumbers"]


def test_connectors_are_listed(telephony: Provisioning) -> None:
    names = {connector["connectorId"]: connector["name"] for connector in telephony.connectors()}
    assert names["conn_abc123"] == "Main line"
    assert telephony.connector("conn_abc123")["voiceName"] == "en-GB-Wavenet-B"


def test_an_update_changes_one_field_only(telephony: Provisioning, polyai_mock: MockWorld) -> None:
    assert telephony.update("conn_abc123", {"asrLangCode": "en-US"})["asrLangCode"] == "en-US"

    assert polyai_mock.diff() == {
        "created": [],
        "updated": [
            {
                "table": "connectors",
                "key": "conn_abc123",
                "fields": {"asrLangCode": {"before": "en-GB", "after": "en-US"}},
            }
        ],
        "deleted": [],
    }


def test_an_unknown_connector_is_refused(telephony: Provisioning) -> None:
    with pytest.raises(RefusedError) as refused:
        telephony.connector("conn_nowhere")
    assert (refused.value.status, refused.value.code) == (404, "CONNECTORS_NOT_FOUND")


def test_a_batch_retries_only_what_failed(telephony: Provisioning, polyai_mock: MockWorld) -> None:
    polyai_mock.faults.fail_item("conn_new456", "Upstream is busy.", times=1)
    voice: Changes = {"voiceName": "en-GB-Neural2-A"}

    updated = telephony.update_all({"conn_abc123": voice, "conn_new456": voice})

    assert updated.keys() == {"conn_abc123", "conn_new456"}
    assert [
        [update["connectorId"] for update in request["requestBody"]["updates"]]
        for request in polyai_mock.requests(operation="batchUpdateConnectors")
    ] == [["conn_abc123", "conn_new456"], ["conn_new456"]]


def test_a_batch_gives_up_on_items_that_keep_failing(telephony: Provisioning, polyai_mock: MockWorld) -> None:
    polyai_mock.faults.fail_item("conn_new456", "Upstream is busy.")

    with pytest.raises(BatchError) as failed:
        telephony.update_all({"conn_abc123": {"asrLangCode": "fr-FR"}, "conn_new456": {"asrLangCode": "fr-FR"}})

    assert failed.value.errors == {"conn_new456": "Upstream is busy."}
    assert [record["key"] for record in polyai_mock.diff()["updated"]] == ["conn_abc123"]


def test_numbers_migrate_from_one_connector_to_another(telephony: Provisioning, polyai_mock: MockWorld) -> None:
    numbers = telephony.migrate_numbers("conn_abc123", "conn_new456")

    assert len(numbers) == 4
    assert telephony.numbers("conn_abc123") == []
    assert {row["number"] for row in telephony.numbers("conn_new456")} >= set(numbers)
    moved = {"connectorId": {"before": "conn_abc123", "after": "conn_new456"}}
    assert polyai_mock.diff() == {
        "created": [],
        "updated": [{"table": "phoneNumbers", "key": number, "fields": moved} for number in sorted(numbers)],
        "deleted": [],
    }


def test_a_connector_with_live_numbers_is_not_deleted(telephony: Provisioning, polyai_mock: MockWorld) -> None:
    with pytest.raises(LiveNumbersError) as refused:
        telephony.delete("conn_abc123")

    assert "+442071234567" in refused.value.numbers
    assert polyai_mock.requests(method="DELETE") == []
    assert polyai_mock.diff() == {"created": [], "updated": [], "deleted": []}


def test_a_connector_with_live_numbers_is_deleted_if_forced(telephony: Provisioning, polyai_mock: MockWorld) -> None:
    released = telephony.delete("conn_abc123", force=True)

    assert "+442071234567" in released
    assert numbers_in(polyai_mock, "deleted") == sorted(released)


def test_a_connector_without_live_numbers_is_deleted(telephony: Provisioning, polyai_mock: MockWorld) -> None:
    assert telephony.delete("conn_box001") == ["+441614960130"]
    assert numbers_in(polyai_mock, "deleted") == ["+441614960130"]


def test_a_delete_survives_the_loss_of_its_answer(telephony: Provisioning, polyai_mock: MockWorld) -> None:
    polyai_mock.faults.apply_then_lose("deleteConnector", times=1)

    assert telephony.delete("conn_box001") == ["+441614960130"]
    assert len(polyai_mock.requests(operation="deleteConnector")) == 1


def test_a_delete_that_never_arrived_is_retried(telephony: Provisioning, polyai_mock: MockWorld) -> None:
    polyai_mock.faults.drop("deleteConnector", times=1)

    assert telephony.delete("conn_box001") == ["+441614960130"]
    assert len(polyai_mock.requests(operation="deleteConnector")) == 2


def test_requests_are_retried_after_429_when_the_api_allows_it(
    telephony: Provisioning, polyai_mock: MockWorld, naps: list[float]
) -> None:
    polyai_mock.faults.fail("listConnectors", status=429, retry_after=3, times=2)

    assert telephony.connectors()
    assert naps == [3.0, 3.0]


def test_repeated_429_is_an_error_in_the_end(
    telephony: Provisioning, polyai_mock: MockWorld, naps: list[float]
) -> None:
    polyai_mock.faults.fail("listConnectors", status=429)

    with pytest.raises(RefusedError, match="429"):
        telephony.connectors()
    assert naps == [1.0, 2.0, 4.0]


@pytest.mark.parametrize(
    ("number", "course"),
    [
        ("+442079460100", ["QUEUED", "CALLING", "CALLING", "SUCCESS"]),
        ("+442079460990", ["QUEUED", "FAILURE"]),  # a number that is always busy
    ],
)
@pytest.mark.polyai_mock(clock="2026-07-02T10:00:00Z")
def test_the_status_of_a_call_is_polled_to_its_end(polyai_mock: MockWorld, number: str, course: list[str]) -> None:
    telephony = Provisioning(polyai_mock.client, polyai_mock.agent_id, sleep=polyai_mock.clock.advance)

    assert list(telephony.call(number)) == course


def test_the_environment_selects_the_agent(polyai_mock_env: MockWorld) -> None:
    transport: httpx.BaseTransport | None = polyai_mock_env.server.sync_transport  # None, unless the mode is asgi
    telephony = Provisioning.from_environment(transport)

    telephony.update("conn_abc123", {"voiceName": "en-GB-Neural2-A"})

    telephony.close()
    assert [record["key"] for record in polyai_mock_env.diff()["updated"]] == ["conn_abc123"]
