"""Cost of the pytest plugin: what tests and sessions with it take longer than those without it."""

import json
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path
from time import perf_counter

from benchmarks.measuring import Run
from benchmarks.versions import Version, environment

_SESSION = Path(__file__).with_name("plugin_session")
_PLUGINS = ("-p", "xprocess.pytest_xprocess", "-p", "conftest_plugin.plugin")
_TURNS = 300


def plugin_costs(run: Run, version: Version, mode: str) -> Mapping[str, float]:
    """Return the costs of a world in a test, of a world and one call (µs), and of a session's server (ms)."""
    options = [*_PLUGINS, "--polyai-mock-mode", mode]
    _, without = _session(run, version, ["-k", "nothing"], turns=1)
    _, with_plugin = _session(run, version, ["-k", "world", *options], turns=1)
    seconds, _ = _session(run, version, options, turns=10 if run.quick else _TURNS)
    world, call = (min(seconds[name]) - min(seconds["test_nothing"]) for name in ("test_world", "test_call"))
    return {"test": world * 1e6, "test with a call": call * 1e6, "session": (with_plugin - without) * 1000}


def _session(run: Run, version: Version, options: list[str], turns: int) -> tuple[dict[str, list[float]], float]:
    """Run a session; return the seconds of its tests by name, and those of all of it."""
    folder = shutil.copytree(_SESSION, run.folder / "session", dirs_exist_ok=True)  # away from any other conftest.py
    times = folder / "times.json"
    command = [version.python, "-m", "pytest", "-c", "/dev/null", "--rootdir", str(folder), "-p", "no:cacheprovider"]
    variables = environment(
        PYTEST_DISABLE_PLUGIN_AUTOLOAD="1", PYTHONPATH=str(version.root), TIMES=str(times), TURNS=str(turns)
    )
    started = perf_counter()
    ended = subprocess.run([*command, *options], cwd=folder, env=variables, capture_output=True, text=True, check=False)
    duration = perf_counter() - started
    if ended.returncode:
        raise RuntimeError(f"the session of pytest failed: {ended.stdout}{ended.stderr}")
    return json.loads(times.read_text(encoding="utf-8")), duration
