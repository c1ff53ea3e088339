"""Request journal: a ring of entries per world, bounded in entries and in bytes.

An entry keeps bodies as they were on the wire; making them readable is left to whoever reads the journal.
"""

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from heapq import merge
from typing import NamedTuple

from mockserver.errors import Reason
from mockserver.state.state import ChangeKind

MAX_BODY_BYTES = 16 * 1024
MAX_TEXT = 2 * 1024
MAX_KEPT_NEAR_MISSES = 100
MAX_CHANGES = 300
MAX_KEYLESS = 100

_ENTRY_BYTES = 1024  # of an entry without its texts, and of a change: rounded up
_CHANGE_BYTES = 128

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

    `why` are the reasons of a refusal; `more_changes` counts the changes that a journal does not keep.
    """

    at: datetime
    method: str
    path: str
    number: int = 0
    operation: str | None = None
    status: int | None = None
    error_code: str | None = None
    why: tuple[Reason, ...] = ()
    correlation_id: str = ""
    duration_ms: float = 0.0
    request_body: bytes = b""
    request_bytes: int = 0
    request_media_type: str = ""
    response_body: bytes = b""
    response_bytes: int = 0
    response_media_type: str = ""
    changes: tuple[Changed, ...] = ()
    more_changes: int = 0
    faults: tuple[str, ...] = ()
    unknown_fields: tuple[UnknownField, ...] = ()
    traceback: str | None = None

    @property
    def bytes(self) -> int:
        """About how much memory the entry takes."""
        texts = (self.request_body, self.response_body, self.path, self.correlation_id, self.traceback or "")
        fields = sum(len(unknown.where) + len(unknown.name) for unknown in self.unknown_fields)
        return _ENTRY_BYTES + sum(map(len, texts)) + fields + _CHANGE_BYTES * len(self.changes)

    @property
    def unknown_route(self) -> bool:
        """Whether no operation has the request's method and path."""
        return self.operation is None and self.error_code in _NO_OPERATION

    @property
    def unexpected(self) -> bool:
        """Whether this request is a near miss (an unknown route or field) or a failure of the server."""
        return bool(self.unknown_fields) or self.traceback is not None or self.unknown_route


class Journal:
    """The last requests of a world, oldest first, after the last unexpected ones of those that were evicted.

    There are at most `size` of them, and the oldest give way if they take more than `max_bytes`; the last one always
    stays. A near miss is not forgotten because many requests came after it; such entries may take half as much again.
    Requests without a good key have a ring of their own, so that they evict no client's.
    """

    __slots__ = ("_bytes", "_entries", "_kept_bytes", "_kept_near_misses", "_keyless", "_max_bytes", "_size", "_total")

    def __init__(self, size: int, max_bytes: int) -> None:
        self._size, self._max_bytes = size, max_bytes
        self.clear()

    def __iter__(self) -> Iterator[Entry]:
        return merge(self._kept_near_misses, self._entries, self._keyless, key=lambda entry: entry.number)

    def __len__(self) -> int:
        return len(self._kept_near_misses) + len(self._entries) + len(self._keyless)

    @property
    def evicted(self) -> int:
        """How many entries have been dropped to make room."""
        return self._total - len(self)

    def add(self, entry: Entry) -> None:
        """Append an entry, numbered from 1, with its bodies, texts and changes cut to what a journal keeps."""
        self._number(entry)
        self._entries.append(entry)
        self._bytes += entry.bytes
        while len(self._entries) > 1 and (len(self._entries) > self._size or self._bytes > self._max_bytes):
            self._evict()

    def add_keyless(self, entry: Entry) -> None:
        """Append an entry without a good key, in place of the oldest of its kind if there are many."""
        self._number(entry)
        self._keyless.append(entry)
        del self._keyless[:-MAX_KEYLESS]

    def clear(self) -> None:
        """Remove all entries, and number from 1 again."""
        self._entries: deque[Entry] = deque()
        self._kept_near_misses: list[Entry] = []  # empty in most worlds, and an empty deque is large
        self._keyless: list[Entry] = []
        self._bytes = self._kept_bytes = self._total = 0

    def _number(self, entry: Entry) -> None:
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
        if len(entry.changes) > MAX_CHANGES:
            entry.more_changes = len(entry.changes) - MAX_CHANGES
            entry.changes = entry.changes[:MAX_CHANGES]

    def _evict(self) -> None:
        oldest = self._entries.popleft()
        self._bytes -= oldest.bytes
        if oldest.unexpected:
            self._kept_near_misses.append(oldest)
            self._kept_bytes += oldest.bytes
            while len(self._kept_near_misses) > MAX_KEPT_NEAR_MISSES or self._kept_bytes > self._max_bytes // 2:
                self._kept_bytes -= self._kept_near_misses.pop(0).bytes
