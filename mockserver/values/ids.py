"""Id generator: the same seed and the same requests give the same ids on any machine.

Every kind of id is a stream of its own, so the number of correlation ids does not influence the next call SID.
"""

from collections.abc import Mapping
from functools import lru_cache
from hashlib import blake2b
from string import ascii_uppercase, digits

_ALPHANUMERIC = ascii_uppercase + digits


@lru_cache(1_000)
def _beginning(stream: str) -> str:
    return blake2b(stream.encode(), digest_size=4).hexdigest()


class Mint:
    """A deterministic source of ids; `counts` says how many of each stream have been minted already."""

    __slots__ = ("counts",)

    def __init__(self, counts: Mapping[str, int] | None = None) -> None:
        self.counts = dict(counts or {})

    def fork(self) -> "Mint":
        """Return an independent mint that goes on from here."""
        return Mint(self.counts)

    def serial(self, stream: str) -> str:
        """Return the next id of `stream` as a version 4 UUID that shows its number, and differs from other streams'."""
        count = self.counts[stream] = self.counts.get(stream, 0) + 1
        return f"{_beginning(stream)}-0000-4000-8000-{count:012d}"

    def uuid4(self, stream: str) -> str:
        """Return the next id of `stream` in the form of a version 4 UUID."""
        text = self.hexadecimal(stream, 32)
        variant = "89ab"[int(text[16], 16) & 3]
        return f"{text[:8]}-{text[8:12]}-4{text[13:16]}-{variant}{text[17:20]}-{text[20:]}"

    def hexadecimal(self, stream: str, length: int) -> str:
        """Return the next `length` hexadecimal digits of `stream` (1 to 64)."""
        count = self.counts[stream] = self.counts.get(stream, 0) + 1
        return blake2b(f"{stream}:{count}".encode(), digest_size=32).hexdigest()[:length]

    def alphanumeric(self, stream: str, length: int) -> str:
        """Return the next `length` capital letters and digits of `stream` (1 to 32)."""
        number = int(self.hexadecimal(stream, 64), 16)
        base = len(_ALPHANUMERIC)
        return "".join(_ALPHANUMERIC[number // base**place % base] for place in range(length))
