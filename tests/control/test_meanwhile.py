"""What a request does to a world that is dropped, or begins anew, while the request is under way."""

import json
from collections.abc import Callable

import pytest

from tests.client import AGENT
from tests.control.mock import Mock
from tests.hardening.direct import ask

CONNECTOR = f"/v1/agents/{AGENT}/telephony/connectors/conn_abc123".encode()


def update(mock: Mock, world: str, meanwhile: Callable[[], object]) -> int:
    """Return the status of an update in a world; something else happens before its body has come."""
    headers = [(b"host", b"mock"), (b"x-api-key", f"demo-key~{world}".encode())]
    body = json.dumps({"variantId": "VARIANT-1"}).encode()
    return ask(mock.app, "PATCH", CONNECTOR, body, headers, meanwhile).status


def drop(mock: Mock, world: str) -> None:
    assert mock.http.delete(f"/worlds/{world}").status_code == 200


def assert_all_is_in(mock: Mock, world: str) -> None:
    (changed,) = mock.get(f"/worlds/{world}/diff")["updated"]
    assert changed["key"] == "conn_abc123"
    (entry,) = mock.requests(world)
    assert (entry["number"], entry["status"], len(entry["changed"])) == (1, 200, 1)


def test_a_world_that_is_dropped_before_the_body_has_come_is_made_anew(mock: Mock) -> None:
    assert update(mock, "one", lambda: drop(mock, "one")) == 200
    assert_all_is_in(mock, "one")


def test_a_world_that_is_dropped_during_a_delay_is_made_anew(mock: Mock, monkeypatch: pytest.MonkeyPatch) -> None:
    async def sleep(seconds: float) -> None:
        assert seconds == 5
        drop(mock, "one")

    mock.fault("one", delay={"ms": 5_000})
    monkeypatch.setattr("mockserver.api.pipeline.asyncio.sleep", sleep)
    assert update(mock, "one", lambda: None) == 200
    assert_all_is_in(mock, "one")


def test_faults_of_a_world_that_is_dropped_before_the_body_has_come_strike_no_more(mock: Mock) -> None:
    mock.fault("one", status=503)
    assert update(mock, "one", lambda: drop(mock, "one")) == 200
    assert_all_is_in(mock, "one")


def test_faults_that_are_added_before_the_body_has_come_strike(mock: Mock) -> None:
    def begin_anew() -> None:
        drop(mock, "one")
        mock.fault("one", status=503)

    mock.api("one").get("/connectors")
    assert update(mock, "one", begin_anew) == 503
    assert mock.get("/worlds/one/diff")["updated"] == []


def test_a_key_that_is_gone_before_the_body_has_come_opens_nothing(mock: Mock) -> None:
    state = mock.get("/worlds/one/state")
    state["accounts"][0]["apiKeys"] = [{"key": "another-key"}]
    assert update(mock, "one", lambda: mock.http.put("/worlds/one/state", json=state)) == 401
    assert mock.get("/worlds/one/state")["accounts"] == state["accounts"]
