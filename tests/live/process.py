"""Server in a process of its own, and requests written byte for byte.

Nothing here sleeps. A process that exceeds its deadline is killed, and the test that waits for it fails.
"""

import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.client import HTTPResponse
from pathlib import Path
from threading import Timer
from typing import IO, NamedTuple

ROOT = Path(__file__).parents[2]
DEADLINE = 60.0
HOST = "127.0.0.1"


class Ended(NamedTuple):
    """The exit code and the output of a process."""

    code: int
    out: str
    err: str


class Answer(NamedTuple):
    """A response that was read from a socket."""

    status: int
    headers: dict[str, str]
    body: bytes


def environment(variables: Mapping[str, str]) -> dict[str, str]:
    """Return this process's environment without the server's own variables, and with `variables`."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("POLYAI_MOCK")}
    return {**inherited, **variables}


def start(
    *arguments: str,
    options: tuple[str, ...] = (),
    stdout: int = subprocess.PIPE,
    variables: Mapping[str, str] | None = None,
) -> subprocess.Popen[bytes]:
    """Start `python *options -m mockserver *arguments`; its output is not buffered on this side."""
    return subprocess.Popen(
        [sys.executable, *options, "-m", "mockserver", *arguments],
        cwd=ROOT,
        env=environment(variables or {}),
        stdout=stdout,
        stderr=subprocess.PIPE,
        bufsize=0,
    )


def run(*arguments: str, options: tuple[str, ...] = (), **variables: str) -> Ended:
    """Run a command to its end."""
    return wait(start(*arguments, options=options, variables=variables))


def wait(process: subprocess.Popen[bytes]) -> Ended:
    """Wait for a process to end, and return its exit code and the rest of its output."""
    with killed_after_deadline(process):
        out, err = process.communicate()
    return Ended(process.returncode, (out or b"").decode(), err.decode())


def stream(pipe: IO[bytes] | None) -> IO[bytes]:
    """Return a pipe of a process, which must have one."""
    assert pipe is not None
    return pipe


@contextmanager
def killed_after_deadline(process: subprocess.Popen[bytes]) -> Iterator[None]:
    """Kill the process if the block exceeds the deadline, so that no read in it waits forever."""
    timer = Timer(DEADLINE, process.kill)
    timer.start()
    try:
        yield
    finally:
        timer.cancel()
        timer.join()


class Server:
    """A server that has printed its ready line."""

    def __init__(self, *arguments: str, options: tuple[str, ...] = (), **variables: str) -> None:
        self.process = start("serve", "--port", "0", *arguments, options=options, variables=variables)
        with killed_after_deadline(self.process):
            self.first_line = stream(self.process.stdout).readline().decode()
        ready = re.fullmatch(r"mockserver ready on (http://(?:127\.0\.0\.1|0\.0\.0\.0):(\d+))\n", self.first_line)
        if ready is None:
            self.process.kill()
            raise AssertionError(f"no ready line, but {self.first_line!r}, {wait(self.process)}")
        self.url = ready[1]
        self.port = int(ready[2])

    def stop(self, number: int = signal.SIGTERM) -> Ended:
        """Send a signal and return how the server ended."""
        self.process.send_signal(number)
        return wait(self.process)

    def kill(self) -> None:
        """Kill a server that a failed test has left running."""
        if self.process.returncode is None:
            self.process.kill()
            wait(self.process)

    def connect(self) -> socket.socket:
        """Return a new connection."""
        return socket.create_connection((HOST, self.port), DEADLINE)


def head(line: str, *headers: str, key: str | None = "demo-key") -> bytes:
    """Return a request line and headers as bytes."""
    lines = [f"{line} HTTP/1.1", "Host: localhost", *([] if key is None else [f"x-api-key: {key}"]), *headers]
    return "\r\n".join([*lines, "", ""]).encode("ascii")


def read_answer(connection: socket.socket, method: str = "GET") -> Answer:
    """Return the next response on a connection."""
    response = HTTPResponse(connection, method=method)
    try:
        response.begin()
        body = response.read()
    finally:
        response.close()
    return Answer(response.status, {name.lower(): value for name, value in response.getheaders()}, body)
