"""Ids by the world's own mint, so that the same seed and the same requests give the same ids on any machine.

Every kind of id is a stream of its own: how many correlation ids were minted has no influence on the next call SID.
"""

from hashlib import blake2b


class Mint:
    """A deterministic source of ids; `seed` chooses the streams."""

    __slots__ = ("_counts", "_key")

    def __init__(self, seed: str = "") -> None:
        self._key = blake2b(seed.encode(), digest_size=32).digest()
        self._counts: dict[str, int] = {}

    def uuid4(self, stream: str) -> str:
        """Return the next id of `stream` in the form of a version 4 UUID."""
        digits = self.hexadecimal(stream, 32)
        variant = "89ab"[int(digits[16], 16) & 3]
        return f"{digits[:8]}-{digits[8:12]}-4{digits[13:16]}-{variant}{digits[17:20]}-{digits[20:]}"

    def hexadecimal(self, stream: str, length: int) -> str:
        """Return the next `length` hexadecimal digits of `stream` (1 to 64)."""
        count = self._counts[stream] = self._counts.get(stream, 0) + 1
        return blake2b(f"{stream}:{count}".encode(), key=self._key, digest_size=32).hexdigest()[:length]
