"""Tests whose durations are compared: with nothing, with a world, and with a world and one call."""

import os
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from conftest_plugin.worlds import MockWorld

# By its scope, the tests take turns, so that whatever else the machine does affects them alike.
pytestmark = pytest.mark.parametrize("turn", range(int(os.environ["TURNS"])), scope="module")


def test_nothing(turn: int) -> None: ...


def test_world(turn: int, polyai_mock: "MockWorld") -> None: ...


def test_call(turn: int, polyai_mock: "MockWorld") -> None:
    path = f"/v1/agents/{polyai_mock.agent_id}/telephony/connectors/conn_abc123"
    assert polyai_mock.client.get(path).status_code == 200
