"""What the server says on standard error when something goes wrong: redacted, printable, and never in its way.

A traceback can hold what a request held, so phone numbers, API keys and tokens are taken out of every line. Nothing
that a user wrote can forge a line or move the cursor. A log that cannot be written, because its disk is full or its
reader has left or does not read, costs lines and nothing else.
"""

import errno
import logging
import os
import re
import select
import sys
from collections.abc import Callable, Iterable
from contextlib import suppress

REDACTED = "[redacted]"

_NUMBER = re.compile(r"(\+|%2[bB])[1-9][0-9]{6,14}(?![0-9])")
_CREDENTIAL = re.compile(
    r"((?:x-api-key|authorization)['\"]?[\s:,=]+(?:b?['\"])?(?:Bearer\s+)?)[^\s'\",)\]}]+", re.IGNORECASE
)
_AT_ONCE = 4096  # bytes that a pipe takes whole if it takes any; POSIX promises no less than 512, Linux these

logger = logging.getLogger(__name__)

Secrets = Callable[[], Iterable[str]]


class RedactingFormatter(logging.Formatter):
    """Formats a record without phone numbers, keys and control characters; lines after its first are indented.

    `secrets` returns the keys and tokens that are known when it is called, which is for errors only: their tracebacks
    can hold anything.
    """

    def __init__(self, secrets: Secrets) -> None:
        super().__init__("%(levelname)s: %(message)s")
        self._secrets = secrets

    def format(self, record: logging.LogRecord) -> str:
        """Return the text of a record, without a newline at its end."""
        text = _NUMBER.sub(rf"\1{REDACTED}", super().format(record))
        text = _CREDENTIAL.sub(rf"\1{REDACTED}", text)
        asked = self._secrets() if record.levelno >= logging.ERROR else ()
        known = sorted(filter(None, set(asked)), key=len, reverse=True)
        if known:
            text = re.sub(rf"(?<![\w-])(?:{'|'.join(map(re.escape, known))})(?![\w-])", REDACTED, text)
        return "\n    ".join(_printable(line) for line in text.rstrip("\n").split("\n"))


class PatientHandler(logging.Handler):
    """Writes records to a file descriptor if it takes them at once; later says how many it did not take, and why."""

    def __init__(self, descriptor: int) -> None:
        super().__init__()
        self._descriptor = descriptor
        self._lost = 0
        self._why = ""

    def emit(self, record: logging.LogRecord) -> None:
        """Write a record, or count it as lost."""
        text = self.format(record) + "\n"
        if self._lost:
            text = f"{self._lost} records of the log were lost: {self._why}\n{text}"
        try:
            self._write(text.encode("utf-8", errors="backslashreplace"))
        except OSError as error:
            self._lost += 1
            self._why = error.strerror or "unknown"
        else:
            self._lost = 0

    def _write(self, content: bytes) -> None:
        while content:
            if os.name == "posix" and not _takes(self._descriptor):
                raise BlockingIOError(errno.EAGAIN, "nobody reads it")
            content = content[os.write(self._descriptor, content[:_AT_ONCE]) :]


def log_to_standard_error(secrets: Secrets) -> None:
    """Have all that this process logs go to standard error, unless somebody has arranged for it to go elsewhere."""
    handler: logging.Handler = logging.NullHandler()
    with suppress(AttributeError, OSError):  # closed before the start, when its number may be another file's by now
        handler = PatientHandler(sys.stderr.fileno())
        handler.setFormatter(RedactingFormatter(secrets))
    logging.basicConfig(handlers=[handler], level=logging.WARNING)


def hold_standard_files() -> None:
    """Open those of the first three descriptors that were closed before the start, so that no connection gets them.

    libuv takes a connection with such a number for a defect of its own, and aborts.
    """
    for descriptor in range(3):
        try:
            os.fstat(descriptor)
        except OSError:
            os.open(os.devnull, os.O_RDWR)  # which takes the lowest number that is free


def give_up_standard_output(error: OSError) -> None:
    """Log that standard output cannot be written, and have nothing fail of what is still written to it."""
    logger.warning("standard output cannot be written: %s", error.strerror)
    with open(os.devnull, "wb") as nowhere:  # noqa: PTH123  # a descriptor is what counts
        os.dup2(nowhere.fileno(), sys.stdout.fileno())


def _takes(descriptor: int) -> bool:
    poll = select.poll()
    poll.register(descriptor, select.POLLOUT)
    return bool(poll.poll(0))


def _printable(line: str) -> str:
    return "".join(
        character if character.isprintable() else character.encode("unicode_escape").decode("ascii")
        for character in line
    )
