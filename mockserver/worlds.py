"""Worlds: a state together with its own clock and its own source of ids."""

from mockserver.clock import Clock
from mockserver.minting import Mint
from mockserver.state.state import State


class World:
    """One isolated instance of the fake, forked from a seed."""

    __slots__ = ("clock", "mint", "name", "state")

    def __init__(self, name: str, seed: State) -> None:
        self.name = name
        self.state = seed.fork()
        self.clock = Clock()
        self.mint = Mint()


class Worlds:
    """All worlds of a server; plain keys act in `default`."""

    __slots__ = ("default",)

    def __init__(self, seed: State) -> None:
        self.default = World("default", seed)
