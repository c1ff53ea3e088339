"""Which core does what: servers on one, the load generator on another, where the system allows it."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Cores:
    """The cores of servers and of this process; None where nothing can be pinned, for which `why` has the reason."""

    server: int | None
    client: int | None
    why: str = ""

    @contextmanager
    def starting_server(self) -> Iterator[None]:
        """Have processes that are started within run on the servers' core."""
        if self.server is None or self.client is None:
            yield
            return
        os.sched_setaffinity(0, {self.server})
        try:
            yield
        finally:
            os.sched_setaffinity(0, {self.client})

    @contextmanager
    def all(self) -> Iterator[None]:
        """Have processes that are started within run on both cores."""
        if self.server is None or self.client is None:
            yield
            return
        os.sched_setaffinity(0, {self.server, self.client})
        try:
            yield
        finally:
            os.sched_setaffinity(0, {self.client})


def choose() -> Cores:
    """Pin this process to a core of its own, and return which is whose."""
    if not hasattr(os, "sched_setaffinity"):
        return Cores(None, None, "this system has no sched_setaffinity")
    allowed = sorted(os.sched_getaffinity(0))
    if len(allowed) < 2:
        return Cores(None, None, "there is only one core")
    os.sched_setaffinity(0, {allowed[1]})
    return Cores(allowed[0], allowed[1])
