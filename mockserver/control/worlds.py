"""Worlds under control: listed, made, reset, read, replaced, compared, marked and returned to."""

from mockserver import seeds
from mockserver.control.request import ControlCall, ControlOperation, inline_seed, invalid, seed_of, world_name
from mockserver.control.views import RecordChange, change_view
from mockserver.errors import ApiError, Err
from mockserver.http.json import NotRequired, TypedDict
from mockserver.seeds.mistakes import nearest
from mockserver.state.state import State
from mockserver.version import __version__
from mockserver.world.worlds import MAX_SNAPSHOTS, World


class HealthResponse(TypedDict):
    """Whether the server is well, and how much it holds."""

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
    """A world to be made; without a name it gets one, without a seed the server's."""

    name: NotRequired[str]
    seed: NotRequired[object]


class ResetWorldBody(TypedDict):
    """What to begin anew from: by default the world's own seed."""

    seed: NotRequired[object]


class DiffResponse(TypedDict):
    """What differs, by what happened to it."""

    created: list[RecordChange]
    updated: list[RecordChange]
    deleted: list[RecordChange]


class SnapshotBody(TypedDict):
    """The name of a mark."""

    name: str


class GetSnapshotsResponse(TypedDict):
    """The marks of a world, oldest first."""

    snapshots: list[str]


def get_health(call: ControlCall) -> HealthResponse:
    """Tell whether the server is well."""
    return {
        "status": "ok",
        "version": __version__,
        "uptimeSeconds": round(call.uptime_seconds, 3),
        "instance": call.instance,
        "worlds": len(call.worlds),
        "maxWorlds": call.worlds.max_worlds,
        "droppedWorlds": call.worlds.dropped,
    }


def list_worlds(call: ControlCall) -> GetWorldsResponse:
    """List the worlds."""
    return {"worlds": [_pack(world) for world in call.worlds]}


def make_world(call: ControlCall, body: MakeWorldBody | None) -> WorldResponse:
    """Make a world, from the server's seed or another."""
    settings = body or {}
    name = world_name(settings["name"]) if "name" in settings else f"world-{call.worlds.mint.hexadecimal('worlds', 12)}"
    seed = seed_of(settings.get("seed")) or call.worlds.seed
    return _pack(call.worlds.make(name, seed))


def get_world(call: ControlCall) -> WorldResponse:
    """Look at a world without using it."""
    return _pack(_existing(call))


def drop_world(call: ControlCall) -> WorldResponse:
    """Forget a world; the default one begins anew instead."""
    world = _existing(call)
    seen = _pack(world)
    call.worlds.drop(world.name)
    return seen


def reset_world(call: ControlCall, body: ResetWorldBody | None) -> WorldResponse:
    """Begin anew: state, requests, faults, clock, ids and snapshots."""
    seed = seed_of((body or {}).get("seed"))
    call.world.reset(seed)
    return _pack(call.world)


def get_state(call: ControlCall) -> dict[str, object]:
    """Get all of a world as a seed file: JSON, or YAML where `Accept` asks for it."""
    return seeds.export(call.world.state, call.world.clock)


def put_state(call: ControlCall, body: dict[str, object]) -> WorldResponse:
    """Replace all of a world's state by a seed; its own seed stays what it was."""
    call.world.replace_state(inline_seed(body))
    return _pack(call.world)


def patch_state(call: ControlCall, body: dict[str, object]) -> WorldResponse:
    """Add the records of a seed to a world's state."""
    world = call.world
    world.change_state(inline_seed(seeds.merge(seeds.export(world.state, world.clock), body)))
    return _pack(world)


def get_diff(call: ControlCall) -> DiffResponse:
    """Get what differs from the world's seed, or from a snapshot."""
    world = call.world
    since = call.query.get("since")
    changes = world.state.differences(world.seed if since is None else _snapshot(world, since))
    return {
        "created": [change_view(change) for change in changes if change.kind == "created"],
        "updated": [change_view(change) for change in changes if change.kind == "updated"],
        "deleted": [change_view(change) for change in changes if change.kind == "deleted"],
    }


def list_snapshots(call: ControlCall) -> GetSnapshotsResponse:
    """List a world's snapshots."""
    return {"snapshots": list(call.world.snapshots)}


def take_snapshot(call: ControlCall, body: SnapshotBody) -> GetSnapshotsResponse:
    """Mark the present state of a world under a name."""
    world, name = call.world, world_name(body["name"])
    if name not in world.snapshots and len(world.snapshots) >= MAX_SNAPSHOTS:
        raise invalid(f"a world holds at most {MAX_SNAPSHOTS} snapshots")
    world.take_snapshot(name)
    return list_snapshots(call)


def restore_snapshot(call: ControlCall) -> WorldResponse:
    """Return to a snapshot, which stays."""
    world = call.world
    _snapshot(world, call.path["snapshot"])
    world.restore_snapshot(call.path["snapshot"])
    return _pack(world)


def drop_snapshot(call: ControlCall) -> GetSnapshotsResponse:
    """Forget a snapshot."""
    world = call.world
    _snapshot(world, call.path["snapshot"])
    del world.snapshots[call.path["snapshot"]]
    return list_snapshots(call)


def _existing(call: ControlCall) -> World:
    name = world_name(call.path["world"])
    world = call.worlds.get(name)
    if world is None:
        raise ApiError(Err.MOCK_NOT_FOUND, f"no world is named {name} yet: its first use makes it")
    return world


def _snapshot(world: World, name: str) -> State:
    snapshot = world.snapshots.get(name)
    if snapshot is None:
        hint = nearest(name, list(world.snapshots)) if world.snapshots else "there are none"
        raise ApiError(Err.MOCK_NOT_FOUND, f"{world.name} has no snapshot named {name[:100]!r}; {hint}")
    return snapshot


def _pack(world: World) -> WorldResponse:
    return {
        "name": world.name,
        "requests": len(world.journal),
        "faults": len(world.faults),
        "snapshots": list(world.snapshots),
    }


WORLDS = "/_mock/worlds"
WORLD = "/_mock/worlds/{world}"
_SNAPSHOTS = f"{WORLD}/snapshots"
_FULL = (Err.MOCK_WORLDS_EXHAUSTED,)

OPERATIONS = (
    ControlOperation("GET", "/_mock/health", get_health),
    ControlOperation("GET", WORLDS, list_worlds),
    ControlOperation("POST", WORLDS, make_world, status=201, errors=(Err.MOCK_CONFLICT, *_FULL)),
    ControlOperation("GET", WORLD, get_world, errors=(Err.MOCK_NOT_FOUND,)),
    ControlOperation("DELETE", WORLD, drop_world, errors=(Err.MOCK_NOT_FOUND,)),
    ControlOperation("POST", f"{WORLD}/reset", reset_world, errors=_FULL),
    ControlOperation("GET", f"{WORLD}/state", get_state, errors=_FULL, yaml=True),
    ControlOperation("PUT", f"{WORLD}/state", put_state, errors=_FULL),
    ControlOperation("PATCH", f"{WORLD}/state", patch_state, errors=_FULL),
    ControlOperation("GET", f"{WORLD}/diff", get_diff, errors=(Err.MOCK_NOT_FOUND, *_FULL), query=(("since", False),)),
    ControlOperation("GET", _SNAPSHOTS, list_snapshots, errors=_FULL),
    ControlOperation("POST", _SNAPSHOTS, take_snapshot, status=201, errors=_FULL),
    ControlOperation(
        "POST", f"{_SNAPSHOTS}/{{snapshot}}/restore", restore_snapshot, errors=(Err.MOCK_NOT_FOUND, *_FULL)
    ),
    ControlOperation("DELETE", f"{_SNAPSHOTS}/{{snapshot}}", drop_snapshot, errors=(Err.MOCK_NOT_FOUND, *_FULL)),
)
