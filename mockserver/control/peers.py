"""Peer of a connection: whether a process of the server's own user is at its other end (Linux)."""

import os
import socket
import sys
from contextlib import suppress
from pathlib import Path

from starlette.types import Scope

_ESTABLISHED = "01"


def is_own_user(scope: Scope) -> bool:
    """Tell whether a request came from this machine, and from a process of the user that runs the server.

    The kernel's table of connections has the user of each, but root for one that its process has closed, so that a
    closed one does not count. Where there is no such table, nobody is known.
    """
    client, server = scope.get("client"), scope.get("server")
    if not client or not server or not hasattr(os, "getuid"):
        return False
    ends = [_written(*client), _written(*server)]
    with suppress(OSError), Path(f"/proc/net/tcp{'6' if ':' in client[0] else ''}").open(encoding="ascii") as table:
        for row in table:
            columns = row.split()
            if columns[1:4] == [*ends, _ESTABLISHED]:
                return int(columns[7]) == os.getuid()
    return False


def _written(host: str, port: int) -> str:
    """Return an address as the table writes it: words of 32 bits, in the order of bytes that the machine has."""
    packed = socket.inet_pton(socket.AF_INET6 if ":" in host else socket.AF_INET, host)
    words = [int.from_bytes(packed[at : at + 4], sys.byteorder) for at in range(0, len(packed), 4)]
    return f"{''.join(f'{word:08X}' for word in words)}:{port:04X}"
