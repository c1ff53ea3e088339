"""Watch over the worlds of a test: those that are open during it, whatever their scope, and those that it closed."""

from contextlib import suppress
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from conftest_plugin.world import MockWorld

_MAX_CLOSED = 3


class Watch:
    """The worlds of the running test.

    `drops` says that worlds are deleted from the server once they are closed and no test has failed in them.
    """

    def __init__(self, *, drops: bool) -> None:
        self._drops = drops
        self._open: list[MockWorld] = []
        self._closed: list[MockWorld] = []
        self._left: list[MockWorld] = []
        self._error: BaseException | None = None

    def opened(self, world: "MockWorld") -> None:
        """Add a world."""
        self._open.append(world)

    def closed(self, world: "MockWorld") -> None:
        """Keep a world for the report of the running test alone."""
        if world in self._open:
            self._open.remove(world)
            self._closed.append(world)

    def left(self, world: "MockWorld", error: BaseException) -> None:
        """Remember that an error has left the block of a world, and forget the worlds that earlier errors have left."""
        if error is not self._error:
            self._error, self._left = error, []
        self._left.append(world)

    def begin(self) -> None:
        """Begin a test: what the open worlds have seen so far is not this test's."""
        for world in self._open:
            world.begin()

    def check(self, *, again: bool = False) -> None:
        """Fail the test for unexpected requests to any open world, and to closed ones that could not be asked before.

        With `again`, a world that cannot be asked fails the test as well.
        """
        worlds = [*(world for world in self._closed if world.unchecked), *self._open]
        texts = [text for world in worlds for text in [world.complaint(again=again)] if text]
        if texts:
            pytest.fail("\n".join(texts), pytrace=False)

    @property
    def unchecked(self) -> bool:
        """Whether a world could not be asked for unexpected requests."""
        return any(world.unchecked for world in [*self._closed, *self._open])

    @property
    def long_lived(self) -> bool:
        """Whether a world is open at the end of a test."""
        return bool(self._open)

    def of_test(self) -> list["MockWorld"]:
        """Return the worlds to report: the open ones, and those that the test's error or, without one, that it left."""
        left = self._left or self._closed[-_MAX_CLOSED:]
        return [*self._open, *(world for world in left if world not in self._open)]

    def end(self, *, failed: bool) -> None:
        """End a test."""
        for world in [*self._open, *self._closed]:
            world.failed = world.failed or failed
        for world in self._closed:
            if self._drops and world.fresh and not world.failed:
                with suppress(Exception):
                    world.call("DELETE", "")
        self._closed, self._left, self._error = [], [], None
