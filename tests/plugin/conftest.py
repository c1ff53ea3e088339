"""What the tests of the plugin share: a project folder without surroundings that could speak for it, and worlds."""

import os
from collections.abc import Iterator

import pytest

from conftest_plugin.worlds import MockServer, MockWorld

# Plugins that most sessions here have no use for, and whose imports take longer than the sessions.
INI = """
    [pytest]
    addopts = -p no:hypothesispytest -p no:anyio -p no:asyncio -p no:pytest_cov -p no:schemathesis
"""


@pytest.fixture
def project(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> pytest.Pytester:
    """A folder with an ini file of its own, and an environment that says nothing of the mock or of proxies."""
    for name in os.environ:
        if name.startswith("POLYAI_") or name.lower().endswith("_proxy") or name == "PYTEST_ADDOPTS":
            monkeypatch.delenv(name)
    pytester.makeini(INI)
    return pytester


@pytest.fixture
def world(server: MockServer) -> Iterator[MockWorld]:
    """A world of the module's own `server`."""
    with server.world() as world:
        yield world


@pytest.fixture
def telephony(world: MockWorld) -> str:
    """The path of the telephony of a world's agent."""
    return f"/v1/agents/{world.agent_id}/telephony"
