"""Peers that npm installs, into a folder outside the checkout."""

import os
import shutil
import subprocess
from pathlib import Path

PACKAGES = {"@stoplight/prism-cli": "5", "@mockoon/cli": "9", "wiremock": "3"}


def default_folder() -> Path:
    """Return the folder in the user's cache."""
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    return cache / "polyai-mockserver" / "peers"


def install(folder: Path) -> int:
    """Install the peers with npm; return its exit code, or 127 where there is no npm."""
    npm = shutil.which("npm")
    if npm is None:
        return 127
    folder.mkdir(parents=True, exist_ok=True)
    wanted = [f"{name}@{major}" for name, major in PACKAGES.items()]
    return subprocess.run(
        [npm, "install", "--prefix", str(folder), "--ignore-scripts", *wanted], check=False
    ).returncode
