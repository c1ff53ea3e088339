"""Where the server writes to, who started it, and how many files it may open: none of them brings it down."""

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from time import monotonic
from typing import IO

import httpx
import psutil
import pytest

from tests.client import AGENT, assert_refused
from tests.live.process import DEADLINE, HOST, ROOT, Server, environment, head, killed_after_deadline, read_answer

CONNECTORS = f"/v1/agents/{AGENT}/telephony/connectors"
FULL = Path("/dev/full")

Serve = Callable[..., Server]
_File = int | IO[bytes] | None
Start = Callable[..., "Started"]

needs_full = pytest.mark.skipif(not FULL.exists(), reason="this system has no /dev/full")


class Started:
    """A server on a port that was chosen beforehand, because what it says cannot be read."""

    def __init__(self, *arguments: str, redirections: str = "", stdout: _File = None, stderr: _File = None) -> None:
        with socket.create_server((HOST, 0)) as listener:
            port = listener.getsockname()[1]
        self.url = f"http://{HOST}:{port}"
        command = [sys.executable, "-m", "mockserver", "serve", "--port", str(port), "--seed", "two_agents", *arguments]
        if redirections:
            command = ["/bin/sh", "-c", f'exec "$@" {redirections}', "sh", *command]
        self.process: subprocess.Popen[bytes] = subprocess.Popen(
            command, cwd=ROOT, env=environment({}), stdout=stdout, stderr=stderr
        )
        with killed_after_deadline(self.process):
            while True:
                try:
                    self.get("/_mock/health")
                    break
                except httpx.TransportError:
                    assert self.process.poll() is None, self.process.returncode

    def get(self, path: str) -> httpx.Response:
        return httpx.get(self.url + path, headers={"x-api-key": "demo-key"}, timeout=DEADLINE, trust_env=False)

    def stop(self) -> int:
        self.process.send_signal(signal.SIGTERM)
        with killed_after_deadline(self.process):
            return self.process.wait()


@pytest.fixture
def started() -> Iterator[Start]:
    """Start servers; those that a failed test leaves behind are killed."""
    all_of_them: list[Started] = []

    def begin(*arguments: str, redirections: str = "", stdout: _File = None, stderr: _File = None) -> Started:
        all_of_them.append(Started(*arguments, redirections=redirections, stdout=stdout, stderr=stderr))
        return all_of_them[-1]

    yield begin
    for server in all_of_them:
        if server.process.returncode is None:
            server.process.kill()
            server.process.wait()


def _log_much(server: Started, count: int) -> None:
    """Have a server that may have one world log a line for each of many."""
    with httpx.Client(base_url=server.url, timeout=DEADLINE, trust_env=False) as http:
        for number in range(count):
            assert http.get(CONNECTORS, headers={"x-api-key": f"demo-key~{number:080}"}).status_code == 200


ONE_WORLD = ("--max-worlds", "1", "--drop-oldest-world")


@needs_full
def test_a_full_disk_under_standard_output_is_said_and_the_server_serves(started: Start) -> None:
    reading, writing = os.pipe()
    with FULL.open("wb") as full:
        server = started(stdout=full, stderr=writing)
    os.close(writing)
    assert server.get(CONNECTORS).status_code == 200
    assert server.stop() == 0
    with os.fdopen(reading, "rb") as log:
        said = log.read()
    assert said == b"WARNING: standard output cannot be written: No space left on device\n"


@needs_full
def test_a_full_disk_under_the_log_costs_lines_and_nothing_else(started: Start) -> None:
    with FULL.open("wb") as full:
        server = started(*ONE_WORLD, stdout=full, stderr=full)
        _log_much(server, 10)
        assert server.stop() == 0


def test_a_log_whose_reader_has_left_costs_lines_and_nothing_else(started: Start) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    server = started(*ONE_WORLD, stdout=writing, stderr=writing)
    os.close(writing)
    _log_much(server, 10)
    assert server.stop() == 0


def test_a_log_that_nobody_reads_holds_nothing_up(started: Start) -> None:
    reading, writing = os.pipe()
    server = started(*ONE_WORLD, stdout=subprocess.DEVNULL, stderr=writing)
    _log_much(server, 700)
    assert server.stop() == 0
    os.close(writing)
    with os.fdopen(reading, "rb") as log:
        said = log.read().decode()
    assert "WARNING: dropped the world " in said


def test_a_server_can_be_started_with_all_its_standard_files_closed(started: Start) -> None:
    server = started(*ONE_WORLD, redirections="<&- >&- 2>&-")
    _log_much(server, 10)
    assert server.stop() == 0


def test_a_server_that_is_to_end_with_standard_input_and_has_none_ends(started: Start) -> None:
    command = [sys.executable, "-m", "mockserver", "--port", "0", "--until-stdin-closes"]
    ended = subprocess.run(
        ["/bin/sh", "-c", 'exec "$@" <&-', "sh", *command],
        cwd=ROOT,
        env=environment({}),
        capture_output=True,
        timeout=DEADLINE,
        check=False,
    )
    assert (ended.returncode, ended.stderr) == (0, b"")


PARENT = """
import subprocess, sys
child = subprocess.Popen(
    [sys.executable, "-m", "mockserver", "--port", "0", "--until-stdin-closes"], stdin=subprocess.PIPE
)
print(child.pid, flush=True)
child.wait()
"""


def test_a_server_ends_with_a_parent_that_is_killed() -> None:
    parent = subprocess.Popen([sys.executable, "-c", PARENT], cwd=ROOT, env=environment({}), stdout=subprocess.PIPE)
    with killed_after_deadline(parent), parent:
        assert parent.stdout is not None
        child = psutil.Process(int(parent.stdout.readline()))
        assert parent.stdout.readline().startswith(b"mockserver ready on ")
        parent.kill()
    _, alive = psutil.wait_procs([child], timeout=DEADLINE)
    assert alive == []


DEFECT = """
from mockserver.state import connectors

def list_connectors(*arguments):
    raise RuntimeError("planted for demo-key and +442071234567\\x1b[2J\\nERROR: forged")

connectors.list_connectors = list_connectors
"""


def test_the_traceback_of_a_defect_is_logged_without_secrets_and_the_server_goes_on(
    serve: Serve, tmp_path: Path
) -> None:
    (tmp_path / "sitecustomize.py").write_text(DEFECT, encoding="utf-8")
    server = serve("--seed", "two_agents", PYTHONPATH=os.pathsep.join([str(tmp_path), str(ROOT)]))
    with httpx.Client(
        base_url=server.url, headers={"x-api-key": "demo-key"}, timeout=DEADLINE, trust_env=False
    ) as http:
        for _ in range(2):
            assert_refused(http.get(CONNECTORS), 500, "INTERNAL_ERROR")
        assert http.get(f"{CONNECTORS}/conn_abc123").status_code == 200
    said = server.stop().err
    assert said.count("ERROR: listConnectors failed\n") == 2
    assert "Traceback" in said
    assert "RuntimeError: planted for [redacted] and +[redacted]\\x1b[2J\n    ERROR: forged\n" in said
    assert "demo-key" not in said
    assert "442071234567" not in said
    assert "\x1b" not in said


def test_nothing_that_clients_send_is_logged(serve: Serve) -> None:
    server = serve("--request-timeout", "0.1")
    with ExitStack() as connections:
        for content in (b"NONSENSE\r\n\r\n", head(f"GET {CONNECTORS}", "Upgrade: x", "Connection: upgrade"), b"GET"):
            connection = connections.enter_context(server.connect())
            connection.sendall(content)
            assert read_answer(connection).status in (200, 400, 408)
    ended = server.stop()
    assert (ended.code, ended.err) == (0, "")


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux can limit another process")
def test_where_files_run_out_the_oldest_connections_that_wait_for_a_client_make_room(serve: Serve) -> None:
    server = serve("--seed", "two_agents")
    process = psutil.Process(server.process.pid)
    process.rlimit(psutil.RLIMIT_NOFILE, (80, 80))
    request = head(f"GET {CONNECTORS}")
    with ExitStack() as connections:
        busy = connections.enter_context(server.connect())
        busy.sendall(request[:-2])
        for _ in range(200):
            connection = connections.enter_context(server.connect())
            connection.sendall(request)
            assert read_answer(connection).status == 200
        busy.sendall(b"\r\n")
        assert read_answer(busy).status == 200
        before = process.cpu_times()
        body = httpx.post(
            f"{server.url}{CONNECTORS}/batch",
            headers={"x-api-key": "demo-key"},
            json={"connectorIds": ["conn_abc123"]},
            timeout=DEADLINE,
            trust_env=False,
        )
        assert body.status_code == 200, "modules can still be imported"
        assert process.cpu_times().user - before.user < 5
    ended = server.stop()
    assert (ended.code, ended.err) == (0, "")


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux can limit another process")
def test_where_more_connections_come_at_once_than_there_are_files_the_server_neither_spins_nor_stops(
    serve: Serve,
) -> None:
    server = serve("--seed", "two_agents")
    process = psutil.Process(server.process.pid)
    process.rlimit(psutil.RLIMIT_NOFILE, (40, 40))
    process.suspend()
    with ExitStack() as connections:
        for _ in range(200):
            connections.enter_context(server.connect()).sendall(head(f"GET {CONNECTORS}")[:-2])
        process.resume()
        deadline = monotonic() + DEADLINE
        while process.num_fds() < 20:
            assert monotonic() < deadline
        assert process.cpu_percent(interval=1) < 50
        good = connections.enter_context(server.connect())
        good.sendall(head(f"GET {CONNECTORS}"))
        assert read_answer(good).status == 200, "unfinished requests give way"
    ended = server.stop()
    assert (ended.code, ended.err) == (0, "")
