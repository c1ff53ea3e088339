"""Pytest plugin: one mock server per session, one private world per test, and reports of what a failing test did.

The names here are for annotations and `pytest.raises`. They are imported on first use, because pytest imports this
package in every run.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from conftest_plugin.clock import MockClock
    from conftest_plugin.faults import MockFaults
    from conftest_plugin.options import MockSettings
    from conftest_plugin.world import MockSnapshot, MockWorld
    from conftest_plugin.worlds import MockServer
    from mockserver.control.client import ControlError

__all__ = [
    "ControlError",
    "MockClock",
    "MockFaults",
    "MockServer",
    "MockSettings",
    "MockSnapshot",
    "MockWorld",
]

_MODULES = {
    "ControlError": "mockserver.control.client",
    "MockClock": "conftest_plugin.clock",
    "MockFaults": "conftest_plugin.faults",
    "MockServer": "conftest_plugin.worlds",
    "MockSettings": "conftest_plugin.options",
    "MockSnapshot": "conftest_plugin.world",
    "MockWorld": "conftest_plugin.world",
}


def __getattr__(name: str) -> Any:
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_MODULES[name]), name)
