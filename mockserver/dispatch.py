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
        self._root: _Node[T] = _Node()
        for method, path, target in routes:
            node = self._root
            names = []
            for segment in path.strip("/").split("/"):
                if segment.startswith("{"):
                    names.append(segment[1:-1])
                    node.placeholder = node.placeholder or _Node()
                    node = node.placeholder
                else:
                    node = node.literals.setdefault(segment, _Node())
            assert method not in node.targets, f"{method} {path} is listed twice"
            node.targets[method] = (target, tuple(names))

    def match(self, method: str, raw_path: bytes) -> Match[T] | list[str]:
        """Return the match of a request, or the methods that its path allows: none, where there is no such path."""
        nodes: list[tuple[_Node[T], tuple[str, ...]]] = [(self._root, ())]
        for raw in raw_path.decode("latin-1").removeprefix("/").split("/"):
            following = []
            for node, values in nodes:
                literal = node.literals.get(raw)
                if literal is not None:
                    following.append((literal, values))
                if node.placeholder is not None and raw:
                    value = _decoded(raw)
                    if value is not None:
                        following.append((node.placeholder, (*values, value)))
            if not following:
                return []
            nodes = following
        allowed: list[str] = []
        for node, values in nodes:
            found = node.targets.get(method)
            if found is not None:
                return Match(found[0], dict(zip(found[1], values, strict=True)))
            allowed += node.targets
        return sorted(set(allowed))


class _Node(Generic[T]):
    __slots__ = ("literals", "placeholder", "targets")

    def __init__(self) -> None:
        self.literals: dict[str, _Node[T]] = {}
        self.placeholder: _Node[T] | None = None
        self.targets: dict[str, tuple[T, tuple[str, ...]]] = {}


def _decoded(segment: str) -> str | None:
    """Return a segment without percent-encoding, or None where it is not UTF-8."""
    try:
        return unquote_to_bytes(segment.encode("latin-1")).decode("utf-8")
    except UnicodeDecodeError:
        return None
