"""One server for each module, and an httpx client of it; at the end it must leave in order, without a word.

Tests of a server's start and end start their own.
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
    """Start servers of the test's own, which the test has to stop."""
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
