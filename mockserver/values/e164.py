"""Phone numbers in E.164 form.

Deliberately wider than real numbering plans: clients' own test data holds numbers that no carrier would assign.
"""

from mockserver.values.kinds import Pattern

E164 = Pattern(
    r"\+[1-9][0-9]{6,14}", "phone number", "E.164 form: + and 7 to 15 digits, such as +442079460100", plain=True
)


def is_e164(text: str) -> bool:
    """Tell whether `text` is `+` and 7 to 15 digits, the first not 0 (assumed: nobody documents the check)."""
    return E164.matches(text) is not None


def to_e164(text: str, country_code: str | None = None) -> str | None:
    """Return `text` in E.164 form, read as a number of `country_code` (ISO 3166-1 alpha-2) if it has none; else None.

    An unknown country code gives None, even where the number would not need it.
    """
    if country_code is None:
        return text if is_e164(text) else None

    import phonenumbers  # costs more than the rest of the server's start, and few calls need it

    if country_code not in phonenumbers.SUPPORTED_REGIONS:
        return None
    if is_e164(text):
        return text
    try:
        parsed = phonenumbers.parse(text, country_code)
    except phonenumbers.NumberParseException:
        return None
    number = phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164)
    return number if is_e164(number) else None
