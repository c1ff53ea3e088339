"""The log: no secrets, no forged lines, and no waiting for a reader."""

import logging
import os
from types import TracebackType

import pytest

from mockserver.server.logs import REDACTED, LossyHandler, RedactingFormatter

FORMATTER = RedactingFormatter(lambda: {"demo-key", "k", "", "a.key+with*signs"})

_ExcInfo = tuple[type[BaseException], BaseException, TracebackType | None]


def _record(
    message: str, *args: object, level: int = logging.ERROR, exc_info: _ExcInfo | None = None
) -> logging.LogRecord:
    return logging.LogRecord("mockserver.api.pipeline", level, __file__, 1, message, args, exc_info)


def _text(message: str, *args: object) -> str:
    return FORMATTER.format(_record(message, *args)).removeprefix("ERROR: ")


@pytest.mark.parametrize("number", ["+442071234567", "%2B442071234567", "%2b442071234567", "+12025550123"])
@pytest.mark.parametrize("around", ["{}", "/phone-numbers/{}/x", "KeyError: '{}'", '{{"number": "{}"}}', "({})"])
def test_phone_numbers_are_redacted(number: str, around: str) -> None:
    text = _text("%s", around.format(number))
    assert number[-7:] not in text
    assert REDACTED in text


@pytest.mark.parametrize("key", ["demo-key", "k", "a.key+with*signs"])
@pytest.mark.parametrize("around", ["{}", "KeyError: '{}'", "(b'x-api-key', b'{}')", "{}~checkout-42", "key={},"])
def test_known_keys_are_redacted(key: str, around: str) -> None:
    assert _text("%s", around.format(key)) == around.format(REDACTED)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("X-Api-Key: somebody-elses", f"X-Api-Key: {REDACTED}"),
        ("(b'x-api-key', b'somebody-elses')", f"(b'x-api-key', b'{REDACTED}')"),
        ("{'x-api-key': 'somebody-elses'}", f"{{'x-api-key': '{REDACTED}'}}"),
        ("authorization: Bearer somebody-elses", f"authorization: Bearer {REDACTED}"),
    ],
)
def test_unknown_credentials_are_redacted_by_their_header(text: str, expected: str) -> None:
    assert _text("%s", text) == expected


@pytest.mark.parametrize("text", ["demo-keys", "my-demo-key", "+44 1", "conn_abc123", "2026-11-23T10:00:00Z"])
def test_other_text_is_not_redacted(text: str) -> None:
    assert _text("%s", text) == text


def test_control_characters_are_escaped_and_no_line_is_forged() -> None:
    text = _text("%s", "a\x00b\x1b[2Jc\rd\x85e\u2028f\u202eg\x7f\nERROR: forged")
    assert text == "a\\x00b\\x1b[2Jc\\rd\\x85e\\u2028f\\u202eg\\x7f\n    ERROR: forged"


def test_tracebacks_are_redacted_too() -> None:
    with pytest.raises(KeyError) as caught:
        dict[tuple[str, str], str]()["demo-key", "+442071234567"]
    text = FORMATTER.format(_record("failed", exc_info=(caught.type, caught.value, caught.tb)))
    assert "Traceback" in text
    assert f"KeyError: ('{REDACTED}', '+{REDACTED}')" in text


def test_a_log_that_nobody_reads_loses_records() -> None:
    reading, writing = os.pipe()
    handler = LossyHandler(writing)
    for _ in range(100):
        handler.handle(_record("x" * 10_000))
    assert os.read(reading, 1_000_000).startswith(b"x" * 10_000)
    handler.handle(_record("again"))
    assert os.read(reading, 1_000_000) == b"again\n"
    os.close(reading)
    handler.handle(_record("into nothing"))
    os.close(writing)


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="this system has no /dev/full")  # noqa: PTH110
def test_a_full_disk_raises_nothing() -> None:
    with open("/dev/full", "wb", buffering=0) as full:  # noqa: PTH123
        LossyHandler(full.fileno()).handle(_record("x"))
