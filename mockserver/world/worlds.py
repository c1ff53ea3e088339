"""Worlds: a state together with its own journal, faults, clock and ids, forked from a seed at its first use."""

import logging
import re
from collections import OrderedDict
from collections.abc import Iterator

from mockserver.errors import ApiError, Err
from mockserver.state.state import State
from mockserver.values.ids import Mint
from mockserver.world.faults import Faults
from mockserver.world.journal import Journal

DEFAULT = "default"
MAX_SNAPSHOTS = 100

_NAME = re.compile(r"(?!\.{1,2}$)[A-Za-z0-9._-]{1,80}")

logger = logging.getLogger(__name__)


class World:
    """One isolated instance of the fake.

    `state` began as a fork of `seed`; `mint` makes what is no part of the state, such as correlation ids.
    """

    __slots__ = (
        "_journal_size",
        "_own_seed",
        "clock",
        "faults",
        "journal",
        "mint",
        "name",
        "seed",
        "snapshots",
        "state",
    )

    def __init__(self, name: str, seed: State, journal_size: int) -> None:
        self.name = name
        self._own_seed = seed
        self._journal_size = journal_size
        self.reset()

    def reset(self, seed: State | None = None) -> None:
        """Begin anew in everything, from the world's own seed or this once from another."""
        self.seed = seed or self._own_seed
        self.state = self.seed.fork()
        self.mint = Mint()
        self.clock = self.seed.rules.clock.start()
        self.journal = Journal(self._journal_size)
        self.faults = Faults()
        self.snapshots: dict[str, State] = {}

    def replace_state(self, state: State) -> None:
        """Go on with another state, and with the clock that it comes with; the seed stays what it was."""
        self.state = state.fork()
        self.clock = state.rules.clock.start()

    def change_state(self, state: State) -> None:
        """Take over the records and rules of another state, as changes of the present one, and the clock with them."""
        self.state.take_over(state)
        self.state.commit()
        self.clock = state.rules.clock.start()

    def take_snapshot(self, name: str) -> None:
        """Mark the present state under a name, in place of an earlier mark."""
        self.snapshots[name] = self.state.fork()

    def restore_snapshot(self, name: str) -> None:
        """Return to a mark, which stays; raises KeyError for an unknown one."""
        self.state = self.snapshots[name].fork()


class Worlds:
    """All worlds of a server, by name; `default`, that of plain keys, is always there and not counted."""

    def __init__(
        self, seed: State, *, max_worlds: int = 10_000, drop_oldest: bool = False, journal_size: int = 1_000
    ) -> None:
        self.seed = seed
        self.mint = Mint()
        self.max_worlds = max_worlds
        self.dropped = 0
        self._drop_oldest = drop_oldest
        self._journal_size = journal_size
        self.default = World(DEFAULT, seed, journal_size)
        self._worlds: OrderedDict[str, World] = OrderedDict({DEFAULT: self.default})

    def __iter__(self) -> Iterator[World]:
        return iter(self._worlds.values())

    def __len__(self) -> int:
        return len(self._worlds)

    def get(self, name: str) -> World | None:
        """Return the world of a name, if it exists, without using it."""
        return self._worlds.get(name)

    def use(self, name: str) -> World:
        """Return the world of a name, made from the server's seed if it does not exist; raises as `make` does."""
        world = self._worlds.get(name)
        if world is None:
            return self.make(name, self.seed)
        if self._drop_oldest:
            self._worlds.move_to_end(name)
        return world

    def make(self, name: str, seed: State) -> World:
        """Make a world; raises MOCK_CONFLICT for a name that is taken and MOCK_WORLDS_EXHAUSTED at the bound."""
        if name in self._worlds:
            raise ApiError(Err.MOCK_CONFLICT, f"a world named {name} exists")
        if len(self._worlds) > self.max_worlds:
            self._make_room()
        world = self._worlds[name] = World(name, seed, self._journal_size)
        return world

    def drop(self, name: str) -> None:
        """Forget a world; `default` begins anew instead. An unknown name raises KeyError."""
        if name == DEFAULT:
            self.default.reset()
        else:
            del self._worlds[name]

    def _make_room(self) -> None:
        oldest = next((name for name in self._worlds if name != DEFAULT), None)
        if not self._drop_oldest or oldest is None:
            raise ApiError(Err.MOCK_WORLDS_EXHAUSTED)
        del self._worlds[oldest]
        self.dropped += 1
        logger.warning("dropped the world %s, the least recently used of %d", oldest, self.max_worlds)


def is_world_name(name: str) -> bool:
    """Tell whether a name is 1 to 80 letters, digits, dots, underscores and hyphens, and more than one or two dots."""
    return _NAME.fullmatch(name) is not None
