"""Request journal: a bounded ring of entries per world.

An entry keeps bodies as they were on the wire; making them readable is left to whoever reads the journal.
"""

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from mockserver.state.state import ChangeKind

MAX_BODY_BYTES = 16 * 1024
MAX_TEXT = 2 * 1024
MAX_KEPT_NEAR_MISSES = 100

_NO_OPERATION = frozenset({"NOT_FOUND", "METHOD_NOT_ALLOWED", "NOT_IMPLEMENTED"})


class Changed(NamedTuple):
    """Which record a request changed, and how; what is in the record is left to the state."""

    table: str
    key: str
    kind: ChangeKind


class UnknownField(NamedTuple):
    """A field or query parameter that the operation does not have: where it is, its name, and the names that exist."""

    where: str
    name: str
    known: tuple[str, ...]
    in_query: bool = False


@dataclass(slots=True)
class Entry:
    """One request. `status` None means that no status was sent; the API key is never part of an entry.

    `why` are the reasons of a refusal.
    """

    at: datetime
    method: str
    path: str
    number: int = 0
    operation: str | None = None
    status: int | None = None
    error_code: str | None = None
    why: tuple[str, ...] = ()
    correlation_id: str = ""
    duration_ms: float = 0.0
    request_body: bytes = b""
    request_bytes: int = 0
    request_media_type: str = ""
    response_body: bytes = b""
    response_bytes: int = 0
    response_media_type: str = ""
    changes: tuple[Changed, ...] = ()
    faults: tuple[str, ...] = ()
    unknown_fields: tuple[UnknownField, ...] = ()
    traceback: str | None = None

    @property
    def unknown_route(self) -> bool:
        """Whether no operation has the request's method and path."""
        return self.operation is None and self.error_code in _NO_OPERATION

    @property
    def unexpected(self) -> bool:
        """Whether this request is a near miss (an unknown route or field) or a failure of the server."""
        return bool(self.unknown_fields) or self.traceback is not None or self.unknown_route


class Journal:
    """The last `size` requests of a world, oldest first, after the last unexpected ones of those that were evicted.

    A near miss is not forgotten because many requests came after it.
    """

    __slots__ = ("_entries", "_kept_near_misses", "_total")

    def __init__(self, size: int) -> None:
        self._entries: deque[Entry] = deque(maxlen=size)
        self._kept_near_misses: list[Entry] = []  # empty in most worlds, and an empty deque is large
        self._total = 0

    def __iter__(self) -> Iterator[Entry]:
        yield from self._kept_near_misses
        yield from self._entries

    def __len__(self) -> int:
        return len(self._kept_near_misses) + len(self._entries)

    @property
    def evicted(self) -> int:
        """How many entries have been dropped to make room."""
        return self._total - len(self)

    def add(self, entry: Entry) -> None:
        """Append an entry, numbered from 1, with its bodies and texts cut to what a journal keeps."""
        self._total += 1
        entry.number = self._total
        entry.request_bytes = len(entry.request_body)
        entry.response_bytes = len(entry.response_body)
        if len(entry.path) > MAX_TEXT or len(entry.correlation_id) > MAX_TEXT:
            entry.path = entry.path[:MAX_TEXT]
            entry.correlation_id = entry.correlation_id[:MAX_TEXT]
        if entry.request_bytes > MAX_BODY_BYTES or entry.response_bytes > MAX_BODY_BYTES:
            entry.request_body = entry.request_body[:MAX_BODY_BYTES]
            entry.response_body = entry.response_body[:MAX_BODY_BYTES]
        if len(self._entries) == self._entries.maxlen and self._entries[0].unexpected:
            self._kept_near_misses = [*self._kept_near_misses, self._entries[0]][-MAX_KEPT_NEAR_MISSES:]
        self._entries.append(entry)

    def clear(self) -> None:
        """Remove all entries, and number from 1 again."""
        self._entries.clear()
        self._kept_near_misses.clear()
        self._total = 0
