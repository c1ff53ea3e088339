"""Voice names and the language in their prefix."""

import re

DEFAULT_VOICE = "en-US-Neural2-A"

VOICE_PATTERN = r"^[a-z]{2,3}-([A-Z]{2}|[0-9]{3})-[^\n]+$"

_VOICE = re.compile(r"([a-z]{2,3}-(?:[A-Z]{2}|[0-9]{3}))-.+")


def language_of(voice_name: str) -> str:
    """Return the language code that a voice name starts with (documented), or "" where it has none."""
    match = _VOICE.fullmatch(voice_name)
    return match[1] if match else ""
