"""Pytest plugin: one mock server per session, one private world per test, and reports of what a failing test did.

`MockServer`, `MockWorld`, `MockSettings` and `ControlError` are for annotations and `pytest.raises`. They are imported
on first use, because pytest imports this package in every run.
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from conftest_plugin.options import MockSettings
    from conftest_plugin.worlds import MockServer, MockWorld
    from mockserver.control.client import ControlError

__all__ = ["ControlError", "MockServer", "MockSettings", "MockWorld"]


def __getattr__(name: str) -> Any:
    if name in ("MockServer", "MockWorld"):
        from conftest_plugin import worlds

        return getattr(worlds, name)
    if name == "MockSettings":
        from conftest_plugin.options import MockSettings

        return MockSettings
    if name == "ControlError":
        from mockserver.control.client import ControlError

        return ControlError
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
