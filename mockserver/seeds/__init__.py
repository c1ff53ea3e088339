"""Seed files: YAML text to a checked State, and back; shipped ones by name."""

import gc
import os
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

from mockserver.seeds.build import Checked, build
from mockserver.seeds.export import export
from mockserver.seeds.merge import merge
from mockserver.seeds.mistakes import Mistake, SeedError
from mockserver.seeds.yaml_dump import dump_yaml
from mockserver.seeds.yaml_text import MAX_BYTES, decode, locate, parse
from mockserver.state.state import State

__all__ = ["SeedError", "dump_yaml", "export", "load", "load_data", "load_file", "load_text", "merge", "shipped"]


@cache
def shipped() -> dict[str, Path]:
    """Return the seeds that come with the package, by name."""
    package = Path(__file__).parent.parent
    folders = (package / "fixtures", package.parent / "fixtures")  # an installed wheel, a checkout
    folder = next(folder for folder in folders if folder.is_dir())
    return {path.stem: path for path in sorted(folder.glob("*.yaml"))}


@contextmanager
def _collector_at_rest() -> Iterator[None]:
    """Keep the garbage collector from looking again and again through what is loaded: none of it is garbage."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()


@_collector_at_rest()
def load(name_or_path: str) -> State:
    """Return the state of a shipped seed or of a file; raises SeedError."""
    path = shipped().get(name_or_path)
    if path is None:
        return load_file(Path(name_or_path))
    # Shipped seeds are checked by this project's tests, so that a start need not pay for it.
    data, _ = parse(path.read_text(encoding="utf-8"), name_or_path)
    return build(_as_mapping(data))


def load_file(path: Path) -> State:
    """Return the state of a seed file; raises SeedError with every mistake in it."""
    source = str(path)
    try:
        with open(path, "rb", opener=_open_at_once) as file:  # Path.open takes none
            text = decode(file.read(MAX_BYTES + 1), source)
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else str(error)
        names = ", ".join(shipped())
        what = f"cannot be read ({reason}); a seed is a file, or one of {names}"
        raise SeedError(source, [Mistake((), what)]) from None
    return load_text(text, source)


def _open_at_once(path: str, flags: int) -> int:
    """Open a file, also a pipe that nobody writes to, which would otherwise be waited for."""
    descriptor = os.open(path, flags | getattr(os, "O_NONBLOCK", 0))
    if hasattr(os, "O_NONBLOCK"):
        os.set_blocking(descriptor, True)
    return descriptor


@_collector_at_rest()
def load_text(text: str, source: str = "seed") -> State:
    """Return the state of YAML text; raises SeedError with lines and columns."""
    data, mistakes = parse(text, source)
    unread = {mistake.path for mistake in mistakes if not mistake.at_key}
    further = [mistake for mistake in _mistakes_in(data) if mistake.path not in unread]
    if further:
        mistakes += locate(text, further)
    if mistakes:
        raise SeedError(source, mistakes)
    return build(_as_mapping(data))


@_collector_at_rest()
def load_data(data: object, source: str = "seed") -> State:
    """Return the state of a seed's plain data; raises SeedError with paths."""
    if mistakes := _mistakes_in(data):
        raise SeedError(source, mistakes)
    return build(_as_mapping(data))


def _mistakes_in(data: object) -> list[Mistake]:
    from mockserver.seeds.check import mistakes_in  # imports pydantic, which a shipped seed does not need

    return mistakes_in(data)


def _as_mapping(data: object) -> Checked:
    assert isinstance(data, dict)
    return data
