"""Allowed hosts: the names that this server answers to, so that no web page reaches it by DNS rebinding."""

import re
from collections.abc import Iterable

from mockserver.errors import ApiError, Err

LOOPBACK = ("localhost", "127.0.0.1", "[::1]")
ANY = "*"


class Hosts:
    """Allowed names for the Host header, whatever the port: loopback's, and those that were added."""

    def __init__(self, added: Iterable[str] = ()) -> None:
        names = [*LOOPBACK, *added]
        bracketed = [f"[{name}]" if ":" in name and not name.startswith("[") else name for name in names]
        self._any = ANY in names
        self._matches = re.compile(
            rf"(?:{'|'.join(map(re.escape, bracketed))})(?::[0-9]+)?".encode(), re.IGNORECASE
        ).fullmatch

    def check(self, header: bytes | None) -> None:
        """Raise MOCK_FORBIDDEN unless a Host header names this server."""
        if not self._any and not self._matches(header or b""):
            shown = ascii((header or b"").decode("latin-1"))
            message = f"the host {shown} is not one of this server's names; --allowed-host adds one"
            raise ApiError(Err.MOCK_FORBIDDEN, message)
