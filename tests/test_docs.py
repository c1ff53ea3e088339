"""Documentation says what the code does: tables, options, variables, routes, generated pages, examples, links."""

import json
import re
import subprocess
import sys
from dataclasses import fields
from functools import cache
from pathlib import Path
from unittest.mock import MagicMock

import click
import pytest
import yaml

from conftest_plugin import plugin
from conftest_plugin.clock import MockClock
from conftest_plugin.faults import MockFaults
from conftest_plugin.options import MockSettings, add_options
from conftest_plugin.worlds import MockSnapshot, MockWorld
from docs.generate import pages
from docs.operations_page import by_tag
from mockserver import seeds, testing
from mockserver.command.main import main
from mockserver.openapi.document import document
from mockserver.state.catalogue import magic_keys
from mockserver.state.connectors import REJECTED_VOICE, Connector
from mockserver.state.outbound_calls import BUSY_NUMBER, NO_ANSWER_NUMBER
from mockserver.state.policies import Policies
from mockserver.state.schema import columns
from mockserver.values.kinds import Choice
from tests.control.mock import Mock

ROOT = Path(__file__).parent.parent
PAGES = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")])


@cache
def _text(page: str | Path) -> str:
    return (ROOT / page).read_text(encoding="utf-8")


def _between(marks: str, page: str) -> str:
    return _text(page).partition(f"<!-- {marks} -->\n")[2].partition(f"\n<!-- /{marks} -->")[0]


def test_the_readme_is_short_and_leads_to_every_page() -> None:
    assert len(_text("README.md").splitlines()) < 200
    pages = [str(page.relative_to(ROOT)) for page in ROOT.glob("docs/*.md")]
    assert [page for page in pages if f"]({page})" not in _text("README.md")] == []


@pytest.mark.parametrize(("path", "text"), list(pages()), ids=lambda it: it.name if isinstance(it, Path) else "")
def test_a_generated_page_is_current(path: Path, text: str) -> None:
    assert path.read_text(encoding="utf-8") == text, "run: python -m docs.generate"


def test_shipped_seeds_name_the_schema() -> None:
    for path in seeds.shipped().values():
        first = path.read_text(encoding="utf-8").splitlines()[0]
        assert first == "# yaml-language-server: $schema=../docs/seed.schema.json"


def test_the_default_of_every_policy_is_its_first_choice() -> None:
    for policy in columns(Policies):
        assert isinstance(policy.kind, Choice)
        assert policy.kind.choices[0] == policy.default


def test_the_page_of_seeds_names_every_shipped_seed() -> None:
    assert [name for name in seeds.shipped() if f"| `{name}` |" not in _text("docs/seeds.md")] == []


def test_the_seed_on_the_page_of_seeds_is_a_seed() -> None:
    (seed,) = re.findall(r"```yaml\n(.*?)```", _text("docs/seeds.md"), re.DOTALL)
    assert len(seeds.load_text(seed, "docs/seeds.md")[Connector]) == 1


def test_the_page_of_the_command_names_every_command_option_and_variable() -> None:
    page = _text("docs/command.md")
    for name, command in main.commands.items():
        assert f"| `mockserver {name}" in page
        for option in command.params:
            if isinstance(option, click.Option):
                assert any(f"`{flag} " in page or f"`{flag}`" in page for flag in option.opts), option.name
                assert option.envvar is None or f"`{option.envvar}`" in page


def test_the_page_of_worlds_lists_every_route_of_the_control_plane() -> None:
    listed = set(re.findall(r"^\| `([A-Z]+ /_mock/[^`]*)`", _text("docs/worlds.md"), re.MULTILINE))
    assert listed == {f"{method} {path}" for method, path, _ in by_tag(document())["Mock Control"]}


def test_the_faults_on_the_page_of_faults_are_accepted() -> None:
    chapter = _text("docs/faults.md").partition("## Clock")[0]
    faults = [json.loads(fault) for fault in re.findall(r"[`'](\{.*\})[`']", chapter)]
    assert len(faults) >= 15
    with Mock() as mock:
        for fault in faults:
            mock.fault(**fault)


def test_the_page_of_faults_lists_every_magic_value() -> None:
    chapter = _text("docs/faults.md").partition("## Magic values")[2]
    values = {*magic_keys(), BUSY_NUMBER, NO_ANSWER_NUMBER, REJECTED_VOICE}
    assert values == set(re.findall(r"`([+\w-]+)`", chapter)) - {"demo", "busy"}


def test_the_guide_for_pytest_names_every_fixture_option_and_variable() -> None:
    guide = _text("docs/pytest.md")
    fixtures = [name for name in vars(plugin) if name.startswith("polyai_mock")]
    assert len(fixtures) == 5
    assert [name for name in fixtures if f"| `{name}` |" not in guide] == []
    parser = MagicMock()
    add_options(parser)
    settings = [call.args[0] for call in parser.addini.call_args_list]
    assert [name for name in settings if f"| `{name}` | `{name.upper()}` |" not in guide] == []
    for call in parser.getgroup().addoption.call_args_list:
        option = call.args[0]
        assert f"| `{option}` | `{option.strip('-').replace('-', '_')}` |" in guide
    sources = " ".join(path.read_text(encoding="utf-8") for path in (ROOT / "conftest_plugin").glob("*.py"))
    assert [name for name in re.findall(r"\bPOLYAI_[A-Z_]*[A-Z]\b", sources) if f"`{name}`" not in guide] == []


def test_the_guide_for_pytest_names_everything_that_fixtures_give(pytestconfig: pytest.Config) -> None:
    guide = _text("docs/pytest.md")
    kinds = (MockWorld, MockSnapshot, MockFaults, MockClock)
    names = {name for kind in kinds for name in vars(kind) if not name.startswith("_")}
    called_by_the_plugin = {"begin", "close", "complaint", "delay_requests", "open_with", "read_credentials"}
    names |= {field.name for field in fields(MockSettings)}
    assert (
        sorted(name for name in names - called_by_the_plugin if not re.search(rf"`([\w.]*\.)?{name}[`(]", guide)) == []
    )
    (marker,) = (line for line in pytestconfig.getini("markers") if line.startswith("polyai_mock("))
    arguments = re.findall(r"(\w+)=None", marker)
    assert arguments
    assert [name for name in arguments if f"| `{name}` |" not in guide] == []
    titles = re.findall(r'"(polyai mock: [^"]+)"', _text("conftest_plugin/reporting.py"))
    assert len(titles) == 2
    assert [title for title in titles if f" {title} (world" not in guide] == []


def test_the_page_of_hypothesis_names_every_strategy_and_method() -> None:
    page = _text("docs/hypothesis.md")
    strategies = [name for name in testing.__all__ if name.islower()]
    methods = [name for name in vars(testing.Adapter) if not name.startswith("_")]
    called_by_the_machine = {"has", "can", "answer"}
    assert [name for name in strategies if f"`{name}(" not in page] == []
    assert [name for name in methods if name not in called_by_the_machine and f"`{name}(" not in page] == []


def test_the_page_of_the_architecture_names_every_folder() -> None:
    folders = [path.parent.name for path in (ROOT / "mockserver").glob("*/__init__.py")]
    assert [name for name in folders if f"| `{name}/` |" not in _text("docs/architecture.md")] == []


@pytest.mark.process
def test_the_hook_refuses_every_word_that_contributing_rules_out() -> None:
    hooks = yaml.safe_load(_text(".pre-commit-config.yaml"))["repos"][0]["hooks"]
    (pattern,) = (hook["entry"] for hook in hooks if hook["id"] == "words")
    rows = re.findall(
        r"^\| .* \| (`.*`) \|$", _text("CONTRIBUTING.md").partition("### Words that are ruled out")[2], re.MULTILINE
    )
    words = [word for row in rows for word in re.findall(r"`(.*?)`", row)]
    assert len(words) >= 10
    assert [word for word in words if not re.search(pattern, word)] == []


def test_python_blocks_run_as_printed(tmp_path: Path) -> None:
    blocks = [block for page in PAGES for block in re.findall(r"```python\n(.*?)```", _text(page), re.DOTALL)]
    tests = [block for block in blocks if not block.startswith("# conftest.py\n")]
    for number, block in enumerate(tests):
        (tmp_path / f"test_block_{number}.py").write_text(block, encoding="utf-8")
    for block in set(blocks) - set(tests):
        exec(compile(block, "conftest.py", "exec"), {})  # noqa: S102  # the documentation's own
    command = [sys.executable, "-m", "pytest", "-q", "--rootdir", str(tmp_path), str(tmp_path)]
    ended = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path, check=False)
    assert ended.returncode == 0, ended.stdout
    assert f"{sum(block.count('def test_') for block in tests)} passed" in ended.stdout


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_link_leads_somewhere(page: Path) -> None:
    text = re.sub(r"```.*?```", "", _text(page), flags=re.DOTALL)
    links = [link for link in re.findall(r"\]\(([^)\s]+)\)", text) if not link.startswith("https://")]
    assert [link for link in links if not _leads_somewhere(page, *link.partition("#")[::2])] == []


def _leads_somewhere(page: Path, path: str, anchor: str) -> bool:
    target = page.parent / path if path else page
    return target.exists() and (not anchor or anchor in _anchors(target))


@cache
def _anchors(page: Path) -> set[str]:
    """Return the anchors of a page's headings, as GitHub makes them."""
    headings = re.findall(r"^#+ (.*)$", _text(page), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def test_the_worked_example_is_quoted_from_the_code() -> None:
    code = "\n".join(path.read_text(encoding="utf-8") for path in ROOT.rglob("secrets.*") if path.suffix != ".pyc")
    code += _text("tests/app/test_secrets.py")
    example = _text("CONTRIBUTING.md").partition("<!-- worked example: begin -->")[2]
    blocks = re.findall(r"```(?:py|yaml)\n(.*?)```", example.partition("<!-- worked example: end -->")[0], re.DOTALL)
    lines = [line for block in blocks for line in block.splitlines()]
    assert len(lines) > 10
    assert [line for line in lines if "..." not in line and line.strip() not in code] == []
