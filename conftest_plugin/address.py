"""Address of a running server, and what the ways to run one share."""

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


# Set when the session ends, so that a server that is still starting is not waited for.
ENDING: pytest.StashKey[threading.Event] = pytest.StashKey()

# The URL of a server that was left running, for the terminal summary.
KEPT: pytest.StashKey[str] = pytest.StashKey()
