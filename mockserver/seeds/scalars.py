"""The kinds of text, number and truth value in a seed, each with what is checked and how a mistake is worded.

Text may stand for a truth value or a number, because YAML scalars arrive as the text that was written.
"""

import math
import re
from typing import Annotated, TypeAlias

from pydantic import BeforeValidator, Field, JsonValue

from mockserver.seeds.build import moment
from mockserver.values.clock import FIRST_YEAR, LAST_YEAR, parse_moment
from mockserver.values.e164 import is_e164

# As far as a clock comes that was frozen at the end of time, or at its beginning, and then resumed.
MIN_AHEAD, MAX_AHEAD = -5_000_000_000, (LAST_YEAR - FIRST_YEAR + 1) * 366 * 86_400
MAX_SECONDS = 86_400

_ID = r"^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$"
_KEY = r"^[!-}]{1,200}$"
_CALL_SID = r"^OUT-[0-9a-f-]{36}$"
_E164 = r"^\+[1-9][0-9]{6,14}$"


def _phone_number(value: JsonValue) -> JsonValue:
    if not isinstance(value, str) or not is_e164(value):
        raise ValueError("is not a phone number in E.164 form: + and 7 to 15 digits, such as +442079460100")
    return value


def _text(value: JsonValue) -> JsonValue:
    if not isinstance(value, str):
        raise ValueError("stands where text is expected")  # noqa: TRY004  # pydantic collects no other error
    try:
        value.encode("utf-8")
    except UnicodeEncodeError:
        raise ValueError("has a character that UTF-8 cannot hold") from None
    return value


def _flag(value: JsonValue) -> JsonValue:
    if isinstance(value, bool):
        return value
    if value in ("true", "false"):
        return value == "true"
    raise ValueError("is neither true nor false")


def _seconds(value: JsonValue) -> JsonValue:
    try:
        seconds = -1.0 if isinstance(value, bool | list | dict | None) else float(value)
    except (ValueError, OverflowError):
        seconds = -1.0
    if not 0 <= seconds <= MAX_SECONDS:
        raise ValueError(f"is not a number of seconds from 0 to {MAX_SECONDS}")
    return seconds


def _ahead(value: JsonValue) -> JsonValue:
    try:
        seconds = math.nan if isinstance(value, bool | list | dict | None) else float(value)
    except (ValueError, OverflowError):
        seconds = math.nan
    if not MIN_AHEAD <= seconds <= MAX_AHEAD:
        raise ValueError(f"is not a number of seconds from {MIN_AHEAD:,} to {MAX_AHEAD:,}")
    return seconds


def _count(value: JsonValue) -> JsonValue:
    text = str(value)
    if isinstance(value, bool | float) or not re.fullmatch(r"[0-9]{1,12}", text):
        raise ValueError("is not a count of 0 or more")
    return int(text)


def _time(value: JsonValue) -> JsonValue:
    try:
        moment(value if isinstance(value, str) else "")
    except ValueError:
        raise ValueError("is not a time with a zone, such as 2026-07-02T10:00:00Z") from None
    return value


def _moment(value: JsonValue) -> JsonValue:
    try:
        parse_moment(value if isinstance(value, str) else "")
    except ValueError:
        raise ValueError(
            f"is not a time with a zone, such as 2026-07-02T10:00:00Z, from {FIRST_YEAR} to {LAST_YEAR}"
        ) from None
    return value


def _name(value: JsonValue) -> JsonValue:
    if not isinstance(value, str) or not re.fullmatch(_ID, value):
        raise ValueError("is not an id: 1 to 100 letters, digits, '.', '_' and '-', a letter or digit first")
    return value


def _call_sid(value: JsonValue) -> JsonValue:
    if not isinstance(value, str) or not re.fullmatch(_CALL_SID, value):
        raise ValueError("is not a call SID: OUT- and a UUID in lower case")
    return value


def _api_key(value: JsonValue) -> JsonValue:
    if isinstance(value, str) and "~" in value:
        raise ValueError("has a '~' in it, which separates a key from the name of a private world")
    if not isinstance(value, str) or not re.fullmatch(_KEY, value):
        raise ValueError("is not an API key: 1 to 200 visible ASCII characters without '~'")
    return value


# For each kind of text: what an editor checks by the JSON Schema, then what is checked here, in better words.
E164: TypeAlias = Annotated[str, Field(pattern=_E164), BeforeValidator(_phone_number)]
Id: TypeAlias = Annotated[str, Field(pattern=_ID), BeforeValidator(_name)]
Key: TypeAlias = Annotated[str, Field(pattern=_KEY), BeforeValidator(_api_key)]
CallSid: TypeAlias = Annotated[str, Field(pattern=_CALL_SID), BeforeValidator(_call_sid)]
Time: TypeAlias = Annotated[str, Field(json_schema_extra={"format": "date-time"}), BeforeValidator(_time)]
Moment: TypeAlias = Annotated[str, Field(json_schema_extra={"format": "date-time"}), BeforeValidator(_moment)]
Seconds: TypeAlias = Annotated[float, Field(ge=0, le=MAX_SECONDS), BeforeValidator(_seconds)]
Ahead: TypeAlias = Annotated[float, Field(ge=MIN_AHEAD, le=MAX_AHEAD), BeforeValidator(_ahead)]
Count: TypeAlias = Annotated[int, Field(ge=0), BeforeValidator(_count)]
Text: TypeAlias = Annotated[str, BeforeValidator(_text)]
Flag: TypeAlias = Annotated[bool, BeforeValidator(_flag)]
