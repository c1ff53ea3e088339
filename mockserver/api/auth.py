"""From the `x-api-key` header to a caller: a key's record, and the world that it acts in.

`demo-key` acts in the world `default`; `demo-key~checkout-42` is the same key, with the same rights, in the private
world `checkout-42`. So a test in any language is isolated by changing one string.
"""

from typing import NamedTuple

from mockserver.errors import ApiError, Err
from mockserver.state.accounts import ApiKey, authenticate
from mockserver.world.worlds import DEFAULT, World, Worlds, is_world_name


class Caller(NamedTuple):
    """Who asks, and where."""

    key: ApiKey
    world: World


class Credentials(NamedTuple):
    """What an `x-api-key` header says: a key, and the name of a world."""

    key: str
    world: str


def credentials(header: bytes | None) -> Credentials | None:
    """Return what a header says, or None for an empty or missing one."""
    if not header:
        return None
    key, separator, name = header.decode("latin-1").partition("~")
    return Credentials(key, name if separator else DEFAULT)


def identify(worlds: Worlds, given: Credentials | None) -> Caller:
    """Return the caller of the credentials given; a private world is made when it is first named.

    Raises AUTH_USER_UNAUTHORISED without a key and AUTH_USER_INVALID_TOKEN for an unknown or expired one (401 is
    documented, the codes are assumed); MOCK_WORLDS_EXHAUSTED where one world more is too many.
    """
    if given is None:
        raise ApiError(Err.AUTH_USER_UNAUTHORISED)
    if worlds.get(given.world) is None:  # nobody makes a world with a key that opens none
        if not is_world_name(given.world):
            raise ApiError(Err.AUTH_USER_INVALID_TOKEN)
        authenticate(worlds.seed, given.key, worlds.seed.rules.clock.start())
    world = worlds.use(given.world)
    return Caller(authenticate(world.state, given.key, world.clock), world)
