"""Voice names and the language in their prefix."""

import re
from functools import lru_cache

DEFAULT_VOICE = "en-US-Neural2-A"

VOICE_PATTERN = r"^[a-z]{2,3}-([A-Z]{2}|[0-9]{3})-[^\n]+$"


@lru_cache(1_000)
def language_of(voice_name: str) -> str:
    """Return the language code that a voice name starts with (documented), or "" where it has none."""
    return "-".join(voice_name.split("-")[:2]) if re.fullmatch(VOICE_PATTERN, voice_name) else ""
