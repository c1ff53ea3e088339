"""Allowed hosts: the names that this server answers to, so that no web page reaches it by DNS rebinding."""

import ipaddress
import re
from collections.abc import Iterable

from starlette.types import Scope

from mockserver.errors import ApiError, Err
from mockserver.values.text import quoted

LOOPBACK = ("localhost", "127.0.0.1", "[::1]")
ANY = "*"
_NAME = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9._-]{0,252}")


class Hosts:
    """Allowed names for the Host header, whatever the port: loopback's, and those that were added.

    Raises ValueError for a name that no Host header can have.
    """

    def __init__(self, added: Iterable[str] = ()) -> None:
        names = [*LOOPBACK, *map(host_name, added)]
        self._any = ANY in names
        self._matches = re.compile(
            rf"(?:{'|'.join(map(re.escape, names))})(?::[0-9]+)?".encode(), re.IGNORECASE
        ).fullmatch

    def check(self, scope: Scope, *, required: bool = True) -> None:
        """Raise MOCK_FORBIDDEN unless the Host header of a request names this server.

        Where it is not `required`, a health check of HTTP/1.0 may leave it out, on loopback; no browser does.
        """
        given = [value for name, value in scope["headers"] if name == b"host"]
        if self._any or (len(given) == 1 and self._matches(given[0])):
            return
        left_out = not given and not required and scope["http_version"] == "1.0"
        if left_out and is_loopback((scope.get("client") or ("",))[0]):
            return
        shown = " and ".join(ascii(value.decode("latin-1")) for value in given) or "''"
        message = f"the host {shown} is not one of this server's names; --allowed-host adds one"
        raise ApiError(Err.MOCK_FORBIDDEN, message)


def host_name(name: str) -> str:
    """Return a name as a Host header has it, without a port; raises ValueError for one that it cannot have."""
    if name == ANY or _NAME.fullmatch(name):
        return name
    try:
        return f"[{ipaddress.IPv6Address(name.removeprefix('[').removesuffix(']'))}]"
    except ValueError:
        expected = "expected a host name or an address without a port, such as mock.test, or * for any"
        raise ValueError(f"{quoted(name)} can never match a Host header; {expected}") from None


def is_loopback(host: str) -> bool:
    """Tell whether a host is this machine's own, for itself alone."""
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
