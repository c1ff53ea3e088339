"""Test sessions in their own processes, and the mock servers that they start.

A server's command line contains the name of its instance, and the tests of a session write that name to a file, so that
leftovers of a session are found for certain.
"""

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryFile
from time import monotonic
from typing import NamedTuple

import psutil
import pytest

from tests.live.process import DEADLINE, killed_after_deadline

INSTANCES = "instances.txt"

# Every test changes its world and checks that no other test did; it records its server's instance and its world's name.
WORLDS = """
    import pytest

    @pytest.mark.parametrize("number", range(6))
    def test_world(polyai_mock, request, number):
        instance = polyai_mock.server.control.call("GET", "/health")["instance"]
        with (request.config.rootpath / "instances.txt").open("a") as file:
            file.write(f"{instance} {polyai_mock.name}\\n")
        url = f"/v1/agents/{polyai_mock.agent_id}/telephony/connectors/conn_abc123"
        assert polyai_mock.client.get(url).status_code == 200
        assert polyai_mock.client.delete(url).status_code == 200
        assert polyai_mock.client.get(url).status_code == 404
"""

# A test that records its server and then waits for the end of its session.
WAITING = """
    import threading

    def test_waits(polyai_mock, request):
        instance = polyai_mock.server.control.call("GET", "/health")["instance"]
        file = request.config.rootpath / "instances.txt"
        file.with_suffix(".part").write_text(f"{instance} {polyai_mock.name}\\n")
        file.with_suffix(".part").rename(file)
        threading.Event().wait(60)
"""


class Recorded(NamedTuple):
    """What the tests of a session recorded."""

    instances: set[str]
    worlds: list[str]


def recorded(folder: Path) -> Recorded:
    """Return the instances and the worlds that the tests of a session used."""
    lines = (folder / INSTANCES).read_text(encoding="utf-8").split("\n")
    pairs = [line.split(" ") for line in lines if line]
    return Recorded({instance for instance, _ in pairs}, [world for _, world in pairs])


def servers(instance: str = "polyai-mock-") -> list[psutil.Process]:
    """Return the running servers of an instance, or of any test session."""
    found = []
    for process in psutil.process_iter():
        try:
            line = process.cmdline()
        except psutil.Error:
            continue
        if "--instance" in line and line[line.index("--instance") + 1].startswith(instance):
            found.append(process)
    return [process for process in found if process.is_running() and process.status() != psutil.STATUS_ZOMBIE]


def eventually(condition: Callable[[], bool], what: str) -> None:
    """Wait until a condition holds; fails the test after a deadline."""
    end = monotonic() + DEADLINE
    pause = psutil.Process()
    while not condition():
        assert monotonic() < end, f"did not happen within {DEADLINE} s: {what}"
        pause.cpu_percent(interval=0.02)


def assert_none_left(folder: Path) -> None:
    """Assert that the servers that the tests of a session used end soon."""
    for instance in recorded(folder).instances:
        eventually(lambda instance=instance: not servers(instance), f"{instance} ends")  # type: ignore[misc]


class Session:
    """`pytest *arguments` in a folder, as the leader of a process group, with its output in a file."""

    def __init__(self, folder: Path, *arguments: str) -> None:
        with TemporaryFile() as file:
            self._file = os.dup(file.fileno())
            self.process = subprocess.Popen(
                [sys.executable, "-m", "pytest", *arguments],
                cwd=folder,
                stdout=file,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def end(self) -> str:
        """Wait for the session to end, and return its output."""
        with killed_after_deadline(self.process):
            self.process.wait()
        with open(self._file, "rb") as file:  # noqa: PTH123  # a file without a name
            file.seek(0)
            return file.read().decode()

    def signal(self, number: int, *, group: bool) -> str:
        """Send a signal to the session, or to its group as a terminal does, and return its output when it ends."""
        if group:
            os.killpg(self.process.pid, number)
        else:
            self.process.send_signal(number)
        return self.end()


def outcome(result: pytest.RunResult) -> str:
    """Return the whole output of a session."""
    return "\n".join([*result.outlines, *result.errlines])


SIGNALS = {"SIGINT": signal.SIGINT, "SIGTERM": signal.SIGTERM, "SIGKILL": signal.SIGKILL}
