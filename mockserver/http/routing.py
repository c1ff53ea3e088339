"""The route table, compiled once: literal segments by look-up, then placeholders.

Order cannot matter, so `connectors/{connectorId}` never swallows `connectors/batch`; and only where a literal route
lacks the method does the placeholder get the request. Segments are split before they are decoded, so that an encoded
slash is part of an id and `+` is a plus sign.
"""

from collections.abc import Iterable
from typing import Generic, NamedTuple, TypeVar
from urllib.parse import unquote_to_bytes

T = TypeVar("T")


class Match(NamedTuple, Generic[T]):
    """A route's target and its path parameters by name."""

    target: T
    path: dict[str, str]


class RouteTable(Generic[T]):
    """Targets by method and path."""

    def __init__(self, routes: Iterable[tuple[str, str, T]]) -> None:
        ways = [_Way(method, tuple(path.split("/")), target) for method, path, target in routes]
        ways.sort(key=lambda way: [_is_placeholder(segment) for segment in way.segments])
        places = {(way.method, *("{}" if _is_placeholder(name) else name for name in way.segments)) for way in ways}
        assert len(places) == len(ways), "a route is listed twice"
        self._root = _compiled(ways, 0)

    def match(self, method: str, raw_path: bytes) -> Match[T] | list[str]:
        """Return the match of a request, or the methods that its path allows: none, where there is no such path."""
        segments = raw_path.decode("latin-1").split("/")
        node = self._root
        for segment in segments:
            following = node.literals.get(segment) or (node.placeholder if segment else None)
            if following is None:
                return []
            node = following
        found = node.ends.get(method)
        if found is None:
            return sorted(node.ends)
        target, placeholders = found
        path = {}
        for name, index in placeholders:
            value = _decoded(segments[index])
            if value is None:
                return []
            path[name] = value
        return Match(target, path)


class _Way(NamedTuple, Generic[T]):
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


def _compiled(ways: list[_Way[T]], depth: int) -> _Node[T]:
    """Return the node that routes, the more literal ones first, share after `depth` segments."""
    node: _Node[T] = _Node()
    for way in ways:
        if len(way.segments) == depth and way.method not in node.ends:
            names = [(name[1:-1], index) for index, name in enumerate(way.segments) if _is_placeholder(name)]
            node.ends[way.method] = (way.target, names)
    longer = [way for way in ways if len(way.segments) > depth]
    open_ways = [way for way in longer if _is_placeholder(way.segments[depth])]
    if open_ways:
        node.placeholder = _compiled(open_ways, depth + 1)
    for literal in {way.segments[depth] for way in longer} - {way.segments[depth] for way in open_ways}:
        node.literals[literal] = _compiled(
            [way for way in longer if way.segments[depth] == literal or way in open_ways], depth + 1
        )
    return node


def _is_placeholder(segment: str) -> bool:
    return segment.startswith("{")


def _decoded(segment: str) -> str | None:
    """Return a segment without percent-encoding, or None where it is not UTF-8."""
    if "%" not in segment and segment.isascii():
        return segment
    try:
        return unquote_to_bytes(segment.encode("latin-1")).decode("utf-8")
    except UnicodeDecodeError:
        return None
