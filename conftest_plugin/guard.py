"""Audit hook that refuses to look up or to connect to some hosts, by whatever name a function was bound earlier.

Python calls audit hooks from its own C code, so also for functions that replacing an attribute does not reach. A hook
cannot be removed: one is installed on first use, and does nothing while no host is refused.
"""

import os
import sys
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from typing import Any

from conftest_plugin.address import NO_SOCKET_HOST

_NO_SOCKET = (
    f"{NO_SOCKET_HOST} stands for the mock in mode asgi, which has no address that can be reached; use "
    "polyai_mock.client or async_client(), or --polyai-mock-mode=thread or process"
)

# By host, the reasons to refuse it: one for each interception that is active.
_refused: dict[str, list[str]] = {}


class RefusedError(ConnectionError):
    """A connection, look-up or process was refused; the text says why and what to do."""


@contextmanager
def refused(hosts: Collection[str], reason: str) -> Iterator[None]:
    """Refuse hosts for a `with` block; processes whose command names one are refused as well."""
    install()
    for host in hosts:
        _refused.setdefault(host, []).append(reason)
    try:
        yield
    finally:
        for host in hosts:
            _refused[host].pop()
            if not _refused[host]:
                del _refused[host]


@cache
def install() -> None:
    """Install the hook; from then on, the host that stands for mode asgi is refused."""
    sys.addaudithook(_check)


def host_name(host: object) -> str:
    """Return a host as it is looked up: in lower case, without the final dot; empty if it is not a name."""
    if isinstance(host, bytes | bytearray):
        host = host.decode("ascii", errors="replace")
    if not isinstance(host, str):
        return ""
    if not host.isascii():
        try:
            host = host.encode("idna").decode("ascii")
        except UnicodeError:
            return ""
    return host.rstrip(".").lower()


def _address(arguments: tuple[Any, ...]) -> Iterator[object]:
    address = arguments[1]
    if isinstance(address, tuple) and address:
        yield address[0]


def _name(arguments: tuple[Any, ...]) -> Iterator[object]:
    if host_name(arguments[0])[-1:].isalpha():  # to look an address up reaches nobody
        yield arguments[0]


# By event, the hosts among its arguments.
_HOSTS: Mapping[str, Callable[[tuple[Any, ...]], Iterator[object]]] = {
    "socket.getaddrinfo": _name,
    "socket.gethostbyname": _name,
    "socket.gethostbyaddr": _name,
    "socket.connect": _address,
    "socket.sendto": _address,
    "socket.sendmsg": _address,
}

# By event, the position of the command among its arguments.
_COMMANDS: Mapping[str, int] = {
    "os.exec": 1,
    "os.posix_spawn": 1,
    "os.spawn": 2,
    "os.system": 0,
    "subprocess.Popen": 1,
}


def _check(event: str, arguments: tuple[Any, ...]) -> None:
    if event in _HOSTS:
        for host in map(host_name, _HOSTS[event](arguments)):
            if host == NO_SOCKET_HOST:
                raise RefusedError(_NO_SOCKET)
            if host in _refused:
                raise RefusedError(f"{_refused[host][-1]}: {event} of {host}")
    elif _refused and event in _COMMANDS:
        command = arguments[_COMMANDS[event]]
        for word in [command] if isinstance(command, str | bytes | os.PathLike) else command:
            for host, reasons in _refused.items():
                if host in os.fsdecode(word).lower():
                    raise RefusedError(f"{reasons[-1]}: a process, which it does not reach, for {host}")
