"""Server in a thread of the test process, with its own event loop."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from conftest_plugin.address import SERVICE_HOSTS, Address, StartError
from conftest_plugin.options import MockSettings, own_token

_STOP_SECONDS = 20


@contextmanager
def running_thread(_config: pytest.Config, settings: MockSettings) -> Iterator[Address]:
    """Run a server for a `with` block; raises SeedError, BindError or StartError."""
    from mockserver.server import run as server
    from mockserver.settings import Settings

    token = own_token(settings)
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
                    control_token=token,
                    trust_own_user=settings.control_token is None,
                ),
                on_ready,
            )
        except Exception as error:  # raised in the waiting thread
            failed.append(error)
            changed.set()

    thread = threading.Thread(target=run, name="polyai-mock", daemon=True)
    thread.start()
    changed.wait(settings.start_timeout)
    if failed:
        raise failed[0]
    if not ready:
        raise StartError(
            f"the mock server did not start within {settings.start_timeout:g} s (polyai_mock_start_timeout)"
        )
    try:
        yield Address(ready[0].url, token)
    finally:
        ready[0].stop()
        thread.join(_STOP_SECONDS)
