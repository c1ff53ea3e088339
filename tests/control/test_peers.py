"""Whose process is at the other end of a connection."""

import os
import socket
import sys
from collections.abc import Iterator
from contextlib import suppress

import pytest

from mockserver.control.peers import is_own_user

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="only Linux has the table of connections")


@pytest.fixture(params=["127.0.0.1", "::1"])
def listener(request: pytest.FixtureRequest) -> Iterator[socket.socket]:
    try:
        listener = socket.create_server(
            (request.param, 0), family=socket.AF_INET6 if ":" in request.param else socket.AF_INET
        )
    except OSError:
        pytest.skip("this machine has no such address")
    with listener:
        yield listener


def _scope(connection: socket.socket) -> dict[str, object]:
    return {"client": connection.getpeername()[:2], "server": connection.getsockname()[:2]}


def test_a_process_of_the_same_user_is_known(listener: socket.socket) -> None:
    with socket.create_connection(listener.getsockname()[:2]), listener.accept()[0] as connection:
        assert is_own_user(_scope(connection))


def test_a_process_of_another_user_is_not_known(listener: socket.socket) -> None:
    if os.getuid() != 0:
        pytest.skip("only root can run a process as another user")
    child = os.fork()
    if child == 0:
        os.setuid(65534)
        with suppress(OSError), socket.create_connection(listener.getsockname()[:2]) as connection:
            connection.recv(1)
        os._exit(0)
    listener.settimeout(20)
    with listener.accept()[0] as connection:
        assert not is_own_user(_scope(connection))
    os.waitpid(child, 0)


@pytest.mark.parametrize("user", [0, 65534])
def test_whoever_has_closed_the_connection_is_not_known(listener: socket.socket, user: int) -> None:
    if os.getuid() != 0:
        pytest.skip("only root can run a process as another user")
    child = os.fork()
    if child == 0:
        os.setuid(user)
        with suppress(OSError):
            socket.create_connection(listener.getsockname()[:2]).close()
        os._exit(0)
    os.waitpid(child, 0)
    listener.settimeout(20)
    with listener.accept()[0] as connection:
        assert not is_own_user(_scope(connection))


@pytest.mark.parametrize(
    "scope",
    [
        {},
        {"client": None, "server": ("127.0.0.1", 1)},
        {"client": ("127.0.0.1", 1), "server": ("127.0.0.1", 2)},
        {"client": ("192.0.2.1", 1), "server": ("127.0.0.1", 2)},
    ],
)
def test_a_connection_that_is_not_in_the_table_is_not_known(scope: dict[str, object]) -> None:
    assert not is_own_user(scope)
