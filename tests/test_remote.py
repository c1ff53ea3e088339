"""The commands that talk to a server, when no polyai-mockserver answers: each fails with one line."""

import socket
from collections.abc import Callable, Iterator
from threading import Thread

import pytest
from click.testing import CliRunner, Result

from mockserver.command.main import main

COMMANDS = ("state", "diff", "requests", "reset", "faults", "clock")

Answering = Callable[[bytes], str]


@pytest.fixture
def answering() -> Iterator[Answering]:
    """Answer the next request with given bytes, at the URL that is returned."""
    started: list[Thread] = []
    listeners: list[socket.socket] = []

    def answer_one(listener: socket.socket, answer: bytes) -> None:
        connection, _ = listener.accept()
        with connection:
            connection.recv(65536)
            connection.sendall(answer)

    def answering(answer: bytes) -> str:
        listeners.append(socket.create_server(("127.0.0.1", 0)))
        started.append(Thread(target=answer_one, args=(listeners[-1], answer)))
        started[-1].start()
        return f"http://127.0.0.1:{listeners[-1].getsockname()[1]}"

    yield answering
    for thread in started:
        thread.join()
    for listener in listeners:
        listener.close()


def _failure(*arguments: str) -> str:
    """Run a command that must fail with one line, and return the line."""
    result: Result = CliRunner().invoke(main, arguments)
    assert (result.exit_code, result.stdout) == (1, "")
    assert isinstance(result.exception, SystemExit)
    line, end = result.stderr[:-1], result.stderr[-1:]
    assert (end, line.count("\n")) == ("\n", 0)
    assert line.startswith("Error: ")
    return line.removeprefix("Error: ")


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize(
    ("url", "line"),
    [
        ("http://127.0.0.1:1", "no server answers at http://127.0.0.1:1: Connection refused"),
        ("http://127.0.0.1:x", "http://127.0.0.1:x is not a valid server URL"),
        ("http://a..b", "no server answers at http://a..b: "),
        ("http://[::1", "http://[::1 is not a valid server URL"),
        ("http://local host", "no server answers at http://local host: "),
        ("localhost:8750", "localhost:8750 is not a valid server URL; expected for example http://127.0.0.1:8750"),
        ("file:///etc", "file:///etc is not a valid server URL"),
    ],
)
def test_a_url_without_a_server_fails_with_a_line(command: str, url: str, line: str) -> None:
    assert _failure(command, "--url", url).startswith(line)


@pytest.mark.parametrize(
    ("answer", "line"),
    [
        (b"", "no server answers at "),
        (b"SSH-2.0-OpenSSH_9.6\r\n", "no server answers at "),
        (b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{", "no server answers at "),
        (b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}", "is not a polyai-mockserver"),
        (b"HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\n<\xff\r\n", "is not a polyai-mockserver"),
        (b"HTTP/1.1 302 Go\r\nlocation: http://127.0.0.1:1\r\ncontent-length: 0\r\n\r\n", "is not a polyai-mockserver"),
        (b"HTTP/1.1 404 No\r\ncontent-length: 4\r\n\r\nnone", "is not a polyai-mockserver"),
        (b"HTTP/1.1 500 No\r\ncontent-length: 2\r\n\r\n[]", "is not a polyai-mockserver"),
        (
            b'HTTP/1.1 500 No\r\nx-polyai-correlation-id: 1\r\ncontent-length: 23\r\n\r\n{"error":"a\\nb\\u001bc"}',
            r"500: a\nb\x1bc",
        ),
    ],
    ids=["nothing", "not HTTP", "half", "JSON", "not JSON", "redirect", "not found", "a list", "control characters"],
)
def test_another_server_fails_with_a_line(answering: Answering, answer: bytes, line: str) -> None:
    assert line in _failure("diff", "--url", answering(answer))


@pytest.mark.parametrize("token", ["two\nlines", "a\x1bb", "\udc80"])
def test_a_token_that_no_header_can_hold_fails_with_a_line_that_does_not_show_it(token: str) -> None:
    assert _failure("diff", "--control-token", token) == "the control token must be one line of printable text"


def test_an_empty_world_name_fails_with_a_line() -> None:
    assert _failure("diff", "--world", "") == "world name must not be empty"
