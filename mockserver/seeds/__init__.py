"""Seeds: YAML text or plain data to a checked State, and back; shipped seeds by name."""

import gc
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from pathlib import Path

from mockserver.seeds.build import build
from mockserver.seeds.export import export as export
from mockserver.seeds.merge import merge as merge
from mockserver.seeds.problems import Problem
from mockserver.seeds.problems import SeedError as SeedError
from mockserver.seeds.schema import problems_in
from mockserver.seeds.yaml_dump import dump_yaml as dump_yaml
from mockserver.seeds.yaml_text import MAX_BYTES, decode, locate, parse
from mockserver.state import catalogue
from mockserver.state.state import Change, State
from mockserver.values.clock import Clock


@cache
def shipped() -> dict[str, Path]:
    """Return the seeds that come with the package, by name."""
    package = Path(__file__).parent.parent
    folders = (package / "fixtures", package.parent / "fixtures")  # an installed wheel, a checkout
    folder = next(folder for folder in folders if folder.is_dir())
    return {path.stem: path for path in sorted(folder.glob("*.yaml"))}


@contextmanager
def without_garbage_collection() -> Iterator[None]:
    """Pause the garbage collector, which would search a large state again and again in vain, and stop all threads."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()


def load(name_or_path: str) -> State:
    """Return the state of a shipped seed or of a file; raises SeedError."""
    return load_file(shipped().get(name_or_path) or Path(name_or_path))


def load_file(path: Path) -> State:
    """Return the state of a seed file; raises SeedError with every problem in it."""
    source = str(path)
    try:
        with open(path, "rb", opener=_open_without_waiting) as file:  # Path.open takes none
            text = decode(file.read(MAX_BYTES + 1), source)
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else str(error)
        names = ", ".join(shipped())
        what = f"cannot be read ({reason}); a seed is a file, or one of {names}"
        raise SeedError(source, [Problem((), what)]) from None
    return load_text(text, source)


def _open_without_waiting(path: str, flags: int) -> int:
    """Open a file; a pipe that nobody writes to would otherwise block."""
    descriptor = os.open(path, flags | getattr(os, "O_NONBLOCK", 0))
    if hasattr(os, "O_NONBLOCK"):
        os.set_blocking(descriptor, True)
    return descriptor


@without_garbage_collection()
def load_text(text: str, source: str = "seed") -> State:
    """Return the state of YAML text; raises SeedError with lines and columns."""
    data, problems = parse(text, source)
    unread = {problem.path for problem in problems if not problem.at_key}
    further = [problem for problem in problems_in(data) if problem.path not in unread]
    if further:
        problems += locate(text, further)
    if problems:
        raise SeedError(source, problems)
    return build(data)


def read_yaml(content: bytes) -> object:
    """Return the plain data of a YAML document; raises SeedError with lines and columns for what YAML forbids."""
    data, problems = parse(decode(content, "seed"), "seed")
    if problems:
        raise SeedError("seed", problems)
    return data


@without_garbage_collection()
def load_data(data: object, source: str = "seed") -> State:
    """Return the state of a seed's plain data; raises SeedError with paths."""
    if problems := problems_in(data):
        raise SeedError(source, problems)
    return build(data)


def has_records(data: Mapping[str, object]) -> bool:
    """Tell whether the data of a seed has records beside its rules."""
    return any(root.TABLE.key_in_seeds in data for root in catalogue.roots())


def add(data: Mapping[str, object], state: State, clock: Clock) -> tuple[State, list[Change]]:
    """Return the state that the data of a seed makes of another one, which is only read, and what differs.

    Without records, tables stay empty and nothing differs. Raises SeedError.
    """
    records = has_records(data)
    added = load_data(merge(export(state, clock, records=records), data))
    return added, added.differences(state) if records else []
