"""Voice names: the language in their prefix, and the probe that a new voice has to pass."""

import re

DEFAULT_VOICE = "en-US-Neural2-A"

_VOICE = re.compile(r"([a-z]{2,3}-(?:[A-Z]{2}|[0-9]{3}))-.+")


def language_of(voice_name: str) -> str:
    """Return the language code that a voice name starts with (documented), or "" where it has none."""
    match = _VOICE.fullmatch(voice_name)
    return match[1] if match else ""


def passes_probe(voice_name: str, rejected: frozenset[str]) -> bool:
    """Tell whether the voice can be used: any name with a language prefix that the seed does not reject (assumed).

    The service asks its speech provider, whose list of voices is open; so is this.
    """
    return voice_name not in rejected and language_of(voice_name) != ""
