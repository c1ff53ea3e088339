"""Fixtures that more than one folder of tests uses."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from mockserver import seeds
from mockserver.state.state import State
from tests.client import Client
from tests.state.invariants import broken_invariants

ROOT = Path(__file__).parents[1]

# pytest rewrites the asserts of an installed plugin's whole distribution, but not those of a checkout.
pytest.register_assert_rewrite("mockserver.testing")

_PROCESS_FOLDERS = {ROOT / "tests" / "live", ROOT / "tests" / "plugin"}
_PROCESS_FIXTURES = {"process", "serve", "server", "told", "wheel"}


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Mark the tests that start processes, and leave the long ones out unless `-m` names them."""
    for item in items:
        fixtures = item.fixturenames if isinstance(item, pytest.Function) else ()
        if item.path.parent in _PROCESS_FOLDERS or not _PROCESS_FIXTURES.isdisjoint(fixtures):
            item.add_marker(pytest.mark.process)
    if "long" not in config.getoption("markexpr"):
        long = [item for item in items if item.get_closest_marker("long")]
        config.hook.pytest_deselected(items=long)
        items[:] = [item for item in items if item not in long]


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


@pytest.fixture(scope="session")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A wheel of this checkout, built without a network."""
    folder = tmp_path_factory.mktemp("wheel")
    options = ["--no-deps", "--no-build-isolation", "--no-index", "--disable-pip-version-check", "--quiet"]
    built = subprocess.run(
        [sys.executable, "-m", "pip", "wheel", *options, "--wheel-dir", str(folder), str(ROOT)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert built.returncode == 0, built.stderr
    (wheel,) = folder.glob("*.whl")
    return wheel
