"""Fixtures of the plugin's tests: a project folder isolated from its surroundings, and worlds."""

import os
from collections.abc import Iterator

import pytest

from conftest_plugin.worlds import MockServer, MockWorld

# Most sessions do not need these plugins, whose imports take longer than the sessions.
INI = """
    [pytest]
    addopts = -p no:hypothesispytest -p no:anyio -p no:asyncio -p no:pytest_cov -p no:schemathesis
"""


@pytest.fixture
def project(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> pytest.Pytester:
    """A folder with its own ini file, and an environment without variables for the mock or for proxies."""
    for name in os.environ:
        if name.startswith("POLYAI_") or name.lower().endswith("_proxy") or name == "PYTEST_ADDOPTS":
            monkeypatch.delenv(name)
    pytester.makeini(INI)
    return pytester


@pytest.fixture
def world(server: MockServer) -> Iterator[MockWorld]:
    """A world of the module's `server`."""
    with server.world() as world:
        yield world


@pytest.fixture
def intercepted_world(world: MockWorld, monkeypatch: pytest.MonkeyPatch) -> Iterator[MockWorld]:
    """The same with interception, in an environment whose proxies do not answer."""
    from conftest_plugin.interception import intercepted

    for name in ("HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    for name in ("NO_PROXY", "no_proxy"):
        monkeypatch.setenv(name, "localhost")
    with intercepted(world.base_url, monkeypatch):
        yield world


@pytest.fixture
def telephony(world: MockWorld) -> str:
    """The telephony path of the world's agent."""
    return f"/v1/agents/{world.agent_id}/telephony"
