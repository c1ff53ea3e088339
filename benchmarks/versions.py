"""Versions of the project that are measured, and how their processes are run."""

import os
import shutil
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[1]


@dataclass(frozen=True, slots=True)
class Version:
    """A checkout of the project, and the interpreter that runs it."""

    name: str
    root: Path = ROOT
    python: str = sys.executable


CURRENT = Version("this version")
FLOOR = Version("floor")  # the least that could be done in place of the mock server: code of this package


def pinned(core: int, command: Sequence[str]) -> list[str]:
    """Return a command that runs on one of two cores: servers on core 0, clients on core 1."""
    cores = sorted(os.sched_getaffinity(0)) if sys.platform == "linux" else []
    if len(cores) < 2 or shutil.which("taskset") is None:
        return list(command)
    return ["taskset", "-c", str(cores[core]), *command]


def environment(**variables: str) -> dict[str, str]:
    """Return the environment less what would change a version: its settings, and where Python finds modules."""
    removed = ("POLYAI_MOCK", "PYTHONPATH", "PYTHONDONTWRITEBYTECODE")
    return {name: value for name, value in os.environ.items() if not name.startswith(removed)} | variables
