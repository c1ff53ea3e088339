"""Route table: paths with placeholders, compiled once into a tree.

The order of routes does not matter: a literal segment wins over a placeholder, which gets the request only where the
literal route lacks the method. Segments are split before they are decoded, so an encoded slash is part of an id and
`+` is a plus sign.
"""

from collections.abc import Iterable
from typing import Generic, NamedTuple, TypeVar
from urllib.parse import unquote_to_bytes

from mockserver.errors import ApiError, Err, method_not_allowed

T = TypeVar("T")


class RouteTable(Generic[T]):
    """Targets by method and path."""

    def __init__(self, routes: Iterable[tuple[str, str, T]]) -> None:
        split = [_Route(method, tuple(path.split("/")), target) for method, path, target in routes]
        split.sort(key=lambda route: [_is_placeholder(segment) for segment in route.segments])
        places = {
            (route.method, *("{}" if _is_placeholder(name) else name for name in route.segments)) for route in split
        }
        assert len(places) == len(split), "a route is listed twice"
        self._root = _compiled(split, 0)

    def match(self, method: str, raw_path: bytes) -> tuple[T, dict[str, str]]:
        """Return the target and the path parameters of a request; raises NOT_FOUND and METHOD_NOT_ALLOWED."""
        segments = raw_path.decode("latin-1").split("/")
        node = self._root
        for segment in segments:
            following = node.literals.get(segment) or (node.placeholder if segment else None)
            if following is None:
                raise ApiError(Err.NOT_FOUND)
            node = following
        found = node.ends.get(method)
        if found is None:
            raise method_not_allowed(sorted(node.ends)) if node.ends else ApiError(Err.NOT_FOUND)
        target, placeholders = found
        return target, {name: _decoded(segments[index]) for name, index in placeholders}


class _Route(NamedTuple, Generic[T]):
    """One route as it was listed."""

    method: str
    segments: tuple[str, ...]
    target: T


class _Node(Generic[T]):
    """Where the segments read so far have led: on by the next segment, or to an end for each method.

    A literal that a placeholder would accept too leads on to the routes of both.
    """

    __slots__ = ("ends", "literals", "placeholder")

    def __init__(self) -> None:
        self.literals: dict[str, _Node[T]] = {}
        self.placeholder: _Node[T] | None = None
        self.ends: dict[str, tuple[T, list[tuple[str, int]]]] = {}


def _compiled(routes: list[_Route[T]], depth: int) -> _Node[T]:
    """Return the node that routes, the more literal ones first, share after `depth` segments."""
    node: _Node[T] = _Node()
    for route in routes:
        if len(route.segments) == depth and route.method not in node.ends:
            names = [(name[1:-1], index) for index, name in enumerate(route.segments) if _is_placeholder(name)]
            node.ends[route.method] = (route.target, names)
    longer = [route for route in routes if len(route.segments) > depth]
    open_routes = [route for route in longer if _is_placeholder(route.segments[depth])]
    if open_routes:
        node.placeholder = _compiled(open_routes, depth + 1)
    for literal in {route.segments[depth] for route in longer} - {route.segments[depth] for route in open_routes}:
        node.literals[literal] = _compiled(
            [route for route in longer if route.segments[depth] == literal or route in open_routes], depth + 1
        )
    return node


def _is_placeholder(segment: str) -> bool:
    return segment.startswith("{")


def _decoded(segment: str) -> str:
    """Return a segment without percent-encoding; raises NOT_FOUND where it is not UTF-8."""
    if "%" not in segment and segment.isascii():
        return segment
    try:
        return unquote_to_bytes(segment.encode("latin-1")).decode("utf-8")
    except UnicodeDecodeError:
        raise ApiError(Err.NOT_FOUND) from None
