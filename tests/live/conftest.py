"""Fixtures: one server for each module, which must exit with code 0 and an empty log, and an httpx client of it.

Tests of the start and the end of a server start their own.
"""

import signal
from collections.abc import Callable, Iterator

import httpx
import pytest

from tests.client import AGENT
from tests.live.process import DEADLINE, Server


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    """A server with the small seed and a small limit on bodies."""
    server = Server("--seed", "two_agents", "--max-body-bytes", "2000")
    yield server
    ended = server.stop(signal.SIGTERM)
    assert (ended.code, ended.err) == (0, "")


@pytest.fixture
def serve() -> Iterator[Callable[..., Server]]:
    """Start servers for one test; those that it does not stop are killed."""
    started: list[Server] = []

    def serve(*arguments: str, options: tuple[str, ...] = (), **variables: str) -> Server:
        started.append(Server(*arguments, options=options, **variables))
        return started[-1]

    yield serve
    for server in started:
        server.kill()


@pytest.fixture
def http(server: Server) -> Iterator[httpx.Client]:
    """A client of the telephony of the seed's first agent."""
    with httpx.Client(
        base_url=f"{server.url}/v1/agents/{AGENT}/telephony",
        headers={"x-api-key": "demo-key"},
        timeout=DEADLINE,
        trust_env=False,
    ) as client:
        yield client
