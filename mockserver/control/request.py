"""What the control plane's handlers know of a request, and the operations that they make up."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache

from mockserver import seeds
from mockserver.api.operation import Absent, Operation
from mockserver.errors import ApiError, Err
from mockserver.http.json import Json, JsonObject
from mockserver.seeds.mistakes import nearest
from mockserver.state.state import State
from mockserver.world.worlds import World, Worlds, is_world_name

MAX_MISTAKES = 50
NO_JSON = "the body is not JSON (strictly: no NaN, no key twice, UTF-8)"


@dataclass(frozen=True, slots=True)
class ControlCall:
    """A request to the control plane: path and query parameters by name."""

    worlds: Worlds
    path: Mapping[str, str]
    query: Mapping[str, str]
    uptime_seconds: float
    instance: str | None

    @property
    def world(self) -> World:
        """The world of the path, made if this is its first use; raises MOCK_REQUEST_INVALID for an impossible name."""
        return self.worlds.use(world_name(self.path["world"]))


@dataclass(frozen=True)
class ControlOperation(Operation):
    """An operation of the control plane, which explains what is wrong with a body.

    `yaml` says that its answer is a seed file, and is written as YAML for who asks for it.
    """

    handler: Callable[..., JsonObject]
    invalid: Err = Err.MOCK_REQUEST_INVALID
    yaml: bool = False

    def read(self, body: bytes) -> "Json | Absent":
        """Return the JSON of a body; raises MOCK_REQUEST_INVALID for what is none."""
        try:
            return super().read(body)
        except ApiError:
            raise invalid(NO_JSON) from None

    def refusal_of(self, error: ValueError) -> ApiError:
        """Return a refusal that says what is wrong, where, and what is allowed."""
        from mockserver.control.validation_errors import (
            explain,  # imports pydantic, as the validation that failed has done
        )

        return invalid("; ".join(explain(error)))


def invalid(what: str) -> ApiError:
    """Return the refusal of a request that cannot be meant."""
    return ApiError(Err.MOCK_REQUEST_INVALID, what)


def world_name(name: str) -> str:
    """Return a name that a world may have; raises MOCK_REQUEST_INVALID."""
    if not is_world_name(name):
        raise invalid(f"{name[:100]!r} is no name of a world: 1 to 80 letters, digits, '.', '_' and '-'")
    return name


def seed_of(seed: object) -> State | None:
    """Return the state of a shipped seed's name or of an inline seed; raises MOCK_REQUEST_INVALID.

    A name never means a file here: the control plane reads nothing that the server was not started with.
    """
    if seed is None:
        return None
    if isinstance(seed, str):
        if seed not in seeds.shipped():
            raise invalid(f"no shipped seed is named {seed!r}; {nearest(seed, list(seeds.shipped()))}")
        return _shipped(seed)
    if isinstance(seed, dict):
        return inline_seed(seed)
    raise invalid("a seed is a shipped seed's name or a mapping")


def inline_seed(seed: JsonObject) -> State:
    """Return the state of a seed's data; raises MOCK_REQUEST_INVALID with every mistake in it."""
    try:
        return seeds.load_data(seed)
    except seeds.SeedError as error:
        lines = error.lines()
        more = [f"and {len(lines) - MAX_MISTAKES} more mistakes"] if len(lines) > MAX_MISTAKES else []
        raise invalid("; ".join([*lines[:MAX_MISTAKES], *more])) from None


@cache
def api_operations() -> Mapping[str, Operation]:
    """Return the API's operations by name."""
    from mockserver.resources import OPERATIONS  # not before one is asked about

    return {operation.name: operation for operation in OPERATIONS}


@cache
def _shipped(name: str) -> State:
    return seeds.load(name)
