"""Worlds: listed, created, reset, and saved in snapshots."""

from typing import Annotated

from mockserver import seeds
from mockserver.control.request import ControlOperation, ControlRequest, invalid, off_loop, seed_of, world_name
from mockserver.errors import ApiError, Err
from mockserver.http.json import Described, NotRequired, TypedDict
from mockserver.state.state import State
from mockserver.values.text import nearest
from mockserver.version import __version__
from mockserver.world.worlds import MAX_SNAPSHOTS, WORLD_NAME, World

SEED_FILE = {
    "type": "object",
    "description": "A seed; `mockserver schema` prints its JSON Schema.",
    "required": ["accounts"],
}
_Name = Annotated[str, Described(type="string", pattern=f"^{WORLD_NAME}$")]
_Seed = Annotated[
    object,
    Described(
        "The name of a shipped seed, or a seed itself.",
        anyOf=[{"type": "string", "enum": list(seeds.shipped())}, SEED_FILE, {"type": "null"}],
    ),
]


class HealthResponse(TypedDict):
    """The health of the server, and how much it holds."""

    status: str
    version: str
    uptimeSeconds: float
    instance: str | None
    worlds: int
    maxWorlds: int
    droppedWorlds: int


class WorldResponse(TypedDict):
    """A world at a glance."""

    name: str
    requests: int
    faults: int
    snapshots: list[str]


class GetWorldsResponse(TypedDict):
    """All worlds, the default one first."""

    worlds: list[WorldResponse]


class MakeWorldBody(TypedDict):
    """A new world; by default with a generated name and the server's seed."""

    name: NotRequired[_Name]
    seed: NotRequired[_Seed]


class ResetWorldBody(TypedDict):
    """The seed to reset to; by default the world's own."""

    seed: NotRequired[_Seed]


class SnapshotBody(TypedDict):
    """The name of a snapshot."""

    name: _Name


class GetSnapshotsResponse(TypedDict):
    """The snapshots of a world, oldest first."""

    snapshots: list[str]


def get_health(request: ControlRequest) -> HealthResponse:
    """Get the health of the server."""
    return {
        "status": "ok",
        "version": __version__,
        "uptimeSeconds": round(request.uptime_seconds, 3),
        "instance": request.instance,
        "worlds": len(request.worlds),
        "maxWorlds": request.worlds.max_worlds,
        "droppedWorlds": request.worlds.dropped,
    }


def list_worlds(request: ControlRequest) -> GetWorldsResponse:
    """List the worlds."""
    return {"worlds": [glance(world) for world in request.worlds]}


async def make_world(request: ControlRequest, body: MakeWorldBody | None) -> WorldResponse:
    """Create a world, from the server's seed or another."""
    settings = body or {}
    name = (
        world_name(settings["name"]) if "name" in settings else f"world-{request.worlds.mint.hexadecimal('worlds', 12)}"
    )
    seed = await off_loop(lambda: seed_of(settings.get("seed"))) or request.worlds.seed
    return glance(request.worlds.create(name, seed))


def get_world(request: ControlRequest) -> WorldResponse:
    """Get a world, without creating it."""
    return glance(request.existing_world)


def drop_world(request: ControlRequest) -> WorldResponse:
    """Delete a world; the default one is reset instead."""
    world = request.existing_world
    seen = glance(world)
    request.worlds.drop(world.name)
    return seen


async def reset_world(request: ControlRequest, body: ResetWorldBody | None) -> WorldResponse:
    """Reset a world to a seed: state, journal, faults, clock, ids and snapshots."""
    seed = await off_loop(lambda: seed_of((body or {}).get("seed")))
    request.world.reset(seed)
    return glance(request.world)


def list_snapshots(request: ControlRequest) -> GetSnapshotsResponse:
    """List a world's snapshots."""
    return {"snapshots": list(request.world.snapshots)}


def take_snapshot(request: ControlRequest, body: SnapshotBody) -> GetSnapshotsResponse:
    """Save the present state of a world as a snapshot."""
    world, name = request.world, world_name(body["name"])
    if name not in world.snapshots and len(world.snapshots) >= MAX_SNAPSHOTS:
        raise invalid(f"a world holds at most {MAX_SNAPSHOTS} snapshots")
    world.take_snapshot(name)
    return list_snapshots(request)


def restore_snapshot(request: ControlRequest) -> WorldResponse:
    """Restore a snapshot, which is kept."""
    world = request.world
    snapshot_of(world, request.path["snapshot"])
    world.restore_snapshot(request.path["snapshot"])
    return glance(world)


def drop_snapshot(request: ControlRequest) -> GetSnapshotsResponse:
    """Delete a snapshot."""
    world = request.world
    snapshot_of(world, request.path["snapshot"])
    del world.snapshots[request.path["snapshot"]]
    return list_snapshots(request)


def snapshot_of(world: World, name: str) -> State:
    """Return a snapshot of a world; raises MOCK_NOT_FOUND for an unknown name."""
    snapshot = world.snapshots.get(name)
    if snapshot is None:
        hint = nearest(name, list(world.snapshots)) if world.snapshots else "there are none"
        raise ApiError(Err.MOCK_NOT_FOUND, f"{world.name} has no snapshot named {name[:100]!r}; {hint}")
    return snapshot


def glance(world: World) -> WorldResponse:
    """Return a world at a glance."""
    return {
        "name": world.name,
        "requests": len(world.journal),
        "faults": len(world.faults),
        "snapshots": list(world.snapshots),
    }


WORLDS = "/_mock/worlds"
WORLD = "/_mock/worlds/{world}"
_SNAPSHOTS = f"{WORLD}/snapshots"
_SNAPSHOT = f"{_SNAPSHOTS}/{{snapshot}}"
_MISSING = (Err.MOCK_NOT_FOUND,)
_MAKING = (Err.MOCK_CONFLICT, Err.MOCK_WORLDS_EXHAUSTED)

OPERATIONS = (
    ControlOperation("getHealth", "GET", "/_mock/health", get_health),
    ControlOperation("listWorlds", "GET", WORLDS, list_worlds),
    ControlOperation("makeWorld", "POST", WORLDS, make_world, status=201, errors=_MAKING),
    ControlOperation("getWorld", "GET", WORLD, get_world, errors=_MISSING),
    ControlOperation("dropWorld", "DELETE", WORLD, drop_world, errors=_MISSING),
    ControlOperation("resetWorld", "POST", f"{WORLD}/reset", reset_world),
    ControlOperation("listSnapshots", "GET", _SNAPSHOTS, list_snapshots),
    ControlOperation("takeSnapshot", "POST", _SNAPSHOTS, take_snapshot, status=201),
    ControlOperation("restoreSnapshot", "POST", f"{_SNAPSHOT}/restore", restore_snapshot, errors=_MISSING),
    ControlOperation("dropSnapshot", "DELETE", _SNAPSHOT, drop_snapshot, errors=_MISSING),
)
