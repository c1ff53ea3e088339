"""Documentation says what the code does: tables, flags, variables, generated pages, examples."""

import json
import re
import subprocess
import sys
from dataclasses import fields
from functools import cache
from pathlib import Path
from typing import get_args

import click
import pytest

from mockserver import control, seeds
from mockserver.command.main import main
from mockserver.openapi.document import document
from mockserver.openapi.page import page as operations_page
from mockserver.seeds.schema import json_schema
from mockserver.state import magic
from mockserver.state.policies import Policies
from mockserver.values.naming import camel
from tests.control.mock import Mock

ROOT = Path(__file__).parent.parent
PAGES = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")])
README = (ROOT / "README.md").read_text(encoding="utf-8")


def _policies_table() -> str:
    rows = [
        f"| `{camel(policy.name)}` | {', '.join(f'`{choice}`' for choice in get_args(policy.type))} "
        f"| {policy.metadata['meaning']} |"
        for policy in fields(Policies)
    ]
    return "\n".join(["| policy | choices, the default first | about |", "|---|---|---|", *rows])


def test_the_readme_lists_every_policy_with_its_default_first() -> None:
    assert all(get_args(policy.type)[0] == policy.default for policy in fields(Policies))
    shown = re.search(r"<!-- policies -->\n(.*)\n<!-- /policies -->", README, re.DOTALL)
    assert shown is not None
    assert shown[1] == _policies_table()


def test_the_readme_names_every_command_flag_and_variable() -> None:
    for name, command in main.commands.items():
        assert f"`mockserver {name}" in README
        for option in command.params:
            if isinstance(option, click.Option):
                assert any(f"{flag} " in README or f"{flag}`" in README for flag in option.opts), option.name
                assert option.envvar is None or f"`{option.envvar}`" in README


def test_the_seed_in_the_readme_is_a_seed() -> None:
    (seed,) = re.findall(r"```yaml\n(.*?)```", README, re.DOTALL)
    state = seeds.load_text(seed, "README.md")
    assert len(state.connectors) == 1


def test_the_readme_names_every_shipped_seed() -> None:
    assert [name for name in seeds.shipped() if f"`{name}`" not in README] == []


def test_the_readme_lists_every_call_of_the_control_plane() -> None:
    listed = set(re.findall(r"^\| `([A-Z]+ /_mock/[^`]*)`", README, re.MULTILINE))
    assert listed == {f"{operation.method} {operation.path}" for operation in control.OPERATIONS}


def test_the_faults_in_the_readme_are_accepted() -> None:
    chapter = README.partition("## Faults")[2].partition("## Clock")[0]
    faults = [json.loads(fault) for fault in re.findall(r"[`'](\{.*\})[`']", chapter)]
    assert len(faults) >= 15
    with Mock() as mock:
        for fault in faults:
            mock.fault(**fault)


def test_the_readme_lists_every_magic_value() -> None:
    chapter = README.partition("## Magic values")[2].partition("##")[0]
    values = {value for name, value in vars(magic).items() if name.isupper() and isinstance(value, str)}
    assert values == set(re.findall(r"`([+\w-]+)`", chapter)) - {"demo", "busy"}


def test_the_readme_names_every_fixture_and_option_of_the_plugin() -> None:
    plugin = (ROOT / "conftest_plugin" / "plugin.py").read_text(encoding="utf-8")
    fixtures = re.findall(r"@pytest.fixture.*?\ndef (\w+)", plugin, re.DOTALL)
    assert [name for name in fixtures if f"| `{name}` |" not in README] == []
    options = (ROOT / "conftest_plugin" / "options.py").read_text(encoding="utf-8")
    named = {*re.findall(r'"--(polyai-mock-\w+)"', options), "polyai-mock-url", "polyai-mock-seed", "polyai-mock-mode"}
    for name in named:
        variable = name.replace("-", "_")
        assert f"| `--{name}` | `{variable}` | `{variable.upper()}` |" in README


def test_the_tests_in_the_readme_run_as_printed(tmp_path: Path) -> None:
    blocks = re.findall(r"```python\n(.*?)```", README, re.DOTALL)
    assert "polyai_mock" in blocks[0]
    for number, block in enumerate(blocks):
        (tmp_path / f"test_block_{number}.py").write_text(block, encoding="utf-8")
    command = [sys.executable, "-m", "pytest", "-q", "--rootdir", str(tmp_path), str(tmp_path)]
    ended = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path, check=False)
    assert ended.returncode == 0, ended.stdout
    assert f"{len(blocks)} passed" in ended.stdout


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_link_leads_somewhere(page: Path) -> None:
    text = re.sub(r"```.*?```", "", page.read_text(encoding="utf-8"), flags=re.DOTALL)
    links = [link for link in re.findall(r"\]\(([^)\s]+)\)", text) if not link.startswith("https://")]
    assert [link for link in links if not _leads_somewhere(page, *link.partition("#")[::2])] == []


def _leads_somewhere(page: Path, path: str, anchor: str) -> bool:
    target = page.parent / path if path else page
    return target.exists() and (not anchor or anchor in _anchors(target))


@cache
def _anchors(page: Path) -> set[str]:
    """Return the anchors of a page's headings, as GitHub makes them."""
    headings = re.findall(r"^#+ (.*)$", page.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def test_the_page_of_operations_is_current() -> None:
    published = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")
    assert published == operations_page(document()), "mockserver operations --markdown > docs/operations.md"


def test_the_published_schema_of_seeds_is_current() -> None:
    published = json.loads((ROOT / "docs" / "seed.schema.json").read_text(encoding="utf-8"))
    assert published == json_schema()


def test_shipped_seeds_name_the_schema() -> None:
    for path in seeds.shipped().values():
        first = path.read_text(encoding="utf-8").splitlines()[0]
        assert first == "# yaml-language-server: $schema=../docs/seed.schema.json"
