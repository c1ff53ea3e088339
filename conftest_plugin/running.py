"""Starting a server in one of the three ways, or finding the one that runs already."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass

import pytest

from conftest_plugin.options import MockSettings

# The hosts that the service itself has, for clients whose address cannot be changed.
SERVICE_HOSTS = ("api.us.poly.ai", "api.eu.poly.ai", "api.uk.poly.ai", "api.studio.poly.ai")


@dataclass(frozen=True)
class Address:
    """Where a running server is, and the token of its control plane."""

    url: str
    token: str | None


# The URL of a server that was left running, for the session's last words.
KEPT: pytest.StashKey[str] = pytest.StashKey()

Start = Callable[[pytest.Config, MockSettings], AbstractContextManager[Address]]


def starter(mode: str) -> Start:
    """Return what starts a server of a mode that listens; the modules are imported here, when one is needed."""
    if mode == "thread":
        from conftest_plugin.thread import running_thread

        return running_thread
    from conftest_plugin.process import running_process

    return running_process
