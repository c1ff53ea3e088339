"""Server in a thread of the test process, with its own event loop."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from conftest_plugin.address import SERVICE_HOSTS, Address
from conftest_plugin.options import MockSettings

START_SECONDS = 20


@contextmanager
def running_thread(_config: pytest.Config, settings: MockSettings) -> Iterator[Address]:
    """Run a server for a `with` block; raises SeedError or BindError if it cannot start."""
    from mockserver.server import run as server
    from mockserver.settings import Settings

    ready: list[server.Ready] = []
    failed: list[Exception] = []
    changed = threading.Event()

    def on_ready(now: server.Ready) -> None:
        ready.append(now)
        changed.set()

    def run() -> None:
        try:
            server.serve(
                Settings(
                    host=settings.host,
                    port=0,
                    seed=settings.seed,
                    drop_oldest_world=True,
                    allowed_hosts=SERVICE_HOSTS,
                ),
                on_ready,
            )
        except Exception as error:  # raised in the waiting thread
            failed.append(error)
            changed.set()

    thread = threading.Thread(target=run, name="polyai-mock", daemon=True)
    thread.start()
    changed.wait(START_SECONDS)
    if failed:
        raise failed[0]
    assert ready, f"the mock server did not start within {START_SECONDS} s"
    try:
        yield Address(ready[0].url, None)
    finally:
        ready[0].stop()
        thread.join(START_SECONDS)
