"""Forks, resets, snapshots and differences of worlds of any size, in this process."""

import copy
from collections.abc import Callable, Iterator
from functools import partial

from benchmarks import made
from benchmarks.measurements import OURS, Measurement, Take, alternate
from benchmarks.run import Case, Run
from benchmarks.timing import microseconds
from mockserver import seeds
from mockserver.state.cascades import update_connector
from mockserver.state.state import State
from mockserver.world.worlds import World

_SIZES = (10, 1_000, 100_000)
_QUICK_SIZES = (10, 1_000)
_JOURNAL = 1_000
_DEEP_COPY = "copy.deepcopy"


def state_of(run: Run, records: int) -> State:
    """Return the state of a seed with so many numbers, and a tenth as many connectors."""
    return seeds.load_file(made.seed_file(run.folder, connectors=max(1, records // 10), numbers=records))


def sizes_label(records: int) -> str:
    """Return what a world of a size is called as a subject."""
    return f"{records:,} records"


def _fork(state: State) -> Callable[[], object]:
    return lambda: World("fork", state, _JOURNAL)


def _reset(state: State) -> Callable[[], object]:
    return _changed_world(state).reset


def _snapshot(state: State) -> Callable[[], object]:
    return partial(_changed_world(state).take_snapshot, "mark")


def _diff(state: State) -> Callable[[], object]:
    return _changed_world(state).state.differences


def _changed_world(state: State) -> World:
    """Return a world in which a connector is not what it was in the seed."""
    world = World("changed", state, _JOURNAL)
    (key,) = state.api_keys
    update_connector(world.state, key, made.AGENT, made.connector_id(0), {"voice_name": "en-GB-Wavenet-B"})
    return world


def _by_size(name: str, about: str, prepare: Callable[[State], Callable[[], object]]) -> Case:
    def measure(run: Run) -> Iterator[Measurement]:
        sizes = _QUICK_SIZES if run.quick else _SIZES
        takes = {sizes_label(size): _timing(run, prepare(state_of(run, size))) for size in sizes}
        yield from alternate(name, run.rounds, takes, {"in process": "µs"}, reference=sizes_label(sizes[0]))

    return Case(name, f"{about}, in process, with {', '.join(f'{size:,}' for size in _SIZES)} numbers", measure)


def _timing(run: Run, call: Callable[[], object], calls: int = 1_000) -> Take:
    return lambda: {"in process": microseconds(call, run.count(calls, calls // 10))}


def _deep_copy(run: Run) -> Iterator[Measurement]:
    records = run.count(10_000, 100)
    state = state_of(run, records)
    data = seeds.export(state)
    takes = {
        OURS: _timing(run, _fork(state)),
        _DEEP_COPY: lambda: {"in process": microseconds(lambda: copy.deepcopy(data), 1, 1)},
    }
    yield from alternate("deep-copy", run.rounds, takes, {"in process": "µs"}, reference=_DEEP_COPY)


IN_PROCESS_CASES = (
    _by_size("fork", "make a world", _fork),
    _by_size("reset", "reset a world", _reset),
    _by_size("snapshot", "mark a world's state", _snapshot),
    _by_size("diff", "find out what changed in a world", _diff),
    Case("deep-copy", "make a world of 10,000 numbers, against a deep copy of the same data", _deep_copy),
)
