"""A world's time: running, frozen, advanced, resumed."""

from datetime import UTC, datetime, timedelta

import pytest

from mockserver.values.clock import Clock

MOMENT = datetime(2026, 7, 2, 10, tzinfo=UTC)


def test_a_new_clock_shows_real_time_in_utc() -> None:
    before, seen, after = datetime.now(UTC), Clock().now(), datetime.now(UTC)
    assert before <= seen <= after


def test_a_frozen_clock_stands_still_until_it_is_advanced() -> None:
    clock = Clock()
    clock.freeze(MOMENT)
    assert (clock.frozen_at, clock.now(), clock.now()) == (MOMENT, MOMENT, MOMENT)
    clock.advance(timedelta(hours=2))
    assert clock.now() == MOMENT + timedelta(hours=2)


def test_freezing_without_a_moment_stops_at_the_present_one() -> None:
    clock = Clock()
    clock.freeze()
    assert clock.now() == clock.now()


def test_a_running_clock_can_be_advanced_and_runs_on() -> None:
    clock = Clock()
    clock.advance(timedelta(days=1))
    assert clock.now() >= datetime.now(UTC) + timedelta(hours=23)
    assert clock.frozen_at is None


def test_a_resumed_clock_runs_on_from_the_frozen_moment() -> None:
    clock = Clock()
    clock.freeze(MOMENT)
    clock.resume()
    assert MOMENT <= clock.now() < MOMENT + timedelta(minutes=1)
    assert clock.frozen_at is None


def test_time_never_moves_backward() -> None:
    with pytest.raises(ValueError, match="forward"):
        Clock().advance(timedelta(seconds=-1))
