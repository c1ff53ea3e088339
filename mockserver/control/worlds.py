"""Worlds: listed, created, reset, read, replaced, compared, and saved in snapshots."""

from typing import Annotated, Literal

from mockserver import seeds
from mockserver.control.request import ControlOperation, ControlRequest, inline_seed, invalid, seed_of, world_name
from mockserver.errors import ApiError, Err
from mockserver.http.json import Described, NotRequired, TypedDict
from mockserver.state.schema import view
from mockserver.state.state import Change, State, field_changes
from mockserver.values.text import nearest
from mockserver.version import __version__
from mockserver.world.worlds import MAX_SNAPSHOTS, WORLD_NAME, World

_SEED_FILE = {
    "type": "object",
    "description": "A seed; `mockserver schema` prints its JSON Schema.",
    "required": ["accounts"],
}
_Name = Annotated[str, Described(type="string", pattern=f"^{WORLD_NAME}$")]
_Seed = Annotated[
    object,
    Described(
        "The name of a shipped seed, or a seed itself.",
        anyOf=[{"type": "string", "enum": list(seeds.shipped())}, _SEED_FILE, {"type": "null"}],
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


class FieldChange(TypedDict):
    """A field's value before and after."""

    before: object
    after: object


class RecordChange(TypedDict):
    """What happened to a record: it as a whole where it was created or deleted, its fields where it was updated.

    The name of a field within another one, or of a value in a list, is the path to it: `topics TOPIC-1 name`.
    """

    table: str
    key: str
    record: NotRequired[dict[str, object]]
    fields: NotRequired[dict[str, FieldChange]]


class DiffResponse(TypedDict):
    """What differs, by what happened to it."""

    created: list[RecordChange]
    updated: list[RecordChange]
    deleted: list[RecordChange]


class StateQuery(TypedDict):
    """How much of a state to write out."""

    full: NotRequired[
        Annotated[Literal["true", "false"], Described("Whether to write out defaults; without it, they are left out.")]
    ]


class DiffQuery(TypedDict):
    """What to compare the state with."""

    since: NotRequired[Annotated[str, Described("The name of a snapshot; without it, the world's seed.")]]


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
    return {"worlds": [_answer(world) for world in request.worlds]}


def make_world(request: ControlRequest, body: MakeWorldBody | None) -> WorldResponse:
    """Create a world, from the server's seed or another."""
    settings = body or {}
    name = (
        world_name(settings["name"]) if "name" in settings else f"world-{request.worlds.mint.hexadecimal('worlds', 12)}"
    )
    seed = seed_of(settings.get("seed")) or request.worlds.seed
    return _answer(request.worlds.create(name, seed))


def get_world(request: ControlRequest) -> WorldResponse:
    """Get a world, without creating it."""
    return _answer(request.existing_world)


def drop_world(request: ControlRequest) -> WorldResponse:
    """Delete a world; the default one is reset instead."""
    world = request.existing_world
    seen = _answer(world)
    request.worlds.drop(world.name)
    return seen


def reset_world(request: ControlRequest, body: ResetWorldBody | None) -> WorldResponse:
    """Reset a world to a seed: state, journal, faults, clock, ids and snapshots."""
    seed = seed_of((body or {}).get("seed"))
    request.world.reset(seed)
    return _answer(request.world)


def get_state(request: ControlRequest, query: StateQuery) -> dict[str, object]:
    """Get the whole state of a world as a seed: JSON, or YAML where `Accept` asks for it."""
    return seeds.export(request.world.state, request.world.clock, full=query.get("full") == "true")


def put_state(request: ControlRequest, body: Annotated[dict[str, object], Described(**_SEED_FILE)]) -> WorldResponse:
    """Replace the whole state of a world by that of a seed; the world's own seed stays the same."""
    request.world.replace_state(inline_seed(body))
    return _answer(request.world)


def patch_state(
    request: ControlRequest,
    body: Annotated[dict[str, object], Described("A seed, or a part of one.", type="object")],
) -> WorldResponse:
    """Add the records of a seed to a world's state."""
    world = request.world
    world.apply_seed(inline_seed(seeds.merge(seeds.export(world.state, world.clock), body)))
    return _answer(world)


def get_diff(request: ControlRequest, query: DiffQuery) -> DiffResponse:
    """Get what differs from the world's seed, or from a snapshot."""
    world = request.world
    since = query.get("since")
    changes = world.state.differences(world.seed if since is None else _snapshot(world, since))
    return {
        "created": [change_view(change) for change in changes if change.kind == "created"],
        "updated": [change_view(change) for change in changes if change.kind == "updated"],
        "deleted": [change_view(change) for change in changes if change.kind == "deleted"],
    }


def change_view(change: Change) -> RecordChange:
    """Return a change in full."""
    shown: RecordChange = {"table": change.table, "key": change.key}
    if change.before is None or change.after is None:
        shown["record"] = view(change.before or change.after)
    else:
        changes = field_changes(change.before, change.after)
        shown["fields"] = {" ".join(it.path): {"before": it.before, "after": it.after} for it in changes}
    return shown


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
    _snapshot(world, request.path["snapshot"])
    world.restore_snapshot(request.path["snapshot"])
    return _answer(world)


def drop_snapshot(request: ControlRequest) -> GetSnapshotsResponse:
    """Delete a snapshot."""
    world = request.world
    _snapshot(world, request.path["snapshot"])
    del world.snapshots[request.path["snapshot"]]
    return list_snapshots(request)


def _snapshot(world: World, name: str) -> State:
    snapshot = world.snapshots.get(name)
    if snapshot is None:
        hint = nearest(name, list(world.snapshots)) if world.snapshots else "there are none"
        raise ApiError(Err.MOCK_NOT_FOUND, f"{world.name} has no snapshot named {name[:100]!r}; {hint}")
    return snapshot


def _answer(world: World) -> WorldResponse:
    return {
        "name": world.name,
        "requests": len(world.journal),
        "faults": len(world.faults),
        "snapshots": list(world.snapshots),
    }


WORLDS = "/_mock/worlds"
WORLD = "/_mock/worlds/{world}"
_STATE = f"{WORLD}/state"
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
    ControlOperation("getState", "GET", _STATE, get_state, yaml="answer"),
    ControlOperation("putState", "PUT", _STATE, put_state, yaml="body"),
    ControlOperation("patchState", "PATCH", _STATE, patch_state, yaml="body"),
    ControlOperation("getDiff", "GET", f"{WORLD}/diff", get_diff, errors=_MISSING),
    ControlOperation("listSnapshots", "GET", _SNAPSHOTS, list_snapshots),
    ControlOperation("takeSnapshot", "POST", _SNAPSHOTS, take_snapshot, status=201),
    ControlOperation("restoreSnapshot", "POST", f"{_SNAPSHOT}/restore", restore_snapshot, errors=_MISSING),
    ControlOperation("dropSnapshot", "DELETE", _SNAPSHOT, drop_snapshot, errors=_MISSING),
)
