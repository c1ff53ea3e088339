"""What all ways to run a server have in common: where it is, and what it has to answer to."""

from dataclasses import dataclass

import pytest

# The hosts that the service itself has, for clients whose address cannot be changed.
SERVICE_HOSTS = ("api.us.poly.ai", "api.eu.poly.ai", "api.uk.poly.ai", "api.studio.poly.ai")


@dataclass(frozen=True)
class Address:
    """Where a running server is, and the token of its control plane."""

    url: str
    token: str | None


# The URL of a server that was left running, for the session's last words.
KEPT: pytest.StashKey[str] = pytest.StashKey()
