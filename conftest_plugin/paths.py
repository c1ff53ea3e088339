"""Paths of seed files: resolved where they are said, whatever the current directory is later."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

# The folder of the test that runs, then the root of its session; for the seeds of markers, `seed()` and `reset()`.
_folders: list[Path] = []


@contextmanager
def looked_up_in(*folders: Path) -> Iterator[None]:
    """Set the folders that `seed_file` looks in, for a `with` block."""
    before = _folders[:]
    _folders[:] = dict.fromkeys(folders)
    try:
        yield
    finally:
        _folders[:] = before


def seed_file(seed: str) -> str:
    """Return a seed's name, or the absolute path of a file in the test's folder or the root.

    Raises SeedError, which names the folders, if there is no such file.
    """
    from mockserver import seeds
    from mockserver.seeds.problems import Problem

    if is_name(seed):
        return seed
    folders = _folders or [Path.cwd()]
    for folder in folders:
        if (folder / seed).exists():
            return str(folder / seed)
    looked = " or ".join(dict.fromkeys(str((folder / seed).parent) for folder in folders))
    reason = f"there is no such file in {looked}; a seed is a file, or one of {', '.join(seeds.shipped())}"
    raise seeds.SeedError(seed, [Problem((), reason)])


def is_name(seed: str) -> bool:
    """Tell whether a seed is the name of a shipped one, as one word is, and not a path."""
    return re.fullmatch(r"\w+", seed) is not None


def resolved(seed: str, folder: Path) -> str:
    """Return a seed's name, or the absolute path of a file, which need not exist yet, in a folder."""
    return seed if is_name(seed) else str(folder / seed)
