"""Server in a process of its own, started by pytest-xprocess if it can be used, and by subprocess otherwise.

xprocess keeps its files by name in the cache directory, adopts a process that it finds running under the name, and
looks for readiness in the first lines of the output. So the name is unique to the run, the process is always restarted,
and the server writes its URL to a file, whatever else it or its interpreter prints.

However the test run ends, the server ends with it: its standard input is a pipe that nobody writes to, and it stops
when the pipe closes together with the process at the other end.
"""

import importlib.util
import os
import secrets
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from conftest_plugin.address import ENDING, KEPT, SERVICE_HOSTS, Address, StartError
from conftest_plugin.options import MockSettings, own_token

_POLL_SECONDS = 0.01
_SHOWN_OUTPUT = 20_000


@contextmanager
def running_process(config: pytest.Config, settings: MockSettings) -> Iterator[Address]:
    """Run a server for a `with` block, or leave it running if `keep` is set; raises StartError."""
    root = None if settings.keep else _xprocess_root(config)
    with tempfile.TemporaryDirectory() as folder:
        start = _Start(config, settings, Path(folder) / "ready")
        if root is not None:
            yield from _by_xprocess(config, root, start)
            return
        url, end = _spawn(start)
        address = Address(url, start.token)
        if settings.keep:
            config.stash[KEPT] = address
            yield address
            return
        try:
            yield address
        finally:
            end()


class _Start:
    """The start of a server: its command and environment, and waiting for it.

    Its control token is random unless one was given, so that nobody else on the machine can act on the tests' worlds.
    `process` is the one that ends the server: one that was forked from it and reaches the session's end does not.
    """

    def __init__(self, config: pytest.Config, settings: MockSettings, ready_file: Path) -> None:
        self.process = os.getpid()
        self.instance = f"polyai-mock-{secrets.token_hex(6)}"
        self.token = own_token(settings)
        self.keep = settings.keep
        self.seconds = settings.start_timeout
        self.command = _command(settings, self.instance, ready_file)
        self.environment = _environment(self.token)
        self._config = config
        self._ready_file = ready_file

    def wait(self, child: subprocess.Popen[bytes], output: Callable[[], str]) -> str:
        """Return the URL of the server once it is ready.

        Raises StartError if it has exited or takes too long, or the session has ended.
        """
        late = threading.Event()
        timer = threading.Timer(self.seconds, late.set)  # tests may have frozen the time that `time` tells
        timer.daemon = True
        timer.start()
        try:
            while not self._ready_file.exists():
                self._check_waiting(child, output, late.is_set())
                late.wait(_POLL_SECONDS)
        finally:
            timer.cancel()
        return self._ready_file.read_text(encoding="utf-8").strip()

    def _check_waiting(self, child: subprocess.Popen[bytes], output: Callable[[], str], late: bool) -> None:
        if ENDING in self._config.stash and self._config.stash[ENDING].is_set():
            raise StartError("the session ended while the mock server was starting")
        exited = child.poll() is not None
        if not exited and not late:
            return
        said = output().strip()[-_SHOWN_OUTPUT:]
        if exited:
            raise StartError(said or f"the mock server exited with code {child.returncode} and no output")
        shown = f"; its output:\n{said}" if said else ", without output"
        raise StartError(f"the mock server did not start within {self.seconds:g} s (polyai_mock_start_timeout){shown}")


def _command(settings: MockSettings, instance: str, ready_file: Path) -> list[str]:
    hosts = [flag for host in SERVICE_HOSTS for flag in ("--allowed-host", host)]
    ending = [] if settings.keep else ["--until-stdin-closes"]
    ready = ["--ready-file", str(ready_file)]
    if settings.control_token is None:
        ready.append("--trust-own-user")
    where = ["--host", settings.host, "--port", "0", "--seed", settings.seed, "--instance", instance]
    # -P: modules of the tested project must not shadow those that the server imports.
    return [sys.executable, "-P", "-m", "mockserver", "serve", *where, *ready, "--drop-oldest-world", *hosts, *ending]


def _environment(token: str) -> dict[str, str]:
    """Return the environment of a server, without the variables that configure servers started by hand.

    The token is in it because every user of the machine can read command lines.
    """
    kept = {name: value for name, value in os.environ.items() if not name.startswith("POLYAI_MOCK_")}
    return {**kept, "PYTHONUNBUFFERED": "1", "POLYAI_MOCK_CONTROL_TOKEN": token}


def _xprocess_root(config: pytest.Config) -> Any:
    """Return the folder in which xprocess keeps its files, or None if it cannot be used."""
    makedir = getattr(getattr(config, "cache", None), "makedir", None)
    if makedir is None or importlib.util.find_spec("xprocess") is None:
        return None
    try:
        root = makedir(".xprocess")
        probe = Path(root) / f"probe-{secrets.token_hex(4)}"
        try:
            probe.write_bytes(bytes(4096))  # a full disk may accept an empty file
        finally:
            probe.unlink(missing_ok=True)
    except OSError:
        return None
    return root


def _by_xprocess(config: pytest.Config, root: Any, start: _Start) -> Iterator[Address]:
    from xprocess import ProcessStarter, XProcess

    class Silent:
        def debug(self, *_message: object) -> None:
            """Print nothing: a passing run has no output."""

    process = XProcess(config, root, log=Silent())
    urls: list[str] = []

    class Starter(ProcessStarter):  # type: ignore[misc]  # xprocess has no types
        args = start.command
        env = start.environment
        popen_kwargs = {"stdin": subprocess.PIPE}  # noqa: RUF012  # xprocess reads it from the class

        def wait(self, log_file: Any) -> bool:
            urls.append(start.wait(process.resources[-1].popen, log_file.read))
            return True

    try:
        process.ensure(start.instance, Starter, restart=True, persist_logs=False)
        yield Address(urls[0], start.token)
    finally:
        if os.getpid() == start.process:
            _end_by_xprocess(config, process, start)


def _end_by_xprocess(config: pytest.Config, process: Any, start: _Start) -> None:
    info = process.getinfo(start.instance)
    children = [resource.popen for resource in process.resources if resource.popen is not None]
    for child in children:
        child.stdin.close()
        child.terminate()  # xprocess may have been interrupted before it noted the process
    info.terminate(timeout=5)
    for child in children:
        child.wait(5)
    process._force_clean_up()
    process.resources.clear()
    config.__dict__.get("_extlogfiles", {}).pop(start.instance, None)
    info.controldir.remove(ignore_errors=True)


def _spawn(start: _Start) -> tuple[str, Callable[[], None]]:
    """Start a server without xprocess; return its URL and a function that ends it."""
    with tempfile.TemporaryFile() as log:
        child = subprocess.Popen(  # noqa: S603  # our own command
            start.command,
            stdin=subprocess.DEVNULL if start.keep else subprocess.PIPE,
            stdout=log,
            stderr=subprocess.STDOUT,
            env=start.environment,
            start_new_session=True,
        )

        def end() -> None:
            if os.getpid() != start.process:
                return
            if child.stdin is not None:
                child.stdin.close()
            child.terminate()
            try:
                child.wait(5)
            except subprocess.TimeoutExpired:
                child.kill()
                child.wait(5)

        def output() -> str:
            log.seek(0)
            return log.read().decode("utf-8", errors="replace")

        try:
            url = start.wait(child, output)
        except BaseException:  # also Ctrl-C: no server is left behind
            end()
            raise
        if start.keep:
            child.returncode = 0  # so that Popen does not warn about a child that is still running
        return url, end
