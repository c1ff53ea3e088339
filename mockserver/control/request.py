"""Control plane requests, and the operations that answer them."""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Literal, TypeVar

from mockserver import seeds
from mockserver.api.operation import Operation
from mockserver.errors import ApiError, Err
from mockserver.http.json import JsonObject
from mockserver.resources import OPERATIONS, UNBUILT
from mockserver.state.state import State
from mockserver.values.text import nearest
from mockserver.world.worlds import World, Worlds, is_world_name, wrong_world_name

# The operations of the API by name, and its routes as `METHOD /path`, those that are not built included.
API: Mapping[str, Operation] = {operation.name: operation for operation in OPERATIONS}
ROUTES = (*(f"{it.method} {it.path}" for it in OPERATIONS), *(f"{method} {path}" for method, path in UNBUILT))

T = TypeVar("T")

YAML = ("application/yaml", "application/x-yaml", "text/yaml", "text/x-yaml")


@dataclass(frozen=True, slots=True)
class ControlRequest:
    """A request to the control plane, with its path parameters by name."""

    worlds: Worlds
    path: Mapping[str, str]
    uptime_seconds: float
    instance: str | None
    reads: bool

    @property
    def world(self) -> World:
        """The world of the path, created if this is its first use; a request that only reads gets one that is not kept.

        Raises MOCK_REQUEST_INVALID for an invalid name.
        """
        name = world_name(self.path["world"])
        return self.worlds.get(name) or self.worlds.unused(name) if self.reads else self.worlds.use(name)

    @property
    def existing_world(self) -> World:
        """The world of the path; raises MOCK_NOT_FOUND where it does not exist yet."""
        name = world_name(self.path["world"])
        world = self.worlds.get(name)
        if world is None:
            hint = nearest(name, [it.name for it in self.worlds])
            raise ApiError(Err.MOCK_NOT_FOUND, f"no world is named {name} yet; {hint}")
        return world


@dataclass(frozen=True, repr=False)
class ControlOperation(Operation):
    """An operation of the control plane.

    `yaml` says which is a seed, its body or its answer: that is YAML as well as JSON, as the client's headers say.
    """

    invalid: Err = Err.MOCK_REQUEST_INVALID
    invalid_query: Err = Err.MOCK_REQUEST_INVALID
    yaml: Literal["body", "answer", "neither"] = "neither"


async def off_loop(work: Callable[[], T]) -> T:
    """Return the result of work that may take long: it runs in a thread, so that the API goes on answering meanwhile.

    It must use nothing that a request can change: forks of states, and data.
    """
    return await asyncio.to_thread(seeds.without_garbage_collection()(work))


def invalid(what: str) -> ApiError:
    """Return the refusal of an invalid request."""
    return ApiError(Err.MOCK_REQUEST_INVALID, what)


def world_name(name: str) -> str:
    """Return a valid name of a world; raises MOCK_REQUEST_INVALID for another."""
    if not is_world_name(name):
        raise invalid(wrong_world_name(name))
    return name


def seed_of(seed: object) -> State | None:
    """Return the state of a shipped seed's name or of an inline seed; raises MOCK_REQUEST_INVALID.

    A name never means a file here: the control plane reads nothing that the server was not started with.
    """
    if seed is None:
        return None
    if isinstance(seed, str):
        if seed not in seeds.shipped():
            raise invalid(f"no shipped seed is named {seed[:100]!r}; {nearest(seed, list(seeds.shipped()))}")
        return _shipped(seed)
    if isinstance(seed, dict):
        return inline_seed(seed)
    raise invalid("seed is not valid; expected the name of a shipped seed or a mapping")


def inline_seed(seed: JsonObject) -> State:
    """Return the state of a seed's data; raises MOCK_REQUEST_INVALID with every problem in it."""
    try:
        return seeds.load_data(seed)
    except seeds.SeedError as error:
        raise refused(error) from None


def refused(error: seeds.SeedError) -> ApiError:
    """Return the refusal of a seed with problems."""
    return invalid("; ".join(error.lines()))


@cache
def _shipped(name: str) -> State:
    return seeds.load(name)
