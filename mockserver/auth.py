"""From the `x-api-key` header to a caller: a key's record, and the world that it acts in.

`demo-key` acts in the world `default`; `demo-key~checkout-42` is the same key, with the same rights, in the private
world `checkout-42`. So a test in any language is isolated by changing one string.
"""

from dataclasses import dataclass

from mockserver.clock import Clock
from mockserver.errors import ApiError, Err
from mockserver.state.access import authenticate
from mockserver.state.records import ApiKey
from mockserver.worlds import DEFAULT, World, Worlds, is_world_name


@dataclass(frozen=True, slots=True)
class Caller:
    """Who asks, and where."""

    key: ApiKey
    world: World


def identify(worlds: Worlds, header: bytes | None) -> Caller:
    """Return the caller of a header's value; a private world is made when it is first named.

    Raises AUTH_USER_UNAUTHORISED without a key and AUTH_USER_INVALID_TOKEN for an unknown or expired one (401 is
    documented, the codes are assumed); MOCK_WORLDS_EXHAUSTED where one world more is too many.
    """
    if not header:
        raise ApiError(Err.AUTH_USER_UNAUTHORISED)
    key, name = _parts(header)
    if not is_world_name(name):
        raise ApiError(Err.AUTH_USER_INVALID_TOKEN)
    world = worlds.get(name)
    if world is None:  # nobody makes a world with a key that opens none
        rules = worlds.seed.rules
        authenticate(worlds.seed, key, Clock(rules.frozen_at, rules.ahead).now())
    world = worlds.use(name)
    return Caller(authenticate(world.state, key, world.clock.now()), world)


def witness(worlds: Worlds, header: bytes | None) -> World | None:
    """Return the world in whose journal a request belongs, whether or not its key is good; None if there is no such."""
    _, name = _parts(header or b"")
    return worlds.get(name)


def _parts(header: bytes) -> tuple[str, str]:
    key, separator, name = header.decode("latin-1").partition("~")
    return key, name if separator else DEFAULT
