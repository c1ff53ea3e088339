"""Allowed hosts: the names that this server answers to, so that no web page reaches it by DNS rebinding."""

from collections.abc import Iterable

from mockserver.errors import ApiError, Err

LOOPBACK = frozenset({"localhost", "127.0.0.1", "[::1]"})
ANY = "*"


class Hosts:
    """Allowed names for the Host header, whatever the port: loopback's, and those that were added."""

    def __init__(self, added: Iterable[str] = ()) -> None:
        names = {name.lower() for name in added}
        self._any = ANY in names
        self._names = LOOPBACK | {f"[{name}]" if ":" in name and not name.startswith("[") else name for name in names}
        self._seen: set[bytes] = set()

    def check(self, header: bytes | None) -> None:
        """Raise MOCK_FORBIDDEN unless a Host header names this server."""
        if header in self._seen or self._any:
            return
        if header is None or _name_in(header) not in self._names:
            shown = ascii((header or b"").decode("latin-1"))
            message = f"the host {shown} is not one of this server's names; --allowed-host adds one"
            raise ApiError(Err.MOCK_FORBIDDEN, message)
        if len(self._seen) < 1_000 and len(header) < 300:
            self._seen.add(header)


def _name_in(header: bytes) -> str:
    """Return the name in a Host header, without its port."""
    host = header.decode("latin-1").lower()
    name, separator, port = host.rpartition(":")
    return name if separator and port.isdecimal() and (host.startswith("[") or ":" not in name) else host
