"""What becomes of a request whose world is reset, replaced or dropped while the request waits."""

import json
from collections.abc import Callable

import pytest

from mockserver.api.broken import BrokenConnectionError
from tests.client import AGENT
from tests.control.mock import Mock
from tests.hardening.direct import ask

CONNECTOR = f"/v1/agents/{AGENT}/telephony/connectors/conn_abc123".encode()


def update(mock: Mock, world: str, meanwhile: Callable[[], object]) -> int:
    """Return the status of an update in a world; something else happens before its body has arrived."""
    headers = [(b"host", b"mock"), (b"x-api-key", f"demo-key~{world}".encode())]
    body = json.dumps({"variantId": "VARIANT-1"}).encode()
    return ask(mock.app, "PATCH", CONNECTOR, body, headers, meanwhile).status


def drop(mock: Mock, world: str) -> None:
    assert mock.http.delete(f"/worlds/{world}").status_code == 200


def reset(mock: Mock, world: str) -> None:
    mock.post(f"/worlds/{world}/reset")


def replace(mock: Mock, world: str) -> None:
    assert mock.http.put(f"/worlds/{world}/state", json=mock.get(f"/worlds/{world}/state")).status_code == 200


def restore(mock: Mock, world: str) -> None:
    mock.post(f"/worlds/{world}/snapshots", {"name": "before"})
    mock.post(f"/worlds/{world}/snapshots/before/restore")


def drop_and_use_again(mock: Mock, world: str) -> None:
    drop(mock, world)
    assert mock.api(world).get("/connectors").status_code == 200


ENDS = [drop, reset, replace, restore, drop_and_use_again]


def assert_nothing_was_done(mock: Mock, world: str) -> None:
    assert mock.get(f"/worlds/{world}/diff") == {"created": [], "updated": [], "deleted": []}
    assert [entry["operation"] for entry in mock.requests(world) if entry["operation"] == "updateConnector"] == []


@pytest.mark.parametrize("end", ENDS)
def test_a_request_whose_world_ended_before_its_body_arrived_ends_with_its_connection(
    mock: Mock, end: Callable[[Mock, str], None]
) -> None:
    with pytest.raises(BrokenConnectionError):
        update(mock, "one", lambda: end(mock, "one"))
    assert_nothing_was_done(mock, "one")


@pytest.mark.parametrize("end", ENDS)
def test_a_request_whose_world_ended_during_a_delay_ends_with_its_connection(
    mock: Mock, end: Callable[[Mock, str], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    async def sleep(seconds: float) -> None:
        assert seconds == 5
        end(mock, "one")

    mock.fault("one", delay={"ms": 5_000})
    monkeypatch.setattr("mockserver.api.pipeline.asyncio.sleep", sleep)
    with pytest.raises(BrokenConnectionError):
        update(mock, "one", lambda: None)
    assert_nothing_was_done(mock, "one")


def test_a_request_does_not_recreate_a_world_that_was_dropped_while_it_waited(mock: Mock) -> None:
    with pytest.raises(BrokenConnectionError):
        update(mock, "one", lambda: drop(mock, "one"))
    assert mock.http.get("/worlds/one").status_code == 404


def test_records_added_to_the_world_before_the_body_arrived_are_there_for_it(mock: Mock) -> None:
    faults = {"operation": "updateConnector", "status": 503}
    assert update(mock, "one", lambda: mock.fault("one", **faults)) == 503
    assert mock.get("/worlds/one/diff")["updated"] == []


def test_a_body_that_turns_out_too_large_in_an_ended_world_is_journalled_nowhere(mock: Mock) -> None:
    headers = [(b"host", b"mock"), (b"x-api-key", b"demo-key~one")]
    with pytest.raises(BrokenConnectionError):
        ask(mock.app, "PATCH", CONNECTOR, b"x" * 2_000_000, headers, lambda: reset(mock, "one"))
    assert mock.requests("one") == []


def test_a_key_that_expires_while_a_request_waits_opens_nothing(mock: Mock) -> None:
    state = mock.get("/worlds/one/state")
    state["accounts"][0]["apiKeys"][0]["expiresAt"] = "2090-01-01T00:00:00Z"
    assert mock.http.put("/worlds/one/state", json=state).status_code == 200
    clock = {"freeze": "2091-01-01T00:00:00Z"}
    assert update(mock, "one", lambda: mock.post("/worlds/one/clock", clock)) == 401
    assert mock.get("/worlds/one/state")["accounts"] == state["accounts"]
