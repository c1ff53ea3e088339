"""Where one request ends and the next begins, and whom it is for: what two readers must not see in two ways.

The parser is strict, and these checks do not lean on it: a request that one reader could take for two, or for a request
to another host, is refused by its headers alone, however lenient the parser may be.
"""

import re

import httptools

MAX_TARGET_BYTES = 8 * 1024  # the longest target that the API has is a few ids
MAX_HEADERS = 200
MAX_HEADER_BYTES = 32 * 1024

FRAMING_HEADERS = frozenset({b"host", b"content-length", b"transfer-encoding"})
_NOT_IN_TRAILERS = FRAMING_HEADERS | {b"connection", b"proxy-connection"}  # the last as the parser takes it

Header = tuple[bytes, bytes]

_HOST_IN_TARGET = re.compile(rb"[A-Za-z][A-Za-z0-9+.-]*://([^/?#]*)")
_LENGTH = re.compile(rb"[0-9]{1,18}")


def header_bytes(headers: list[Header]) -> int:
    """Return the size of headers on the wire."""
    return sum(len(name) + len(value) + 4 for name, value in headers)


def host_in(target: bytes) -> bytes | None:
    """Return the host and port of a target in absolute form, as proxies get it, or None for any other target."""
    found = _HOST_IN_TARGET.match(target)
    return found[1] if found else None


def framing_mistake(version: str, target: bytes, framing: list[Header]) -> str | None:
    """Return what is wrong with a request's framing, or None.

    `framing` are those of its headers that `FRAMING_HEADERS` has; `version` is 1.1 for HTTP/1.1.
    """
    if version == "1.1" and len(framing) == 1 and framing[0][0] == b"host" and target[:1] == b"/":
        return None  # as nearly all requests are
    if version not in ("1.0", "1.1"):
        return "only HTTP/1.0 and HTTP/1.1 are spoken"
    hosts = [value for name, value in framing if name == b"host"]
    lengths = [value for name, value in framing if name == b"content-length"]
    codings = [value for name, value in framing if name == b"transfer-encoding"]
    if len(hosts) > 1:
        return "more than one Host header"
    if not hosts and version == "1.1":
        return "no Host header"
    if not target.startswith(b"/") and target != b"*":
        named = host_in(target)
        if named is None or not _is_url_with_path(target):
            return "the target is neither a path nor a URL with a path"
        if hosts and hosts[0].lower() != named.lower():
            return "the target names another host than the Host header"
    if lengths and codings:
        return "both Content-Length and Transfer-Encoding"
    if len(lengths) > 1:
        return "more than one Content-Length header"
    if lengths and not _LENGTH.fullmatch(lengths[0]):
        return "the Content-Length is not a number"
    if codings and (version == "1.0" or [value.lower() for value in codings] != [b"chunked"]):
        return "the only Transfer-Encoding is chunked, in HTTP/1.1"
    return None


def trailer_mistake(trailers: list[Header]) -> str | None:
    """Return what is wrong with the headers that came after a body in chunks, or None.

    The parser obeys some of them, when the request has been begun without them.
    """
    misplaced = next((name for name, _ in trailers if name in _NOT_IN_TRAILERS), None)
    return f"a {misplaced.decode().title()} header in a trailer" if misplaced else None


def _is_url_with_path(target: bytes) -> bool:
    try:
        return httptools.parse_url(target).path is not None
    except httptools.HttpParserInvalidURLError:
        return False
