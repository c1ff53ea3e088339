"""Log on standard error: redacted, printable and non-blocking.

A traceback can contain parts of a request, so E.164 numbers, API keys and tokens are removed from every line. Text from
a user can neither forge a line nor move the cursor. Where the log cannot be written, because the disk is full or nobody
reads the pipe, records are lost and the server goes on.
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
_MAX_WRITE_BYTES = 4096  # a pipe that is writable takes this much without blocking; POSIX promises 512, Linux 4096

logger = logging.getLogger(__name__)

Secrets = Callable[[], Iterable[str]]


class RedactingFormatter(logging.Formatter):
    """Formatter that removes E.164 numbers, credentials and control characters, and indents all lines but the first.

    `secrets` returns the keys and tokens that exist when it is called. It is called for errors only, because their
    tracebacks can contain any of them.
    """

    def __init__(self, secrets: Secrets) -> None:
        super().__init__("%(levelname)s: %(message)s")
        self._secrets = secrets

    def format(self, record: logging.LogRecord) -> str:
        """Return the text of a record, without a newline at its end."""
        text = _NUMBER.sub(rf"\1{REDACTED}", super().format(record))
        text = _CREDENTIAL.sub(rf"\1{REDACTED}", text)
        secrets = self._secrets() if record.levelno >= logging.ERROR else ()
        longest_first = sorted(filter(None, set(secrets)), key=len, reverse=True)
        if longest_first:
            text = re.sub(rf"(?<![\w-])(?:{'|'.join(map(re.escape, longest_first))})(?![\w-])", REDACTED, text)
        return "\n    ".join(_printable(line) for line in text.rstrip("\n").split("\n"))


class NonBlockingHandler(logging.Handler):
    """Handler that writes to a file descriptor without blocking, and later says how many records were lost, and why."""

    def __init__(self, descriptor: int) -> None:
        super().__init__()
        self._descriptor = descriptor
        self._lost = 0
        self._reason = ""

    def emit(self, record: logging.LogRecord) -> None:
        """Write a record, or count it as lost."""
        text = self.format(record) + "\n"
        if self._lost:
            text = f"{self._lost} records of the log were lost: {self._reason}\n{text}"
        try:
            self._write(text.encode("utf-8", errors="backslashreplace"))
        except OSError as error:
            self._lost += 1
            self._reason = error.strerror or "unknown"
        else:
            self._lost = 0

    def _write(self, content: bytes) -> None:
        while content:
            if os.name == "posix" and not _is_writable(self._descriptor):
                raise BlockingIOError(errno.EAGAIN, "nobody reads it")
            content = content[os.write(self._descriptor, content[:_MAX_WRITE_BYTES]) :]


def log_to_standard_error(secrets: Secrets) -> None:
    """Send this process's log to standard error, unless logging has been configured already."""
    handler: logging.Handler = logging.NullHandler()
    with suppress(AttributeError, OSError):  # standard error was closed before the start
        handler = NonBlockingHandler(sys.stderr.fileno())
        handler.setFormatter(RedactingFormatter(secrets))
    logging.basicConfig(handlers=[handler], level=logging.WARNING)


def hold_standard_files() -> None:
    """Open those of the descriptors 0, 1 and 2 that were closed before the start, so that no connection gets them.

    libuv aborts the process when it finds a connection with such a number.
    """
    for descriptor in range(3):
        try:
            os.fstat(descriptor)
        except OSError:
            os.open(os.devnull, os.O_RDWR)  # opens the lowest number that is free


def give_up_standard_output(error: OSError) -> None:
    """Log that standard output cannot be written, and discard what is written to it from now on."""
    logger.warning("standard output cannot be written: %s", error.strerror)
    with open(os.devnull, "wb") as null:  # noqa: PTH123  # only the descriptor is needed
        os.dup2(null.fileno(), sys.stdout.fileno())


def _is_writable(descriptor: int) -> bool:
    poll = select.poll()
    poll.register(descriptor, select.POLLOUT)
    return bool(poll.poll(0))


def _printable(line: str) -> str:
    return "".join(
        character if character.isprintable() else character.encode("unicode_escape").decode("ascii")
        for character in line
    )
