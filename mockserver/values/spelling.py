"""Spelling suggestions."""

from collections.abc import Iterable


def nearest_of(word: str, known: Iterable[str]) -> str | None:
    """Return the known word that `word` resembles most, or None where none comes near."""
    from difflib import get_close_matches  # only mistakes need it

    return next(iter(get_close_matches(word[:200], list(known), n=1)), None)
