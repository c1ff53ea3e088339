"""Server in a thread of the tests' own process, for settings that have no option."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit

from mockserver.server import run as server
from mockserver.settings import Settings
from tests.live.process import DEADLINE, HOST


class ThreadServer:
    """A server that accepts connections."""

    def __init__(self, ready: server.Ready) -> None:
        self.url = ready.url
        port = urlsplit(ready.url).port
        assert port is not None
        self.port = port

    def connect(self) -> socket.socket:
        """Return a new connection."""
        return socket.create_connection((HOST, self.port), DEADLINE)


@contextmanager
def serving_in_thread(seed: str) -> Iterator[ThreadServer]:
    """Serve while the context lasts."""
    readies: list[server.Ready] = []
    changed = threading.Event()

    def on_ready(ready: server.Ready) -> None:
        readies.append(ready)
        changed.set()

    def run() -> None:
        try:
            server.serve(Settings(port=0, seed=seed), on_ready)
        finally:
            changed.set()

    thread = threading.Thread(target=run)
    thread.start()
    changed.wait(DEADLINE)
    try:
        yield ThreadServer(readies[0])
    finally:
        readies[0].stop()
        thread.join(DEADLINE)
        assert not thread.is_alive()
