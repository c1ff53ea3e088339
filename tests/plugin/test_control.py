"""The client of the control plane over a socket: one connection per thread, closed when the thread ends."""

import threading
from collections.abc import Callable, Iterator
from contextlib import closing
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

import psutil
import pytest

from conftest_plugin.options import MockSettings
from conftest_plugin.sessions import running_server
from conftest_plugin.worlds import MockServer
from mockserver.control.client import CORRELATION_ID, ControlClient
from tests.live.process import DEADLINE
from tests.plugin.sessions import eventually


@pytest.fixture(scope="module")
def server(pytestconfig: pytest.Config) -> Iterator[MockServer]:
    with running_server(pytestconfig, MockSettings(mode="thread", control_token="token")) as server:
        yield server


@pytest.fixture
def control(server: MockServer) -> Iterator[ControlClient]:
    server.control.close()  # so that only the test has connections to the server
    with closing(ControlClient(server.base_url, "token")) as control:
        yield control


def opened(server: MockServer) -> int:
    """Return the number of connections from this process to a server."""
    port = urlsplit(server.base_url).port
    return sum(each.raddr[1:] == (port,) for each in psutil.Process().net_connections())


class Caller(threading.Thread):
    """A thread that makes a call, and then runs until `end`."""

    def __init__(self, control: ControlClient) -> None:
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


def test_the_connection_of_a_thread_ends_with_it(server: MockServer, control: ControlClient) -> None:
    control.call("GET", "/health")
    callers = [Caller(control) for _ in range(20)]
    assert opened(server) == 21
    for caller in callers:
        caller.end()
    eventually(lambda: opened(server) == 1, "the others are closed")
    control.call("GET", "/health")
    assert opened(server) == 1


def test_closing_closes_the_connections_of_all_threads(server: MockServer, control: ControlClient) -> None:
    callers = [Caller(control) for _ in range(20)]
    callers.pop().end()
    control.close()
    assert opened(server) == 0
    for caller in callers:
        caller.end()


def test_a_connection_that_was_closed_opens_again(server: MockServer, control: ControlClient) -> None:
    for _ in range(2):
        control.call("GET", "/health")
        assert opened(server) == 1
        control.close()
        assert opened(server) == 0


class Closing(BaseHTTPRequestHandler):
    """A server that answers the first request of a connection, if at all, and then closes it unannounced."""

    protocol_version = "HTTP/1.1"
    requests: list[tuple[str, str | None]]
    answers: bool

    def do_POST(self) -> None:
        self.requests.append((self.path, self.headers["authorization"]))
        if self.answers:
            self.send_response(200)
            self.send_header(CORRELATION_ID, "1")
            self.send_header("content-length", "2")
            self.end_headers()
            self.wfile.write(b"{}")
        self.close_connection = True

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        """Print nothing."""


Closes = Callable[..., tuple[str, list[tuple[str, str | None]]]]


@pytest.fixture
def closes() -> Iterator[Closes]:
    """Start a server that closes connections; return its URL and the requests that it gets."""
    servers: list[ThreadingHTTPServer] = []

    def closes(*, answers: bool) -> tuple[str, list[tuple[str, str | None]]]:
        requests: list[tuple[str, str | None]] = []
        handler = type("Handler", (Closing,), {"requests": requests, "answers": answers})
        servers.append(ThreadingHTTPServer(("127.0.0.1", 0), handler))
        threading.Thread(target=servers[-1].serve_forever, daemon=True).start()
        return f"http://127.0.0.1:{servers[-1].server_port}/behind/a/proxy/", requests

    yield closes
    for server in servers:
        server.shutdown()
        server.server_close()


def test_a_call_on_a_connection_that_the_server_has_closed_is_sent_again(closes: Closes) -> None:
    url, requests = closes(answers=True)
    with closing(ControlClient(url, "s3crét")) as control:
        assert [control.call("POST", "/worlds") for _ in range(3)] == [{}, {}, {}]
    assert requests == [("/behind/a/proxy/_mock/worlds", "Bearer s3cr\xc3\xa9t")] * 3


def test_a_call_on_a_new_connection_is_never_sent_twice(closes: Closes) -> None:
    url, requests = closes(answers=False)
    with closing(ControlClient(url)) as control, pytest.raises(ConnectionResetError):
        control.call("POST", "/worlds")
    assert requests == [("/behind/a/proxy/_mock/worlds", None)]


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
