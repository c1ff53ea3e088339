"""The client of the control plane over a socket: a connection for each thread, for as long as the thread lasts."""

import threading
from collections.abc import Iterator
from contextlib import closing
from urllib.parse import urlsplit

import psutil  # type: ignore[import-untyped]
import pytest

from conftest_plugin.control import HttpControl
from conftest_plugin.options import MockSettings
from conftest_plugin.sessions import running_server
from conftest_plugin.worlds import MockServer
from tests.live.process import DEADLINE
from tests.plugin.sessions import eventually


@pytest.fixture(scope="module")
def server(pytestconfig: pytest.Config) -> Iterator[MockServer]:
    with running_server(pytestconfig, MockSettings(mode="thread")) as server:
        yield server


@pytest.fixture
def control(server: MockServer) -> Iterator[HttpControl]:
    server.control.close()  # so that all connections to the server are those of a test
    with closing(HttpControl(server.base_url, None)) as control:
        yield control


def opened(server: MockServer) -> int:
    """Return how many connections to a server this process has."""
    port = urlsplit(server.base_url).port
    return [each.raddr.port for each in psutil.Process().net_connections() if each.raddr].count(port)


class Caller(threading.Thread):
    """A thread that makes a call, and then stays until it is let go."""

    def __init__(self, control: HttpControl) -> None:
        super().__init__(daemon=True)
        self._control = control
        self._called, self._may_end = threading.Event(), threading.Event()
        self.start()
        assert self._called.wait(DEADLINE)

    def run(self) -> None:
        self._control.call("GET", "/health")
        self._called.set()
        self._may_end.wait(DEADLINE)

    def end(self) -> None:
        self._may_end.set()
        self.join(DEADLINE)


def test_the_connection_of_a_thread_ends_with_it(server: MockServer, control: HttpControl) -> None:
    control.call("GET", "/health")
    callers = [Caller(control) for _ in range(20)]
    assert opened(server) == 21
    for caller in callers:
        caller.end()
    eventually(lambda: opened(server) == 1, "the others are closed")
    control.call("GET", "/health")
    assert opened(server) == 1


def test_closing_closes_the_connections_of_all_threads(server: MockServer, control: HttpControl) -> None:
    callers = [Caller(control) for _ in range(20)]
    callers.pop().end()
    control.close()
    assert opened(server) == 0
    for caller in callers:
        caller.end()


def test_a_connection_that_was_closed_opens_again(server: MockServer, control: HttpControl) -> None:
    for _ in range(2):
        control.call("GET", "/health")
        assert opened(server) == 1
        control.close()
        assert opened(server) == 0


def test_short_threads_of_a_test_leave_no_connection_and_no_warning(project: pytest.Pytester) -> None:
    project.makepyfile("""
    import threading
    from urllib.parse import urlsplit

    import psutil

    def test_threads(polyai_mock):
        port = urlsplit(polyai_mock.base_url).port
        for _ in range(20):
            thread = threading.Thread(target=polyai_mock.state)
            thread.start()
            thread.join()
        opened = [each for each in psutil.Process().net_connections() if each.raddr and each.raddr.port == port]
        assert len(opened) <= 2
    """)
    project.runpytest_subprocess("-W", "error", "--polyai-mock-mode=thread").assert_outcomes(passed=1)
