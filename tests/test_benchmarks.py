"""The benchmarks work: each case gives a figure, and figures become ratios and a table. Nothing here asserts a time."""

import shutil
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

pytest.importorskip("pyperf", reason="the benchmarks need the extra `bench`")

from benchmarks.__main__ import main
from benchmarks.cases import CASES
from benchmarks.measuring import Case, Figure, Measurement, Run, measure
from benchmarks.report import table, write
from benchmarks.requests import write_seed
from benchmarks.versions import CURRENT, ROOT, Version
from mockserver import seeds
from mockserver.state.connectors import Connector
from mockserver.state.phone_numbers import PhoneNumber

_GET = Figure("get", "/s", higher_is_better=True, to_floor=0.65, to_other=0.95)


def _run(*arguments: str) -> Result:
    return CliRunner().invoke(main, list(arguments), catch_exceptions=False)


def _measurement(**values: list[float]) -> Measurement:
    return Measurement("load", _GET, {name.replace("_", " "): each for name, each in values.items()})


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_a_quick_run_of_a_case_gives_all_its_figures(case: Case, tmp_path: Path) -> None:
    if case.program and not shutil.which(case.program):
        pytest.skip(f"{case.program} is not installed")
    run = Run(other=None, rounds=1, seconds=1, quick=True, folder=tmp_path)
    assert list(case.measure(run, CURRENT)) == [figure.name for figure in case.figures]


def test_a_run_measures_the_floor_and_another_version() -> None:
    ended = _run("start", "seed", "--quick", "--against", str(ROOT), "--against-python", sys.executable)
    assert ended.exit_code == 0
    rows = [line.strip("|").split("|") for line in ended.output.splitlines() if line.startswith("| s")]
    assert [row[1].strip() for row in rows] == ["ready line", "first answer", "CPU time", "load"]
    assert all(cell.strip() for row in rows for cell in row[:7])


def test_a_case_whose_program_is_not_installed_is_skipped_with_the_reason(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    ended = _run("get", "--quick")
    assert ended.exit_code == 0
    assert "`get` was skipped: the program wrk is not installed." in ended.output


def test_an_unknown_case_is_refused() -> None:
    ended = _run("no-such-case")
    assert ended.exit_code == 2
    assert "'no-such-case' is not one of" in ended.output


def test_versions_take_turns_and_each_round_starts_with_another(tmp_path: Path) -> None:
    turns: list[str] = []

    def taking(_run: Run, version: Version) -> Mapping[str, float]:
        turns.append(version.name)
        return {"get": 1.0} if version.name == "floor" else {"get": 2.0, "p99": 3.0}

    run = Run(other=Version("old"), rounds=2, seconds=1, quick=False, folder=tmp_path)
    case = Case("load", "load a server", (_GET, Figure("p99", "ms")), taking)
    get, p99 = measure(run, case)
    assert turns == ["this version", "old", "floor", "old", "floor", "this version"]
    assert get.values == {"this version": [2.0, 2.0], "old": [2.0, 2.0], "floor": [1.0, 1.0]}
    assert p99.values == {"this version": [3.0, 3.0], "old": [3.0, 3.0]}


def test_a_table_shows_medians_and_the_median_of_the_ratios_of_the_rounds() -> None:
    measurement = _measurement(this_version=[10.0, 90.0, 40.0], floor=[100.0, 100.0, 50.0], old=[10.0, 180.0, 45.0])
    row = table([measurement], Version("old")).splitlines()[-1]
    assert [cell.strip() for cell in row.strip("|").split("|")] == [
        "load",
        "get",
        "40.0/s",
        "100/s",
        "0.80 (0.10 to 0.90)",
        "45.0/s",
        "0.89 (0.50 to 1.00)",
        "at least 0.65 × floor: met; at least 0.95 × old: **missed**",
    ]


def test_figures_are_written_between_the_marks_of_a_page(tmp_path: Path) -> None:
    page = tmp_path / "performance.md"
    page.write_text("before\n<!-- figures -->\nold\n<!-- /figures -->\nafter\n", encoding="utf-8")
    write(page, "new\n")
    assert page.read_text(encoding="utf-8") == "before\n<!-- figures -->\nnew\n<!-- /figures -->\nafter\n"


def test_a_page_without_marks_is_refused(tmp_path: Path) -> None:
    page = tmp_path / "performance.md"
    page.write_text("before\n", encoding="utf-8")
    with pytest.raises(ValueError, match="has no lines <!-- figures -->"):
        write(page, "new\n")


def test_the_page_of_the_docs_has_the_marks() -> None:
    assert "<!-- figures -->\n" in (ROOT / "docs" / "performance.md").read_text(encoding="utf-8")


def test_a_seed_has_the_rows_that_were_asked_for(tmp_path: Path) -> None:
    state = seeds.load_file(write_seed(tmp_path, connectors=3, numbers=10))
    assert (len(state[Connector]), len(state[PhoneNumber])) == (3, 10)
