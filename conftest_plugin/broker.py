"""One server for all workers of pytest-xdist: the controller starts it when the first worker asks, and ends it.

Workers are told where to ask, and not where the server is, because a run whose tests use no fixture of ours must not
start one. Each is attended to by a thread of its own: a connection that says nothing keeps only that one waiting.
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

# Longer than a server may take to start.
ASK_SECONDS = 60

_ATTENTION_SECONDS = 10
_BACKLOG = 1024  # more than there are workers, which may all ask at once


class Broker:
    """The controller's side: answers workers with the address of a server, one for each way to run one.

    `ending` is set when the session ends, for a server that is just being started.
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
        """What a worker needs in order to ask."""
        host, port = self._listener.getsockname()
        return {"host": host, "port": port, "key": self._key}

    def _serve(self) -> None:
        while not self._ending.is_set():
            with suppress(OSError):
                connection, _ = self._listener.accept()
                threading.Thread(
                    target=self._attend, args=(connection,), name="polyai-mock-broker-answer", daemon=True
                ).start()

    def _attend(self, connection: socket.socket) -> None:
        """Answer a worker; whoever cannot show the key, or is gone before the answer, is none of this session."""
        connection.settimeout(_ATTENTION_SECONDS)
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
        except Exception as error:  # said by the worker, in a test's report
            return {"error": str(error)}
        return {"url": address.url, "token": address.token}

    def close(self) -> None:
        """End the servers that were started."""
        self._ending.set()
        with suppress(OSError), socket.create_connection(self._listener.getsockname(), timeout=_ATTENTION_SECONDS):
            pass  # which wakes the thread
        self._thread.join()
        self._listener.close()
        with self._answering:
            self._running.close()


class BrokerError(Exception):
    """The controller could not start the server, or is not there; the text is the reason."""


def ask(workerinput: dict[str, Any], settings: MockSettings) -> Address:
    """Return the address of the session's server; raises BrokerError, at the latest after `ASK_SECONDS`.

    Only what a server is made of is asked for: workers that differ in anything else share one.
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
        raise BrokerError("the controller of pytest-xdist has gone") from None
    if "error" in answer:
        raise BrokerError(answer["error"])
    return Address(**answer)
