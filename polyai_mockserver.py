"""Entry points of the distribution: the command, and the plugin for pytest.

They stand beside its two packages, so that they can say in one sentence that Python finds another package under the
name of one of these: a module of the user's project, or another distribution's.
"""

import sys
from importlib.util import find_spec
from pathlib import Path
from typing import Any

# By package, words of its first line.
_PACKAGES = {"mockserver": "PolyAI's public Agents API", "conftest_plugin": "one mock server per session"}


def main() -> None:
    """Run the command `mockserver`."""
    try:
        from mockserver.command.main import main as command
    except ImportError:
        reason = shadowed("mockserver")
        if reason is None:
            raise
        sys.exit(f"mockserver: {reason}")
    command(prog_name="mockserver")


def __getattr__(name: str) -> Any:
    if name == "plugin":
        return _plugin()
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def _plugin() -> Any:
    try:
        from conftest_plugin import plugin
    except ImportError:
        import pytest

        reason = shadowed("conftest_plugin")
        if reason is None:
            raise
        raise pytest.UsageError(f"polyai-mock: {reason}, or turn the plugin off: -p no:polyai_mock") from None
    return plugin


def shadowed(package: str) -> str | None:
    """Return a sentence if Python finds something else under the name of a package of this distribution."""
    spec = find_spec(package)
    if spec is None or spec.origin is None:
        return None
    if _PACKAGES[package] in Path(spec.origin).read_text(encoding="utf-8", errors="replace"):
        return None
    return (
        f"{spec.origin} is another {package!r} than that of polyai-mockserver, which cannot work beside it; rename it "
        "if it is yours, or keep polyai-mockserver in a virtual environment without the other package"
    )
