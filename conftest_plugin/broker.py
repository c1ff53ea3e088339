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
from conftest_plugin.options import MockSettings


class Broker:
    """The controller's side: answers workers with the address of a server, one for each way to run one.

    `ending` is set when the session ends, for a server that is just being started.
    """

    def __init__(self, start: Callable[[ExitStack, MockSettings], Address], ending: threading.Event) -> None:
        self._start = start
        self._ending = ending
        self._running = ExitStack()
        self._authkey = secrets.token_bytes(16)
        self._listener = Listener(("127.0.0.1", 0), authkey=self._authkey)
        self._answers: dict[MockSettings, tuple[str, Any]] = {}
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
        while not self._ending.is_set():
            # Whoever cannot show the key, or is gone before the answer, is no worker of this session.
            with suppress(OSError, EOFError, AuthenticationError), self._listener.accept() as connection:
                connection.send(self._answered(connection.recv()))

    def _answered(self, settings: MockSettings) -> tuple[str, Any]:
        if settings not in self._answers:
            try:
                address = self._start(self._running, settings)
                self._answers[settings] = ("address", (address.url, address.token))
            except Exception as error:  # said by the worker, in a test's report
                self._answers[settings] = ("error", str(error))
        return self._answers[settings]

    def close(self) -> None:
        """End the servers that were started."""
        self._ending.set()
        with suppress(OSError), socket.create_connection(self._address):
            pass  # which wakes the thread
        self._thread.join()
        self._listener.close()
        self._running.close()


class BrokerError(Exception):
    """The controller could not start the server; the text is its reason."""


def ask(workerinput: dict[str, Any], settings: MockSettings) -> Address:
    """Return the address of the session's server; raises BrokerError.

    Only what a server is made of is asked for: workers that differ in anything else share one.
    """
    wanted = MockSettings(seed=settings.seed, host=settings.host, keep=settings.keep)
    address = (workerinput["host"], workerinput["port"])
    with Client(address, authkey=bytes.fromhex(workerinput["authkey"])) as connection:
        connection.send(wanted)
        kind, answer = connection.recv()
    if kind == "error":
        raise BrokerError(answer)
    return Address(*answer)
