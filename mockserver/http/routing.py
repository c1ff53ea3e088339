"""Route table: paths with placeholders, as a tree of their segments.

The order of routes does not matter: a literal segment wins over a placeholder, which gets the request only where the
literal route lacks the method. Segments are split before they are decoded, so an encoded slash is part of an id and
`+` is a plus sign.
"""

from collections.abc import Iterable
from typing import Generic, TypeVar
from urllib.parse import unquote_to_bytes

from mockserver.errors import ApiError, Err, method_not_allowed

T = TypeVar("T")


class _Node(Generic[T]):
    """Where some segments lead: on by the next one, and to a target, with its placeholders, for each method."""

    __slots__ = ("literals", "placeholder", "targets")

    def __init__(self) -> None:
        self.literals: dict[str, _Node[T]] = {}
        self.placeholder: _Node[T] | None = None
        self.targets: dict[str, tuple[T, list[tuple[str, int]]]] = {}

    def find(self, method: str, segments: list[str], depth: int = 0) -> tuple[T, list[tuple[str, int]]] | None:
        """Return the target that segments from `depth` on lead to, or None."""
        if depth == len(segments):
            return self.targets.get(method)
        segment, found = segments[depth], None
        if segment in self.literals:
            found = self.literals[segment].find(method, segments, depth + 1)
        if found is None and segment and self.placeholder is not None:
            found = self.placeholder.find(method, segments, depth + 1)
        return found


class RouteTable(Generic[T]):
    """Targets by method and path."""

    def __init__(self, routes: Iterable[tuple[str, str, T]]) -> None:
        self._root: _Node[T] = _Node()
        self._methods: set[str] = set()
        for method, path, target in routes:
            node, placeholders = self._root, []
            for index, segment in enumerate(path.split("/")):
                if segment.startswith("{"):
                    placeholders.append((segment[1:-1], index))
                    node.placeholder = node.placeholder or _Node()
                    node = node.placeholder
                else:
                    node = node.literals.setdefault(segment, _Node())
            assert method not in node.targets, f"{method} {path} is listed twice"
            node.targets[method] = (target, placeholders)
            self._methods.add(method)

    def match(self, method: str, raw_path: bytes) -> tuple[T, dict[str, str]]:
        """Return the target and the path parameters of a request; raises NOT_FOUND and METHOD_NOT_ALLOWED."""
        segments = raw_path.decode("latin-1").split("/")
        found = self._root.find(method, segments)
        if found is None:
            allowed = sorted(it for it in self._methods if self._root.find(it, segments) is not None)
            raise method_not_allowed(allowed) if allowed else ApiError(Err.NOT_FOUND)
        target, placeholders = found
        return target, {name: _decoded(segments[index]) for name, index in placeholders}


def _decoded(segment: str) -> str:
    """Return a segment without percent-encoding; raises NOT_FOUND where it is not UTF-8."""
    if "%" not in segment and segment.isascii():
        return segment
    try:
        return unquote_to_bytes(segment.encode("latin-1")).decode("utf-8")
    except UnicodeDecodeError:
        raise ApiError(Err.NOT_FOUND) from None
