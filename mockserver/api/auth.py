"""Authentication: from the `x-api-key` header to a key's record and the world that it acts in.

`demo-key` acts in the world `default`; `demo-key~checkout-42` is the same key, with the same rights, in the private
world `checkout-42`. So a test in any language is isolated by changing one string.
"""

from typing import NamedTuple

from mockserver.errors import ApiError, Err
from mockserver.state.accounts import ApiKey, authenticate
from mockserver.world.worlds import DEFAULT, World, Worlds, is_world_name


class Caller(NamedTuple):
    """A key that was accepted, and the world in which it acts."""

    key: ApiKey
    world: World


def renew(caller: Caller) -> Caller:
    """Return the caller after a wait, in which the key may have expired or changed; raises AUTH_USER_INVALID_TOKEN."""
    world = caller.world
    return Caller(authenticate(world.state, caller.key.key, world.clock), world)


class Access(NamedTuple):
    """What a key opens: the caller, or the refusal; and the world whose journal has the request, if there is one."""

    journal_world: World | None
    caller: Caller | ApiError


def access(worlds: Worlds, header: bytes | None) -> Access:
    """Return what the `x-api-key` header of a request opens; a private world is made when a good key first names it.

    Refusals: AUTH_USER_UNAUTHORISED without a key and AUTH_USER_INVALID_TOKEN for an unknown or expired one (401 is
    documented, the codes are assumed); MOCK_WORLDS_EXHAUSTED where there are as many worlds as there may be. A request
    that names no world, or one that cannot exist, is journalled in `default`.
    """
    if not header:
        return Access(worlds.default, ApiError(Err.AUTH_USER_UNAUTHORISED))
    key, separator, name = header.decode("latin-1").partition("~")
    if not separator:
        name = DEFAULT
    elif not is_world_name(name):
        return Access(worlds.default, ApiError(Err.AUTH_USER_INVALID_TOKEN, why=f"{name[:100]!r} cannot name a world"))
    world = worlds.get(name)
    try:
        if world is None:  # a key that opens nothing does not make a world either
            authenticate(worlds.seed, key, worlds.seed.rules.clock.start())
        world = worlds.use(name)
        return Access(world, Caller(authenticate(world.state, key, world.clock), world))
    except ApiError as refusal:
        return Access(world, refusal)
