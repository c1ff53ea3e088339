"""One server for all workers of pytest-xdist: the controller starts it when the first worker asks, and ends it.

Workers are told where to ask, and not where the server is, because a run whose tests use no fixture of ours must not
start one.
"""

import secrets
import socket
import threading
from collections.abc import Callable
from contextlib import ExitStack, suppress
from multiprocessing import AuthenticationError
from multiprocessing.connection import Client, Listener
from typing import Any

from conftest_plugin.address import Address


class Broker:
    """The controller's side: answers every worker with the address of one server."""

    def __init__(self, start: Callable[[ExitStack], Address]) -> None:
        self._start = start
        self._running = ExitStack()
        self._authkey = secrets.token_bytes(16)
        self._listener = Listener(("127.0.0.1", 0), authkey=self._authkey)
        self._answer: tuple[str, Any] | None = None
        self._closed = False
        self._thread = threading.Thread(target=self._serve, name="polyai-mock-broker", daemon=True)
        self._thread.start()

    @property
    def workerinput(self) -> dict[str, object]:
        """What a worker needs in order to ask."""
        host, port = self._address
        return {"host": host, "port": port, "authkey": self._authkey.hex()}

    @property
    def _address(self) -> tuple[str, int]:
        host, port = self._listener.address[:2]
        return str(host), int(port)

    def _serve(self) -> None:
        while not self._closed:
            # Whoever cannot show the key, or is gone before the answer, is no worker of this session.
            with suppress(OSError, EOFError, AuthenticationError), self._listener.accept() as connection:
                connection.send(self._answered())

    def _answered(self) -> tuple[str, Any]:
        if self._answer is None:
            try:
                address = self._start(self._running)
                self._answer = ("address", (address.url, address.token))
            except Exception as error:  # said by the worker, in a test's report
                self._answer = ("error", str(error))
        return self._answer

    def close(self) -> None:
        """End the server, if one was started."""
        self._closed = True
        with suppress(OSError), socket.create_connection(self._address):
            pass  # which wakes the thread
        self._thread.join()
        self._listener.close()
        self._running.close()


class BrokerError(Exception):
    """The controller could not start the server; the text is its reason."""


def ask(workerinput: dict[str, Any]) -> Address:
    """Return the address of the session's server; raises BrokerError."""
    address = (workerinput["host"], workerinput["port"])
    with Client(address, authkey=bytes.fromhex(workerinput["authkey"])) as connection:
        kind, answer = connection.recv()
    if kind == "error":
        raise BrokerError(answer)
    return Address(*answer)
