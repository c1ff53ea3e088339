"""A peer made ready: what it takes to start one, and why one may be missing."""

import importlib.util
from collections.abc import Callable
from dataclasses import dataclass

from benchmarks.exchanges import Request
from benchmarks.measurements import FailedError


class MissingError(FailedError):
    """A peer is not installed, or has no comparable call; the text says which."""


def _nothing(_port: int) -> None:
    return


@dataclass(frozen=True, slots=True)
class Prepared:
    """A peer that can be started: its command for a port, what to ask it, and what it has to be told first.

    `first` is what it answers well as soon as it is up, before it was told anything.
    """

    command: Callable[[int], list[str]]
    requests: tuple[Request, ...]
    first: Request
    set_up: Callable[[int], None] = _nothing


def needs(module: str) -> None:
    """Raise MissingError for a Python module that is not installed."""
    if importlib.util.find_spec(module) is None:
        raise MissingError(f"{module} is not installed; the extra `bench` has it")
