"""Log on standard error: redacted, printable and never waited for.

A traceback can contain parts of a request, so E.164 numbers, API keys and tokens are removed from every line. Text from
a user can neither forge a line nor move the cursor.
"""

import logging
import os
import re
import select
from collections.abc import Callable, Iterable
from contextlib import suppress

from mockserver.values.text import printable

REDACTED = "[redacted]"

_NUMBER = re.compile(r"(\+|%2[bB])[1-9][0-9]{6,14}(?![0-9])")
_CREDENTIAL = re.compile(
    r"((?:x-api-key|authorization)['\"]?[\s:,=]+(?:b?['\"])?(?:Bearer\s+)?)[^\s'\",)\]}]+", re.IGNORECASE
)
_MAX_WRITE_BYTES = 4096  # a pipe that is writable takes this much without blocking; POSIX promises 512, Linux 4096

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
        return "\n    ".join(printable(line) for line in text.rstrip("\n").split("\n"))


class LossyHandler(logging.Handler):
    """Handler that writes to a file descriptor, and drops what cannot be written at once."""

    def __init__(self, descriptor: int) -> None:
        super().__init__()
        self._descriptor = descriptor

    def emit(self, record: logging.LogRecord) -> None:
        """Write a record as far as the disk has room, or the pipe a reader."""
        content = f"{self.format(record)}\n".encode("utf-8", errors="backslashreplace")
        with suppress(OSError):
            while content and (os.name != "posix" or select.select([], [self._descriptor], [], 0)[1]):
                content = content[os.write(self._descriptor, content[:_MAX_WRITE_BYTES]) :]


def log_to_standard_error(secrets: Secrets) -> None:
    """Send this process's log to standard error, unless logging has been configured already."""
    handler = LossyHandler(2)
    handler.setFormatter(RedactingFormatter(secrets))
    logging.basicConfig(handlers=[handler], level=logging.WARNING)


def hold_standard_files() -> None:
    """Open those of the descriptors 0, 1 and 2 that were closed before the start, so that no connection gets them.

    libuv aborts the process when it finds a connection with such a number.
    """
    while (descriptor := os.open(os.devnull, os.O_RDWR)) <= 2:
        pass
    os.close(descriptor)
