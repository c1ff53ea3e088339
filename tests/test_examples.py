"""The example project runs like a user's: against the wheel, outside the checkout, without configuration.

A pytest plugin, loaded with it, records which files the run used, so that the checkout cannot be used by mistake.
"""

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple
from zipfile import ZipFile

import pytest

ROOT = Path(__file__).parents[1]
EXAMPLE = Path(__file__).parent / "examples" / "provisioning"
TESTS = re.findall(r"^def (test_\w+)", (EXAMPLE / "test_provisioning.py").read_text(encoding="utf-8"), re.MULTILINE)

RECORDER = """
    import json
    import subprocess
    import sys
    from pathlib import Path

    import mockserver

    passed = set()

    def pytest_runtest_logreport(report):
        if report.when == "call" and report.passed:
            passed.add(report.nodeid.rpartition("::")[2].partition("[")[0])

    def pytest_unconfigure(config):
        plugins = config.pluginmanager
        child = [sys.executable, "-c", "import mockserver; print(mockserver.__file__)"]
        entries = [
            str(distribution.locate_file(""))
            for plugin, distribution in plugins.list_plugin_distinfo()
            if plugin is plugins.get_plugin("polyai_mock")
        ]
        seen = {
            "passed": sorted(passed),
            "mockserver": mockserver.__file__,
            "in a child": subprocess.run(child, capture_output=True, text=True).stdout.strip(),
            "conftest_plugin": plugins.get_plugin("polyai_mock").__file__,
            "entry points": entries,
            "ini": config.inipath and str(config.inipath),
        }
        Path("recorder.json").write_text(json.dumps(seen))
"""


class Run(NamedTuple):
    """A run of the example: exit code, output, and what the recorder saw."""

    code: int
    out: str
    err: str
    seen: Mapping[str, Any]


@pytest.fixture(scope="module")
def site(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of packages that contains only the wheel of this checkout."""
    folder = tmp_path_factory.mktemp("site")
    with ZipFile(wheel) as archive:
        archive.extractall(folder)
    return folder


@pytest.fixture(scope="module", params=["process", "thread", "asgi"])
def example(request: pytest.FixtureRequest, site: Path, tmp_path_factory: pytest.TempPathFactory) -> Run:
    """A run of a copy of the example, in each mode."""
    mode: str = request.param
    folder = tmp_path_factory.mktemp(f"example-{mode}") / "provisioning"
    shutil.copytree(EXAMPLE, folder, ignore=shutil.ignore_patterns("__pycache__", ".pytest_cache"))
    beside = folder.parent / "beside"
    beside.mkdir()
    (beside / "recorder.py").write_text("\n".join(line[4:] for line in RECORDER.splitlines()), encoding="utf-8")
    options = ["-q", "-s", "-W", "error", "--color", "no", "--rootdir", str(folder), "--polyai-mock-mode", mode]
    plugins = ["-p", "recorder", "-p", "no:asyncio"]  # without an ini file, some versions of pytest-asyncio warn
    ended = subprocess.run(
        [sys.executable, "-m", "pytest", *plugins, *options],
        cwd=folder,
        env=_environment(site, beside),
        capture_output=True,
        text=True,
        check=False,
    )
    seen = folder / "recorder.json"
    assert seen.exists(), ended.stdout + ended.stderr
    return Run(ended.returncode, ended.stdout, ended.stderr, json.loads(seen.read_text(encoding="utf-8")))


def _environment(*folders: Path) -> dict[str, str]:
    """Return an environment with these folders first on the path, and without other settings for the run."""
    removed = ("POLYAI_", "PYTEST_", "COVERAGE_", "COV_")
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(removed) and not name.lower().endswith("_proxy")
    }
    return {**kept, "PYTHONPATH": os.pathsep.join(map(str, folders))}


def test_every_test_of_the_example_passes(example: Run) -> None:
    assert example.code == 0, example.out
    assert example.seen["passed"] == sorted(TESTS)


def test_the_example_prints_nothing_beyond_what_pytest_prints(example: Run) -> None:
    assert re.fullmatch(r"\.+\n\d+ passed in [^\n]+\n", example.out), example.out
    assert example.err == ""


def test_the_example_runs_against_the_wheel(example: Run, site: Path) -> None:
    server = str(site / "mockserver" / "__init__.py")
    assert (example.seen["mockserver"], example.seen["in a child"]) == (server, server)
    assert example.seen["conftest_plugin"] == str(site / "conftest_plugin" / "plugin.py")


def test_the_plugin_is_loaded_once_by_the_entry_point_of_the_wheel(example: Run, site: Path) -> None:
    assert [Path(folder) for folder in example.seen["entry points"]] == [site]


def test_the_example_has_no_configuration(example: Run) -> None:
    assert example.seen["ini"] is None
    assert list(EXAMPLE.glob("conftest.py")) == []
