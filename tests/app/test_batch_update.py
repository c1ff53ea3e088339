"""Batch updates: partial success is the contract."""

import pytest

from mockserver import seeds
from tests.client import OTHER_AGENT, Client, assert_refused


def _update(client: Client, *updates: dict[str, object], key: str = "demo-key") -> list[dict[str, object]]:
    answer = client.patch("/connectors/batch", json={"updates": updates}, headers={"x-api-key": key})
    assert answer.status_code == 200, answer.text
    results: list[dict[str, object]] = answer.json()["results"]
    return results


def test_good_updates_are_applied_although_others_fail(client: Client) -> None:
    results = _update(
        client,
        {"connectorId": "conn_abc123", "voiceName": "fr-FR-Wavenet-A"},
        {"connectorId": "conn_nowhere", "voiceName": "fr-FR-Wavenet-A"},
        {"connectorId": "conn_new456", "voiceName": "nonsense"},
        {"connectorId": "conn_new456", "variantId": "VARIANT-1"},
    )
    first = client.get("/connectors/conn_abc123").json()
    second = client.get("/connectors/conn_new456").json()
    assert first["ttsLangCode"] == "fr-FR"
    assert second["voiceName"] == "en-US-Neural2-A"
    assert results == [
        {"connectorId": "conn_abc123", "success": True, "data": first},
        {"connectorId": "conn_nowhere", "success": False, "error": "Connector ID does not exist."},
        {"connectorId": "conn_new456", "success": False, "error": "Connector request body failed validation."},
        {"connectorId": "conn_new456", "success": True, "data": second},
    ]


def test_a_batch_in_which_every_update_fails_is_still_200_and_changes_nothing(client: Client) -> None:
    before = seeds.export(client.state)
    results = _update(
        client,
        {"connectorId": "conn_nowhere"},
        {"connectorId": "conn_abc123", "variantId": "VARIANT-1", "voiceName": "nonsense"},
        {"connectorId": "conn_abc123", "projectId": None},
        {"connectorId": "conn_sales01", "variantId": "VARIANT-1"},
    )
    assert [result["success"] for result in results] == [False] * 4
    assert all("data" not in result and isinstance(result["error"], str) for result in results)
    assert seeds.export(client.state) == before


def test_updates_of_one_connector_apply_in_order_and_each_shows_its_moment(client: Client) -> None:
    results = _update(
        client,
        {"connectorId": "conn_abc123", "variantId": "VARIANT-1"},
        {"connectorId": "conn_abc123", "asrLangCode": "cy-GB"},
        {"connectorId": "conn_abc123", "variantId": None},
    )
    seen = [(result["data"]["variantId"], result["data"]["asrLangCode"]) for result in results]  # type: ignore[index]
    assert seen == [("VARIANT-1", "en-GB"), ("VARIANT-1", "cy-GB"), ("", "cy-GB")]


def test_an_update_of_nothing_succeeds(client: Client) -> None:
    before = seeds.export(client.state)
    (result,) = _update(client, {"connectorId": "conn_abc123"})
    assert result["success"] is True
    assert "error" not in result
    assert seeds.export(client.state) == before


def test_a_connector_moved_away_is_not_found_by_the_next_update(client: Client) -> None:
    moved, lost = _update(
        client,
        {"connectorId": "conn_abc123", "projectId": OTHER_AGENT},
        {"connectorId": "conn_abc123", "variantId": "VARIANT-1"},
    )
    assert moved["success"] is True
    assert lost == {"connectorId": "conn_abc123", "success": False, "error": "Connector ID does not exist."}


def test_a_move_that_the_key_may_not_make_fails_alone(client: Client) -> None:
    refused, applied = _update(
        client,
        {"connectorId": "conn_abc123", "projectId": OTHER_AGENT},
        {"connectorId": "conn_new456", "variantId": "VARIANT-1"},
        key="support-only",
    )
    assert refused["success"] is False
    assert applied["success"] is True


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"updates": []},
        {"updates": [{"variantId": "VARIANT-1"}]},
        {"updates": [{"connectorId": "conn_abc123", "variantId": "VARIANT-1"}, {"connectorId": 7}]},
        {"updates": [{"connectorId": "conn_abc123", "voiceName": 7}]},
        {"updates": {"connectorId": "conn_abc123"}},
    ],
)
def test_an_item_of_the_wrong_shape_refuses_the_whole_batch(client: Client, body: object) -> None:
    before = seeds.export(client.state)
    assert_refused(client.patch("/connectors/batch", json=body), 400, "CONNECTORS_VALIDATION_FAILED")
    assert seeds.export(client.state) == before
