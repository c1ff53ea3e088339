"""Authentication: from the `x-api-key` header to a key's record and the world that it acts in.

`demo-key` acts in the world `default`; `demo-key~checkout-42` is the same key, with the same rights, in the private
world `checkout-42`. So a test in any language is isolated by changing one string.
"""

from typing import NamedTuple

from mockserver.errors import ApiError, Err
from mockserver.state.accounts import ApiKey, authenticate
from mockserver.world.worlds import DEFAULT, World, Worlds, is_world_name, wrong_world_name


class Caller(NamedTuple):
    """A key that was accepted, and the world in which it acts."""

    key: ApiKey
    world: World


def access(worlds: Worlds, header: bytes | None) -> tuple[World | None, Caller | ApiError]:
    """Return the world whose journal has a request, if there is one, and what its `x-api-key` header opens.

    That is a caller, or a refusal. A private world is made when a good key first names it.

    Refusals: AUTH_USER_UNAUTHORISED without a key and AUTH_USER_INVALID_TOKEN for an unknown or expired one (401 is
    documented, the codes are assumed); MOCK_WORLDS_EXHAUSTED where there are as many worlds as there may be. A request
    that names no world, or one that cannot exist, is journalled in `default`.
    """
    if not header:
        return worlds.default, ApiError(Err.AUTH_USER_UNAUTHORISED, why="the header x-api-key is missing")
    key, separator, name = header.decode("latin-1").partition("~")
    if not separator:
        name = DEFAULT
    elif not is_world_name(name):
        return worlds.default, ApiError(Err.AUTH_USER_INVALID_TOKEN, why=wrong_world_name(name))
    world = worlds.get(name)
    try:
        if world is None:  # a key that opens nothing does not make a world either
            authenticate(worlds.seed, key, worlds.seed.rules.clock.start())
        world = worlds.use(name)
        return world, Caller(authenticate(world.state, key, world.clock), world)
    except ApiError as refusal:
        return world, refusal
