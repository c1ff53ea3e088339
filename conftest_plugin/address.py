"""What all ways to run a server have in common: where it is, and what it has to answer to."""

import threading
from dataclasses import dataclass

import pytest

# The hosts that the service itself has, for clients whose address cannot be changed.
SERVICE_HOSTS = ("api.us.poly.ai", "api.eu.poly.ai", "api.uk.poly.ai", "api.studio.poly.ai")


@dataclass(frozen=True)
class Address:
    """Where a running server is, and the token of its control plane."""

    url: str
    token: str | None


# Set when the session ends, for whoever waits for a server to start.
ENDING: pytest.StashKey[threading.Event] = pytest.StashKey()

# The URL of a server that was left running, for the session's last words.
KEPT: pytest.StashKey[str] = pytest.StashKey()
