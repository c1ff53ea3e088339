"""The pytest plugin: one mock server a session, one private world a test, failures that explain themselves.

`MockServer` and `MockWorld` are what its fixtures give, for annotations; they are imported when they are asked for,
because pytest imports this package in every run.
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from conftest_plugin.options import MockSettings
    from conftest_plugin.worlds import MockServer, MockWorld

__all__ = ["MockServer", "MockSettings", "MockWorld"]


def __getattr__(name: str) -> Any:
    if name in ("MockServer", "MockWorld"):
        from conftest_plugin import worlds

        return getattr(worlds, name)
    if name == "MockSettings":
        from conftest_plugin.options import MockSettings

        return MockSettings
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
