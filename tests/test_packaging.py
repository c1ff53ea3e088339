"""The wheel: what is in it, what it needs, and that it works where the checkout is not."""

import email
import os
import re
import subprocess
import sys
from email.message import Message
from pathlib import Path
from zipfile import ZipFile

import pytest
from packaging.requirements import Requirement

import mockserver

ROOT = Path(__file__).parents[1]


@pytest.fixture(scope="module")
def files(wheel: Path) -> dict[str, str]:
    """The text of every file in the wheel."""
    with ZipFile(wheel) as archive:
        return {name: archive.read(name).decode() for name in archive.namelist()}


@pytest.fixture(scope="module")
def metadata(files: dict[str, str]) -> Message:
    """The wheel's metadata."""
    return email.message_from_string(files[f"polyai_mockserver-{mockserver.__version__}.dist-info/METADATA"])


def _shipped(path: Path) -> bool:
    return path.is_file() and path.suffix != ".pyc"


def test_the_wheel_has_every_file_of_the_package_and_the_seeds(files: dict[str, str]) -> None:
    folders = (ROOT / "mockserver", ROOT / "conftest_plugin")
    package = {
        path.relative_to(ROOT).as_posix() for folder in folders for path in folder.rglob("*.*") if _shipped(path)
    }
    fixtures = {f"mockserver/fixtures/{path.name}" for path in (ROOT / "fixtures").glob("*.yaml")}
    assert fixtures
    metadata = {name for name in files if ".dist-info/" in name}
    assert set(files) - metadata == package | fixtures | {"polyai_mockserver.py"}


def test_nothing_but_the_package_stands_at_the_top(files: dict[str, str]) -> None:
    top = {name.partition("/")[0] for name in files}
    assert top == {
        "mockserver",
        "conftest_plugin",
        "polyai_mockserver.py",
        f"polyai_mockserver-{mockserver.__version__}.dist-info",
    }


def test_the_wheel_installs_the_command(files: dict[str, str]) -> None:
    text = files[f"polyai_mockserver-{mockserver.__version__}.dist-info/entry_points.txt"]
    assert text.split("\n", 1)[0] == "[console_scripts]"
    assert "mockserver = polyai_mockserver:main" in text
    assert "polyai_mock = polyai_mockserver:plugin" in text


def test_the_wheel_carries_the_licence(files: dict[str, str]) -> None:
    licence = files[f"polyai_mockserver-{mockserver.__version__}.dist-info/licenses/LICENSE"]
    assert licence == (ROOT / "LICENSE").read_text(encoding="utf-8")


def test_a_server_needs_these_packages_and_no_others(metadata: Message) -> None:
    required = [line for line in metadata.get_all("Requires-Dist", []) if "extra ==" not in line]
    names = {re.split(r"[<>=!~; ]", line)[0].lower() for line in required}
    assert names == {
        "starlette",
        "uvicorn",
        "httptools",
        "uvloop",
        "h11",
        "pydantic",
        "pyyaml",
        "click",
        "phonenumbers",
        "python-multipart",
    }


def test_the_lowest_versions_that_are_tested_are_those_that_are_declared(metadata: Message) -> None:
    declared = [Requirement(line) for line in metadata.get_all("Requires-Dist", [])]
    extras = ("", "pytest", "intercept", "hypothesis")
    lowest = {
        f"{requirement.name}=={specifier.version}"
        for requirement in declared
        if requirement.marker is None or any(requirement.marker.evaluate({"extra": extra}) for extra in extras)
        for specifier in requirement.specifier
        if specifier.operator == ">="
    }
    tested = (ROOT / "constraints-lowest.txt").read_text(encoding="utf-8").lower().splitlines()
    assert {line for line in tested if not line.startswith("#")} == lowest


def test_the_version_is_that_of_the_changelogs_top_entry(metadata: Message) -> None:
    changelog = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    versions = re.findall(r"^## \[(\d+\.\d+\.\d+)\] - \d{4}-\d\d-\d\d$", changelog, re.MULTILINE)
    assert versions[0] == mockserver.__version__ == metadata["Version"]


def test_an_unpacked_wheel_finds_its_seeds_its_ledger_and_the_public_operations(wheel: Path, tmp_path: Path) -> None:
    site, elsewhere = tmp_path / "site", tmp_path / "elsewhere"
    elsewhere.mkdir()
    with ZipFile(wheel) as archive:
        archive.extractall(site)
    code = (
        "from mockserver import seeds; from mockserver.ledger import rows; assert rows.rows(); "
        "from mockserver.resources import public_operations; assert public_operations(); "
        "print(*seeds.shipped().values(), sep='\\n')"
    )
    found = subprocess.run(
        [sys.executable, "-c", code],
        cwd=elsewhere,
        env={**os.environ, "PYTHONPATH": str(site)},
        capture_output=True,
        text=True,
        check=True,
    )
    expected = [site / "mockserver/fixtures" / path.name for path in sorted((ROOT / "fixtures").glob("*.yaml"))]
    assert [Path(line) for line in found.stdout.splitlines()] == expected
    assert found.stderr == ""
