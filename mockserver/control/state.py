"""State of a world: read, replaced, added to and compared, on a fork of it that no request changes meanwhile."""

from functools import partial
from typing import Annotated, Literal

from mockserver import seeds
from mockserver.control.request import ControlOperation, ControlRequest, inline_seed, off_loop, refused
from mockserver.control.worlds import SEED_FILE, WORLD, WorldResponse, glance, snapshot_of
from mockserver.errors import Err
from mockserver.http.json import Described, NotRequired, TypedDict
from mockserver.state.schema import view
from mockserver.state.state import Change, State, field_changes
from mockserver.values.clock import Clock

_TRIES = 3


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


async def get_state(request: ControlRequest, query: StateQuery) -> dict[str, object]:
    """Get the whole state of a world as a seed: JSON, or YAML where `Accept` asks for it."""
    state, clock = request.world.state.fork(), request.world.clock.fork()
    return await off_loop(lambda: seeds.export(state, clock, full=query.get("full") == "true"))


async def put_state(
    request: ControlRequest, body: Annotated[dict[str, object], Described(**SEED_FILE)]
) -> WorldResponse:
    """Replace the whole state of a world by that of a seed; the world's own seed stays the same."""
    state = await off_loop(lambda: inline_seed(body))
    request.world.replace_state(state)
    return glance(request.world)


async def patch_state(
    request: ControlRequest,
    body: Annotated[dict[str, object], Described("A seed, or a part of one.", type="object")],
) -> WorldResponse:
    """Add the records of a seed to a world's state."""
    for _ in range(_TRIES if seeds.has_records(body) else 0):
        world = request.world
        before, clock = world.state.fork(), world.clock.fork()
        added = await off_loop(partial(_added, body, before, clock))
        if request.world is world and world.clock == clock and world.state.equals(before):
            break
    else:  # rules alone, which cost the same in any world; or requests have come between each time
        world = request.world
        added = _added(body, world.state, world.clock)
    world.apply_seed(*added)
    return glance(world)


def _added(body: dict[str, object], state: State, clock: Clock) -> tuple[State, list[Change]]:
    try:
        return seeds.add(body, state, clock)
    except seeds.SeedError as error:
        raise refused(error) from None


async def get_diff(request: ControlRequest, query: DiffQuery) -> DiffResponse:
    """Get what differs from the world's seed, or from a snapshot."""
    world, since = request.world, query.get("since")
    state, then = world.state.fork(), world.seed if since is None else snapshot_of(world, since)
    return await off_loop(lambda: _diff(state.differences(then)))


def _diff(changes: list[Change]) -> DiffResponse:
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


_STATE = f"{WORLD}/state"

OPERATIONS = (
    ControlOperation("getState", "GET", _STATE, get_state, yaml="answer"),
    ControlOperation("putState", "PUT", _STATE, put_state, yaml="body"),
    ControlOperation("patchState", "PATCH", _STATE, patch_state, yaml="body"),
    ControlOperation("getDiff", "GET", f"{WORLD}/diff", get_diff, errors=(Err.MOCK_NOT_FOUND,)),
)
