"""Broker of one server for all workers of pytest-xdist: the controller starts it on the first request, and ends it.

Workers get the address of the broker instead of the server's, because a run that uses none of the fixtures must not
start a server. Each connection has its own thread, so that a silent one blocks no other.
"""

import json
import secrets
import socket
import threading
from collections.abc import Callable
from contextlib import ExitStack, suppress
from typing import Any

from conftest_plugin.address import Address
from conftest_plugin.options import MockSettings

# More than the time limit for starting a server.
ASK_SECONDS = 60

_READ_SECONDS = 10
_BACKLOG = 1024  # more than the number of workers, which may all connect at once


class Broker:
    """The controller's side: answers workers with the address of a server, one server for each kind of settings.

    `ending` is set when the session ends, so that a server that is still starting is given up.
    """

    def __init__(self, start: Callable[[ExitStack, MockSettings], Address], ending: threading.Event) -> None:
        self._start = start
        self._ending = ending
        self._running = ExitStack()
        self._key = secrets.token_hex(16)
        self._answers: dict[MockSettings, dict[str, str | None]] = {}
        self._answering = threading.Lock()
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=_BACKLOG)
        self._thread = threading.Thread(target=self._serve, name="polyai-mock-broker", daemon=True)
        self._thread.start()

    @property
    def workerinput(self) -> dict[str, object]:
        """The data with which a worker can call `ask`."""
        host, port = self._listener.getsockname()
        return {"host": host, "port": port, "key": self._key}

    def _serve(self) -> None:
        while not self._ending.is_set():
            with suppress(OSError):
                connection, _ = self._listener.accept()
                threading.Thread(
                    target=self._handle, args=(connection,), name="polyai-mock-broker-answer", daemon=True
                ).start()

    def _handle(self, connection: socket.socket) -> None:
        """Answer a worker; a connection without the session's key is closed."""
        connection.settimeout(_READ_SECONDS)
        with suppress(OSError, ValueError), connection, connection.makefile("rwb") as stream:
            key = f"{self._key}\n".encode()
            if secrets.compare_digest(stream.readline(len(key)), key):
                wanted = MockSettings(**json.loads(stream.readline()))
                stream.write(json.dumps(self._answer(wanted)).encode())

    def _answer(self, wanted: MockSettings) -> dict[str, str | None]:
        with self._answering:
            if wanted not in self._answers:
                self._answers[wanted] = self._started(wanted)
            return self._answers[wanted]

    def _started(self, wanted: MockSettings) -> dict[str, str | None]:
        if self._ending.is_set():
            return {"error": "the session has ended"}
        try:
            address = self._start(self._running, wanted)
        except Exception as error:  # the worker reports it
            return {"error": str(error)}
        return {"url": address.url, "token": address.token}

    def close(self) -> None:
        """End the servers that were started."""
        self._ending.set()
        with suppress(OSError), socket.create_connection(self._listener.getsockname(), timeout=_READ_SECONDS):
            pass  # wakes the thread
        self._thread.join()
        self._listener.close()
        with self._answering:
            self._running.close()


class BrokerError(Exception):
    """The controller could not start the server or cannot be reached; the text is the reason."""


def ask(workerinput: dict[str, Any], settings: MockSettings) -> Address:
    """Return the address of the session's server; raises BrokerError after `ASK_SECONDS` at the latest.

    Only the settings of the server itself are sent: workers with other differences share a server.
    """
    wanted = {"seed": str(settings.seed), "host": settings.host, "keep": settings.keep}
    where = (workerinput["host"], workerinput["port"])
    try:
        with (
            socket.create_connection(where, timeout=ASK_SECONDS) as connection,
            connection.makefile("rwb") as stream,
        ):
            stream.write(f"{workerinput['key']}\n{json.dumps(wanted)}\n".encode())
            stream.flush()
            answer = json.loads(stream.readline())
    except TimeoutError:
        raise BrokerError(f"the controller of pytest-xdist did not answer within {ASK_SECONDS} s") from None
    except (OSError, ValueError):
        raise BrokerError("the controller of pytest-xdist cannot be reached") from None
    if "error" in answer:
        raise BrokerError(answer["error"])
    return Address(**answer)
