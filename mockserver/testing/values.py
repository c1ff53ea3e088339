"""Values that more than one resource has: JSON objects, times, phone numbers and environments."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Literal, NewType, get_args

from hypothesis import strategies as st

JsonObject = Mapping[str, Any]

# A whole seed as plain data; what may stand in one is open, as each resource adds its own records.
World = NewType("World", dict[str, Any])

E164 = NewType("E164", str)
NotE164 = NewType("NotE164", str)

ClientEnv = Literal["sandbox", "pre-release", "live"]
CLIENT_ENVS: tuple[ClientEnv, ...] = get_args(ClientEnv)

client_envs: st.SearchStrategy[ClientEnv] = st.sampled_from(("live", *CLIENT_ENVS))

STOPPED = {"frozenAt": "2026-07-02T10:00:00Z"}

# When what a seed has was created, unless the seed says otherwise.
BIRTH = "2026-01-01T00:00:00Z"

_FULL_WIDTH = {ord(digit): ord(digit) + 0xFEE0 for digit in "0123456789"}


def milliseconds(moment: str) -> str:
    """Return a moment as the API shows it: in UTC, with milliseconds."""
    return datetime.fromisoformat(moment).astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def is_phone_number(text: object) -> bool:
    """Tell whether a text is `+` and 7 to 15 digits, the first not 0: in the model's opinion, not the server's."""
    digits = str(text)[1:]
    return (
        str(text)[:1] == "+" and digits.isascii() and digits.isdigit() and 7 <= len(digits) <= 15 and digits[0] != "0"
    )


def phone_numbers() -> st.SearchStrategy[E164]:
    """Return phone numbers in E.164 form: `+` and 7 to 15 digits, the first not 0."""
    return st.integers(10**6, 10**15 - 1).map(lambda digits: E164(f"+{digits}"))


def invalid_phone_numbers() -> st.SearchStrategy[NotE164]:
    """Return malformed phone numbers: too short, too long, without `+`, with spaces or other digits, or any text."""
    good = phone_numbers()
    return st.one_of(
        st.just(""),
        good.map(lambda number: number[1:]),
        st.integers(1, 10**6 - 1).map("+{}".format),
        st.integers(10**15, 10**20).map("+{}".format),
        good.map(lambda number: f"+0{number[2:]}"),
        good.map(lambda number: f"{number[:4]} {number[4:]}"),
        good.map(lambda number: f"{number}\n"),
        good.map(lambda number: number.translate(_FULL_WIDTH)),
        st.text(st.characters(codec="utf-8", exclude_characters="+"), max_size=12),
    ).map(NotE164)


FRESH_NUMBERS = tuple(f"+44207946010{digit}" for digit in range(6))
