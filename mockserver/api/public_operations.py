"""Operations of the public documents: method and path, whether this server has them or not."""

from functools import cache
from pathlib import Path


@cache
def public_operations() -> tuple[tuple[str, str], ...]:
    """Return method and path of the 64 operations of the Agents API, then of the two of debug chat (documented)."""
    lines = Path(__file__).with_suffix(".txt").read_text(encoding="utf-8").splitlines()
    return tuple((method, path) for method, _, path in (line.partition(" ") for line in lines))
