"""Fixtures that more than one folder of tests uses."""

from collections.abc import Iterator

import pytest

from mockserver import seeds
from mockserver.state.invariants import broken_invariants
from mockserver.state.state import State
from tests.client import Client


@pytest.fixture
def client() -> Iterator[Client]:
    """A client of a fresh server with the small seed; at the end, every invariant must stand."""
    with Client() as client:
        yield client
        assert broken_invariants(client.state) == []


@pytest.fixture
def state() -> Iterator[State]:
    """A fork of the small seed's state; at the end, every invariant must stand."""
    state = seeds.load("two_agents").fork()
    yield state
    assert broken_invariants(state) == []
