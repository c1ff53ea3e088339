"""The clock of a world: spans of up to a hundred years, to the microsecond."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from conftest_plugin.clock import MockClock
from conftest_plugin.options import MockSettings
from conftest_plugin.sessions import running_server
from conftest_plugin.worlds import MockServer
from mockserver.control.client import ControlError

MOMENT = datetime(2026, 7, 2, 10, tzinfo=UTC)
CENTURY = timedelta(days=36_500)
TICK = timedelta(microseconds=1)


@pytest.fixture(scope="module")
def server(pytestconfig: pytest.Config) -> Iterator[MockServer]:
    with running_server(pytestconfig, MockSettings(mode="asgi")) as server:
        yield server


@pytest.fixture(scope="module")
def clock(server: MockServer) -> Iterator[MockClock]:
    with server.world() as world:
        yield world.clock


@given(by=st.timedeltas(min_value=timedelta(), max_value=CENTURY))
@settings(max_examples=200, deadline=None)
@example(by=timedelta())
@example(by=TICK)
@example(by=timedelta(seconds=10**9))
@example(by=timedelta(days=18_250))
@example(by=CENTURY - TICK)
@example(by=CENTURY)
def test_the_clock_advances_by_any_timedelta_to_the_microsecond(clock: MockClock, by: timedelta) -> None:
    clock.freeze(MOMENT)
    clock.advance(by)
    assert clock.now == MOMENT + by


@pytest.mark.parametrize("by", ["18250d", "438000h", "26280000m", 1_576_800_000, 1.5768e9])
def test_half_a_century_can_be_given_as_text_or_seconds(clock: MockClock, by: str | float) -> None:
    clock.freeze(MOMENT)
    clock.advance(by)
    assert clock.now == MOMENT + timedelta(days=18_250)


@pytest.mark.parametrize(
    ("by", "reason"),
    [
        (CENTURY + TICK, "'36500d0.000001s' is more than a hundred years"),
        (1e12, "'11574074d6400.000000s' is more than a hundred years"),
        ("999999999d999999999d", "'999999999d999999999d' is more than a hundred years"),
        (-TICK, "'-0d0.000001s' is not a span of time such as 2h30m, 1.5s or 250ms"),
        (timedelta(days=-18_250), "'-18250d0.000000s' is not a span of time such as 2h30m, 1.5s or 250ms"),
        (-1, "'-0d1.000000s' is not a span of time such as 2h30m, 1.5s or 250ms"),
    ],
)
def test_a_span_that_is_negative_or_too_long_is_refused_and_changes_nothing(
    clock: MockClock, by: timedelta | str | float, reason: str
) -> None:
    clock.freeze(MOMENT)
    with pytest.raises(ControlError) as refusal:
        clock.advance(by)
    assert (refusal.value.status, str(refusal.value)) == (400, reason)
    assert clock.now == MOMENT


@pytest.mark.parametrize("by", [timedelta.max, timedelta.min, float("inf"), float("nan"), 1e300])
def test_infinite_and_huge_spans_are_refused(clock: MockClock, by: timedelta | float) -> None:
    with pytest.raises(ControlError, match="is not a span of time") as refusal:
        clock.advance(by)
    assert refusal.value.status == 400


def test_a_rate_limit_with_a_too_long_span_is_refused(server: MockServer) -> None:
    with server.world() as world:
        with pytest.raises(ControlError) as refusal:
            world.faults.rate_limit(1, per="999999999d999999999d")
        assert refusal.value.status == 400
        assert str(refusal.value) == "rateLimit.per: '999999999d999999999d' is more than a hundred years"
