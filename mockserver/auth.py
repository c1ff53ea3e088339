"""From the `x-api-key` header to a caller: a key's record, and the world that it acts in."""

from dataclasses import dataclass

from mockserver.errors import ApiError, Err
from mockserver.state.access import authenticate
from mockserver.state.records import ApiKey
from mockserver.worlds import World, Worlds


@dataclass(frozen=True, slots=True)
class Caller:
    """Who asks, and where."""

    key: ApiKey
    world: World


def identify(worlds: Worlds, header: bytes | None) -> Caller:
    """Return the caller of a header's value.

    Raises AUTH_USER_UNAUTHORISED without a key and AUTH_USER_INVALID_TOKEN for an unknown or expired one (401 is
    documented, the codes are assumed).
    """
    if not header:
        raise ApiError(Err.AUTH_USER_UNAUTHORISED)
    world = worlds.default
    return Caller(authenticate(world.state, header.decode("latin-1"), world.clock.now()), world)
