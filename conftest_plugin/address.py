"""Address of a running server, and what the ways to run one share."""

import os
import threading
from dataclasses import dataclass

import pytest

# The service's own hosts, for clients whose base URL cannot be changed.
SERVICE_HOSTS = ("api.us.poly.ai", "api.eu.poly.ai", "api.uk.poly.ai", "api.studio.poly.ai")


@dataclass(frozen=True)
class Address:
    """The URL of a running server, and the token that its control plane requires, if any."""

    url: str
    token: str | None


# The base URL of a server without a socket. The name can never be looked up, so nothing is reached by accident.
NO_SOCKET_HOST = "polyai-mock.invalid"


# Set when the session ends, so that a server that is still starting is not waited for.
ENDING: pytest.StashKey[threading.Event] = pytest.StashKey()

# The address of a server that was left running, for the terminal summary.
KEPT: pytest.StashKey[Address] = pytest.StashKey()


class StartError(Exception):
    """The server did not start; the text is its output."""


def bypass_proxies(patch: pytest.MonkeyPatch, *hosts: str) -> None:
    """Exclude hosts from the proxies that the environment names."""
    for name in ("no_proxy", "NO_PROXY"):
        patch.setenv(name, ",".join([*filter(None, [os.environ.get(name)]), *hosts]))
