"""A world's time under control."""

import pytest

from tests.client import assert_refused
from tests.control.mock import Mock

CLOCK = "/worlds/default/clock"
CALL = {"toNumber": "+442012345678", "environment": "live"}


def test_a_call_progresses_as_a_test_advances_the_clock(mock: Mock) -> None:
    client = mock.api()
    mock.post(CLOCK, {"freeze": True})
    path = f"/outbound-calls/{client.post('/outbound-calls', json=CALL).json()['callSid']}/status?environment=live"
    seen = [client.get(path).json()["status"]]
    for span in ("2s", "10s"):
        mock.post(CLOCK, {"advance": span})
        seen.append(client.get(path).json()["status"])
    assert seen == ["QUEUED", "CALLING", "SUCCESS"]
    mock.post(CLOCK, {"advance": "2h"})
    assert_refused(client.get(path), 404, "OUTBOUND_CALLS_NOT_FOUND")


def test_a_clock_can_be_frozen_at_a_time_and_resumed(mock: Mock) -> None:
    assert mock.post(CLOCK, {"freeze": "2026-07-02T12:00:00+02:00"}) == {"now": "2026-07-02T10:00:00Z", "frozen": True}
    assert mock.get(CLOCK) == {"now": "2026-07-02T10:00:00Z", "frozen": True}
    assert mock.post(CLOCK, {"advance": "2h30m"})["now"] == "2026-07-02T12:30:00Z"
    resumed = mock.post(CLOCK, {"resume": True})
    assert resumed["frozen"] is False
    assert resumed["now"].startswith("2026-07-02T12:3")


def test_clocks_are_their_worlds_own(mock: Mock) -> None:
    mock.post("/worlds/one/clock", {"freeze": "2026-07-02T10:00:00Z"})
    assert mock.get(CLOCK)["frozen"] is False


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"freeze": True, "resume": True},
        {"freeze": False},
        {"resume": False},
        {"freeze": ""},
        {"freeze": "tomorrow"},
        {"freeze": "2026-07-02T10:00:00"},
        {"freeze": "9999-12-31T23:59:59Z"},
        {"advance": "-1h"},
        {"advance": "1 hour"},
        {"advance": ""},
        {"advance": 3600},
        {"advance": "999999999d"},
        {"advanced": "1h"},
    ],
)
def test_what_a_clock_cannot_do_is_refused_and_changes_nothing(mock: Mock, body: object) -> None:
    mock.post(CLOCK, {"freeze": "2026-07-02T10:00:00Z"})
    assert_refused(mock.http.post(CLOCK, json=body), 400, "MOCK_REQUEST_INVALID")
    assert mock.get(CLOCK)["now"] == "2026-07-02T10:00:00Z"


def test_time_has_an_end_that_is_refused_and_not_an_error(mock: Mock) -> None:
    mock.post(CLOCK, {"freeze": "8990-01-01T00:00:00Z"})
    assert_refused(mock.http.post(CLOCK, json={"advance": "36500d"}), 400, "MOCK_REQUEST_INVALID")
    assert mock.get(CLOCK)["now"] == "8990-01-01T00:00:00Z"
