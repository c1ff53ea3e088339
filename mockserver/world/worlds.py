"""Worlds: isolated instances of the fake, each forked from a parsed seed at its first use."""

import logging
import re
from collections import OrderedDict
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from time import monotonic

from mockserver.errors import ApiError, Err
from mockserver.state.state import Change, State
from mockserver.values.ids import Mint
from mockserver.values.text import quoted
from mockserver.world.faults import Faults
from mockserver.world.journal import Journal

DEFAULT = "default"
MAX_SNAPSHOTS = 100

WORLD_NAME = r"[A-Za-z0-9._-]{1,80}"
_NAME = re.compile(rf"(?!\.{{1,2}}$){WORLD_NAME}")

logger = logging.getLogger(__name__)


class World:
    """One isolated instance of the fake.

    `state` started as a fork of `seed`. `mint` makes ids that are not part of the state, such as correlation ids.
    `life` is an object that is replaced whenever the world's state is: a request that has waited and finds another one
    belongs to an earlier life, and must not act.
    """

    def __init__(self, name: str, seed: State, new_journal: Callable[[], Journal]) -> None:
        self.name = name
        self.used_at = monotonic()
        self._own_seed = seed
        self._new_journal = new_journal
        self.reset()

    def reset(self, seed: State | None = None) -> None:
        """Return to the world's own seed, or this once to another: state, journal, faults, clock, ids and snapshots."""
        self.seed = seed or self._own_seed
        self._replace_state(self.seed.fork())
        self.mint = Mint()
        self.clock = self.seed.rules.clock.start()
        self.journal = self._new_journal()
        self.faults = Faults()
        self.snapshots: dict[str, State] = {}

    def replace_state(self, state: State) -> None:
        """Continue with another state, and with its clock; the seed stays the same."""
        self._replace_state(state.fork())
        self.clock = state.rules.clock.start()

    def apply_seed(self, state: State, changes: Iterable[Change]) -> None:
        """Take the rules and the clock of another state, and the changes that make the present one equal to it."""
        self.state.replace_with(state, changes)
        self.state.commit()
        self.clock = state.rules.clock.start()

    def take_snapshot(self, name: str) -> None:
        """Save the present state as a snapshot, in place of an earlier one of that name."""
        self.snapshots[name] = self.state.fork()

    def restore_snapshot(self, name: str) -> None:
        """Return to a snapshot, which is kept; raises KeyError for an unknown one."""
        self._replace_state(self.snapshots[name].fork())

    def end(self) -> None:
        """End the world's life, so that requests still under way in it cannot act."""
        self.life = object()

    def _replace_state(self, state: State) -> None:
        self.state = state
        self.life = object()


class Worlds:
    """All worlds of a server, by name; `default`, the one of plain keys, always exists and is not counted.

    A world that nobody used for `max_idle` seconds is dropped when worlds are next looked up or listed.
    """

    def __init__(
        self,
        seed: State,
        *,
        max_worlds: int = 10_000,
        drop_oldest: bool = False,
        max_idle: float | None = None,
        journal_size: int = 1_000,
        journal_bytes: int = 8 * 1024 * 1024,
    ) -> None:
        self.seed = seed
        self.mint = Mint()
        self.max_worlds = max_worlds
        self.dropped = 0
        self._drop_oldest = drop_oldest
        self._max_idle = max_idle
        self._new_journal = partial(Journal, journal_size, journal_bytes)
        self.default = World(DEFAULT, seed, self._new_journal)
        self._worlds: OrderedDict[str, World] = OrderedDict({DEFAULT: self.default})

    def __iter__(self) -> Iterator[World]:
        self._drop_idle()
        return iter(self._worlds.values())

    def __len__(self) -> int:
        self._drop_idle()
        return len(self._worlds)

    def get(self, name: str) -> World | None:
        """Return the world of a name if it exists; this does not count as a use."""
        self._drop_idle()
        return self._worlds.get(name)

    def use(self, name: str) -> World:
        """Return the world of a name, created from the server's seed if it does not exist; raises as `create` does."""
        world = self.get(name)
        if world is None:
            return self.create(name, self.seed)
        if self._drop_oldest or self._max_idle is not None:
            self._worlds.move_to_end(name)
            world.used_at = monotonic()
        return world

    def unused(self, name: str) -> World:
        """Return a world as its first use would create it; it is not kept."""
        return World(name, self.seed, self._new_journal)

    def create(self, name: str, seed: State) -> World:
        """Create a world; raises MOCK_CONFLICT for a name in use and MOCK_WORLDS_EXHAUSTED at the limit."""
        if name in self._worlds:
            raise ApiError(Err.MOCK_CONFLICT, f"a world named {name} exists")
        if len(self._worlds) > self.max_worlds:
            self._make_room()
        world = self._worlds[name] = World(name, seed, self._new_journal)
        return world

    def drop(self, name: str) -> None:
        """Delete a world; `default` is reset instead. An unknown name raises KeyError."""
        if name == DEFAULT:
            self.default.reset()
        else:
            self._worlds.pop(name).end()

    def _drop_idle(self) -> None:
        while self._max_idle is not None and (oldest := self._oldest()):
            if self._worlds[oldest].used_at + self._max_idle > monotonic():
                return
            self.drop(oldest)
            self.dropped += 1

    def _oldest(self) -> str | None:
        """Return the name of the private world that has not been used for longest."""
        return next((name for name in self._worlds if name != DEFAULT), None)

    def _make_room(self) -> None:
        oldest = self._oldest()
        if not self._drop_oldest or oldest is None:
            raise ApiError(Err.MOCK_WORLDS_EXHAUSTED)
        self.drop(oldest)
        self.dropped += 1
        logger.warning("dropped the world %s, the least recently used of %d", oldest, self.max_worlds)


def is_world_name(name: str) -> bool:
    """Tell whether a name is valid: 1 to 80 letters, digits, `.`, `_` and `-`, but not just one or two dots."""
    return _NAME.fullmatch(name) is not None


def wrong_world_name(name: str) -> str:
    """Return a sentence about a name that is not valid."""
    return f"{quoted(name)} is not a valid world name; expected 1 to 80 letters, digits, '.', '_' and '-'"
