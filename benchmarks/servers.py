"""Servers in processes of their own: started on the servers' core, paused while others are measured, ended."""

import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

from benchmarks.cores import Cores
from benchmarks.exchanges import HOST, Request, ask
from benchmarks.measurements import FailedError

ROOT = Path(__file__).parents[1]
START_SECONDS = 120.0


class StartError(FailedError):
    """A server ended or never gave a good answer; the text says what it had to say."""


def free_port() -> int:
    """Return a port that nobody listens on."""
    with socket.socket() as listener:
        listener.bind((HOST, 0))
        port: int = listener.getsockname()[1]
        return port


def environment() -> dict[str, str]:
    """Return the environment of servers: none of the mock's own variables, and bytecode is cached as for any user."""
    ours = ("POLYAI_MOCK", "PYTHONDONTWRITEBYTECODE")
    return {name: value for name, value in os.environ.items() if not name.startswith(ours)}


def python(module: str, *arguments: str | int | Path) -> list[str]:
    """Return the command that runs a module in this interpreter."""
    return [sys.executable, "-m", module, *map(str, arguments)]


def mockserver(port: int, seed: str | Path, *arguments: str) -> list[str]:
    """Return the command that serves a seed as any user would."""
    return python("mockserver", "serve", "--port", port, "--seed", seed, *arguments)


class Server:
    """A server process that gives good answers."""

    def __init__(self, name: str, command: Sequence[str], port: int, cores: Cores, first: Request) -> None:
        self.name = name
        self.port = port
        self._output = tempfile.TemporaryFile()  # noqa: SIM115  # closed with the server
        began = time.perf_counter()
        with cores.starting_server():
            self._process = subprocess.Popen(
                command,
                cwd=ROOT,
                env=environment(),
                stdin=subprocess.DEVNULL,
                stdout=self._output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        try:
            self._wait(first)
        except BaseException:
            self.stop()
            raise
        self.start_seconds = time.perf_counter() - began

    @property
    def pid(self) -> int:
        """The process that was started."""
        return self._process.pid

    def _wait(self, first: Request) -> None:
        """Ask until an answer is good."""
        last = "it never listened"
        end = time.monotonic() + START_SECONDS
        while time.monotonic() < end:
            if self._process.poll() is not None:
                raise StartError(f"{self.name} ended with {self._process.returncode}: {self._said()}")
            try:
                answer = ask(self.port, first)
            except OSError:
                time.sleep(0.0005)
                continue
            if answer.status < 400:
                return
            last = f"it answered {answer.status} {answer.body[:200]!r}"
            time.sleep(0.02)
            if answer.status < 500 and answer.status != 404:
                break
        raise StartError(f"{self.name} gave no good answer: {last}; {self._said()}")

    def _said(self) -> str:
        self._output.seek(0)
        return self._output.read().decode(errors="replace").strip()[-400:]

    def pause(self) -> None:
        """Have the server's processes do nothing."""
        os.killpg(self.pid, signal.SIGSTOP)

    def resume(self) -> None:
        """Let the server's processes go on."""
        os.killpg(self.pid, signal.SIGCONT)

    def stop(self) -> None:
        """End the server, and what it has started."""
        if self._process.returncode is None:
            self.resume()
            self._process.terminate()
            with suppress(subprocess.TimeoutExpired):
                self._process.wait(5)
        with suppress(ProcessLookupError):
            os.killpg(self.pid, signal.SIGKILL)
        self._process.wait()
        self._output.close()


@contextmanager
def running(name: str, command: Sequence[str], port: int, cores: Cores, first: Request) -> Iterator[Server]:
    """Run a server for a while; raises StartError."""
    server = Server(name, command, port, cores, first)
    try:
        yield server
    finally:
        server.stop()
