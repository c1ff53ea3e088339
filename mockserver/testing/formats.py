"""What a text has to look like to be a phone number, or to name a voice: in the model's opinion, not the server's."""

import re


def is_phone_number(text: str) -> bool:
    """Tell whether a text is `+` and 7 to 15 digits, the first not 0."""
    digits = text[1:]
    return text[:1] == "+" and digits.isascii() and digits.isdigit() and 7 <= len(digits) <= 15 and digits[0] != "0"


def language_of(voice: str) -> str:
    """Return the language that a voice's name begins with, or ""."""
    parts = voice.split("-", 2)
    language = "-".join(parts[:2])
    known = re.fullmatch(r"[a-z]{2,3}-([A-Z]{2}|[0-9]{3})", language)
    return language if known and len(parts) == 3 and parts[2] else ""
