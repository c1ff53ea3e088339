"""Server in a process of its own, started by pytest-xprocess if it can be used, and by subprocess otherwise.

xprocess keeps its files by name in the cache directory, adopts a process that it finds running under the name, and
waits for its whole timeout even if the child has exited. So the name is unique to the run, the process is always
restarted, the ready line contains the name, and the child is polled while waiting.

However the test run ends, the server ends with it: its standard input is a pipe that nobody writes to, and it stops
when the pipe closes together with the process at the other end.
"""

import importlib.util
import os
import re
import secrets
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pytest

from conftest_plugin.address import ENDING, KEPT, SERVICE_HOSTS, Address
from conftest_plugin.options import MockSettings
from mockserver.control.client import ControlClient

START_SECONDS = 20
_POLL_SECONDS = 0.01


class StartError(Exception):
    """The server did not start; the text is its output."""


@contextmanager
def running_process(config: pytest.Config, settings: MockSettings) -> Iterator[Address]:
    """Run a server for a `with` block, or leave it running if `keep` is set; raises StartError."""
    instance = f"polyai-mock-{secrets.token_hex(6)}"
    command = _command(settings, instance)
    root = _xprocess_root(config)
    if settings.keep:
        url, _ = _spawn(config, command, instance, keep=True)
        config.stash[KEPT] = url
        yield Address(url, None)
    elif root is None:
        url, end = _spawn(config, command, instance, keep=False)
        try:
            yield Address(url, None)
        finally:
            end()
    else:
        yield from _by_xprocess(config, root, command, instance)


def _command(settings: MockSettings, instance: str) -> list[str]:
    hosts = [flag for host in SERVICE_HOSTS for flag in ("--allowed-host", host)]
    seed = str(Path(settings.seed).absolute()) if Path(settings.seed).is_file() else settings.seed
    ending = [] if settings.keep else ["--until-stdin-closes"]
    where = ["--host", settings.host, "--port", "0", "--seed", seed, "--instance", instance]
    # -P: modules of the tested project must not shadow those that the server imports.
    return [sys.executable, "-P", "-m", "mockserver", "serve", *where, "--drop-oldest-world", *hosts, *ending]


def _environment() -> dict[str, str]:
    """Return the environment of a server, without the variables that configure servers started by hand."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("POLYAI_MOCK_")}
    return {**kept, "PYTHONUNBUFFERED": "1"}


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


def _by_xprocess(config: pytest.Config, root: Any, command: list[str], instance: str) -> Iterator[Address]:
    from xprocess import ProcessStarter, XProcess

    class Silent:
        def debug(self, *_message: object) -> None:
            """Print nothing: a passing run has no output."""

    process = XProcess(config, root, log=Silent())
    urls: list[str] = []

    class Starter(ProcessStarter):  # type: ignore[misc]  # xprocess has no types
        args = command
        env = _environment()
        popen_kwargs = {"stdin": subprocess.PIPE}  # noqa: RUF012  # xprocess reads it from the class
        pattern = f"mockserver ready on .* as {instance}$"
        timeout = START_SECONDS

        def get_lines(self, log_file: Any) -> Iterator[str]:
            child = process.resources[-1].popen
            deadline = time.monotonic() + START_SECONDS
            output = ""
            while True:
                line: str = log_file.readline()
                output += line
                if line.endswith("\n"):
                    urls.extend(_url_in(line, instance))
                    yield line
                elif not line:
                    _check_waiting(config, child, output, deadline)

        def wait_callback(self) -> bool:
            return self.startup_check()

        def startup_check(self) -> bool:
            return _is_ours(urls[0], instance)

    try:
        process.ensure(instance, Starter, restart=True, persist_logs=False)
        yield Address(urls[0], None)
    finally:
        info = process.getinfo(instance)
        children = [resource.popen for resource in process.resources if resource.popen is not None]
        for child in children:
            child.stdin.close()
        info.terminate(timeout=5)
        for child in children:
            child.wait(5)
        process._force_clean_up()
        process.resources.clear()
        config.__dict__.get("_extlogfiles", {}).pop(instance, None)
        info.controldir.remove(ignore_errors=True)


def _spawn(config: pytest.Config, command: list[str], instance: str, *, keep: bool) -> tuple[str, Callable[[], None]]:
    """Start a server without xprocess; return its URL and a function that ends it."""
    with tempfile.TemporaryFile() as log:
        child = subprocess.Popen(  # noqa: S603  # our own command
            command,
            stdin=subprocess.DEVNULL if keep else subprocess.PIPE,
            stdout=log,
            stderr=subprocess.STDOUT,
            env=_environment(),
            start_new_session=True,
        )

        def end() -> None:
            if child.stdin is not None:
                child.stdin.close()
            child.terminate()
            try:
                child.wait(5)
            except subprocess.TimeoutExpired:
                child.kill()
                child.wait(5)

        deadline = time.monotonic() + START_SECONDS
        try:
            while True:
                log.seek(0)
                output = log.read().decode("utf-8", errors="replace")
                for url in _url_in(output, instance):
                    assert _is_ours(url, instance), f"{url} is another server"
                    if keep:
                        child.returncode = 0  # so that Popen does not warn about a child that is still running
                    return url, end
                _check_waiting(config, child, output, deadline)
        except BaseException:  # also Ctrl-C: no server is left behind
            end()
            raise


def _check_waiting(config: pytest.Config, child: subprocess.Popen[bytes], output: str, deadline: float) -> None:
    """Wait a moment; raises StartError if the server has exited or takes too long, or the session has ended."""
    if child.poll() is not None:
        raise StartError(output.strip() or f"the mock server exited with code {child.returncode} and no output")
    if time.monotonic() > deadline:
        shown = f"; its output:\n{output}" if output.strip() else ", without output"
        raise StartError(f"the mock server did not start within {START_SECONDS} s{shown}")
    if ENDING in config.stash and config.stash[ENDING].is_set():
        raise StartError("the session ended while the mock server was starting")
    time.sleep(_POLL_SECONDS)


def _url_in(text: str, instance: str) -> list[str]:
    return re.findall(rf"^mockserver ready on (\S+) as {instance}$", text, re.MULTILINE)


def _is_ours(url: str, instance: str) -> bool:
    """Tell whether the server at a URL is the one that was started under a name."""
    with closing(ControlClient(url)) as control:
        return bool(control.call("GET", "/health")["instance"] == instance)
