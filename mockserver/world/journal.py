"""What a world was asked, and what came of it: a bounded ring, apart from the data.

An entry holds what was on the wire as it was; making it readable is left to whoever reads it.
"""

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from mockserver.state.state import ChangeKind

MAX_BODY_BYTES = 16 * 1024
MAX_TEXT = 2 * 1024
MAX_UNKNOWN_FIELDS = 20
MAX_OUTLIVED = 100

_NOWHERE = frozenset({"NOT_FOUND", "METHOD_NOT_ALLOWED", "NOT_IMPLEMENTED"})


class Changed(NamedTuple):
    """Which record a request changed, and how; its contents are the state's affair, and would be kept too long here."""

    table: str
    key: str
    kind: ChangeKind


@dataclass(slots=True)
class Entry:
    """One request. `status` None means that no status was sent; the API key is never part of an entry."""

    at: datetime
    method: str
    path: str
    number: int = 0
    operation: str | None = None
    status: int | None = None
    error_code: str | None = None
    correlation_id: str = ""
    duration_ms: float = 0.0
    request_body: bytes = b""
    request_bytes: int = 0
    response_body: bytes = b""
    response_bytes: int = 0
    changes: tuple[Changed, ...] = ()
    faults: tuple[str, ...] = ()
    unknown_fields: tuple[str, ...] = ()
    nearest: str | None = None
    traceback: str | None = None

    @property
    def unexpected(self) -> bool:
        """Whether no client should ask this: for what does not exist, or for what the server failed at."""
        nowhere = self.operation is None and self.error_code in _NOWHERE
        return nowhere or bool(self.unknown_fields) or self.traceback is not None


class Journal:
    """The last `size` requests of a world, oldest first, and before them the last unexpected ones of those older.

    What a client should not have asked is not forgotten because much was asked afterwards.
    """

    __slots__ = ("_entries", "_outlived", "_total")

    def __init__(self, size: int) -> None:
        self._entries: deque[Entry] = deque(maxlen=size)
        self._outlived: list[Entry] = []  # in most worlds there are none, and an empty deque is large
        self._total = 0

    def __iter__(self) -> Iterator[Entry]:
        yield from self._outlived
        yield from self._entries

    def __len__(self) -> int:
        return len(self._outlived) + len(self._entries)

    @property
    def evicted(self) -> int:
        """How many entries have been dropped to make room."""
        return self._total - len(self)

    def add(self, entry: Entry) -> None:
        """Append an entry, numbered from 1, with bodies and texts cut to what a journal keeps."""
        self._total += 1
        entry.number = self._total
        entry.request_bytes = len(entry.request_body)
        entry.response_bytes = len(entry.response_body)
        if max(len(entry.path), len(entry.correlation_id)) > MAX_TEXT:
            entry.path = entry.path[:MAX_TEXT]
            entry.correlation_id = entry.correlation_id[:MAX_TEXT]
        if max(entry.request_bytes, entry.response_bytes) > MAX_BODY_BYTES:
            entry.request_body = entry.request_body[:MAX_BODY_BYTES]
            entry.response_body = entry.response_body[:MAX_BODY_BYTES]
        if len(self._entries) == self._entries.maxlen and self._entries[0].unexpected:
            self._outlived = [*self._outlived, self._entries[0]][-MAX_OUTLIVED:]
        self._entries.append(entry)

    def clear(self) -> None:
        """Forget everything, and count from 1 again."""
        self._entries.clear()
        self._outlived.clear()
        self._total = 0
