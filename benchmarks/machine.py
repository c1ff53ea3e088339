"""Where and with what a run was made."""

import os
import platform
import shutil
import subprocess
import sys
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, version
from json import loads
from pathlib import Path

from benchmarks.install_peers import PACKAGES
from mockserver import __version__

_PYTHON_PACKAGES = (
    "uvicorn",
    "uvloop",
    "httptools",
    "starlette",
    "pydantic",
    "PyYAML",
    "httpx",
    "pytest",
    "fastapi",
    "pytest-httpserver",
    "respx",
    "responses",
    "moto",
)


def machine() -> dict[str, str]:
    """Return the processor, its cores and the system."""
    return {
        "cpu": _cpu(),
        "cores": str(os.cpu_count() or "unknown"),
        "system": f"{platform.system()} {platform.machine()}",
    }


def versions(peers_folder: Path) -> dict[str, str]:
    """Return the versions of all that is there and matters, by name."""
    return {"polyai-mockserver": __version__, "python": platform.python_version(), **dict(_others(peers_folder))}


def _others(peers_folder: Path) -> Iterator[tuple[str, str]]:
    for name in _PYTHON_PACKAGES:
        try:
            yield name, version(name)
        except PackageNotFoundError:
            continue
    for name in PACKAGES:
        file = peers_folder / "node_modules" / name / "package.json"
        if file.exists():
            yield name, str(loads(file.read_text(encoding="utf-8"))["version"])
    for name in ("node", "java"):
        if shutil.which(name):
            said = subprocess.run([name, "--version"], capture_output=True, text=True, check=False).stdout
            yield name, said.split("\n")[0].strip()


def _cpu() -> str:
    """Return the processor's model, as the system calls it."""
    file = Path("/proc/cpuinfo")
    if sys.platform == "linux" and file.exists():
        for line in file.read_text(encoding="utf-8").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()
