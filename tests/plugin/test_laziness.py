"""Nothing starts or is imported before a test needs it."""

import subprocess
import sys

import pytest

from tests.plugin.sessions import WORLDS, outcome

# Every start in the default mode goes through this function.
NO_START = """
    import conftest_plugin.process

    def refuse(config, settings):
        raise AssertionError("a server was started")

    conftest_plugin.process.running_process = refuse
"""


@pytest.mark.parametrize("arguments", [("--collect-only",), ("--help",), ("--fixtures",)], ids=" ".join)
def test_options_that_run_no_test_start_no_server(project: pytest.Pytester, arguments: tuple[str, ...]) -> None:
    project.makeconftest(NO_START)
    project.makepyfile(WORLDS)
    result = project.runpytest_subprocess(*arguments)
    assert result.ret == 0
    assert "a server was started" not in outcome(result)


@pytest.mark.parametrize("arguments", [(), ("-n", "2")], ids=" ".join)
def test_tests_without_our_fixtures_start_no_server(project: pytest.Pytester, arguments: tuple[str, ...]) -> None:
    project.makeconftest(NO_START)
    project.makepyfile("""
        import sys

        def test_of_something_else():
            assert not {"mockserver.seeds", "conftest_plugin.worlds", "conftest_plugin.sessions"} & set(sys.modules)
    """)
    project.runpytest_subprocess(*arguments).assert_outcomes(passed=1)


def test_tests_without_our_fixtures_import_nothing_of_the_server_even_if_they_fail(project: pytest.Pytester) -> None:
    project.makepyfile("""
        import sys

        def test_failing():
            assert {"number": 5, "title": "parser"} == {"number": 5, "title": "lexer"}

        def test_afterwards():
            assert "mockserver" not in sys.modules
    """)
    project.runpytest_subprocess().assert_outcomes(failed=1, passed=1)


def test_the_conftest_of_these_tests_detects_a_start(project: pytest.Pytester) -> None:
    project.makeconftest(NO_START)
    project.makepyfile(WORLDS)
    assert "a server was started" in outcome(project.runpytest_subprocess("-x"))


def test_the_entry_point_imports_only_the_standard_library_and_pytest() -> None:
    imported = {name.partition(".")[0] for name in imported_by("conftest_plugin.plugin")}
    assert imported == {"conftest_plugin", "polyai_mockserver"}


def test_the_client_of_the_control_plane_imports_no_part_of_the_server() -> None:
    imported = imported_by("mockserver.control.client", "mockserver.control.report")
    assert {name for name in imported if name.partition(".")[0] != "h11"} == {
        "mockserver",
        "mockserver.app",
        "mockserver.control",
        "mockserver.control.client",
        "mockserver.control.connection",
        "mockserver.control.report",
        "mockserver.settings",
        "mockserver.version",
    }


def imported_by(*modules: str) -> set[str]:
    """Return what modules import beside pytest and the standard library, in a fresh process."""
    code = f"""
        import sys
        import pytest
        before = set(sys.modules)
        import {", ".join(modules)}
        print(*(name for name in set(sys.modules) - before if name.partition(".")[0] not in sys.stdlib_module_names))
    """
    lines = "\n".join(line.strip() for line in code.strip().splitlines())
    output = subprocess.run([sys.executable, "-c", lines], capture_output=True, text=True, check=True).stdout
    return set(output.split())


def test_each_fixture_and_the_marker_are_described(project: pytest.Pytester) -> None:
    shown = outcome(project.runpytest_subprocess("--fixtures"))
    ours = shown.partition("fixtures defined from conftest_plugin.plugin")[2].partition("fixtures defined from")[0]
    names = [line.split()[0] for line in ours.splitlines() if line.startswith("polyai_mock")]
    assert sorted(names) == [
        "polyai_mock",
        "polyai_mock_env",
        "polyai_mock_intercept",
        "polyai_mock_server",
        "polyai_mock_settings",
    ]
    assert "no docstring available" not in ours
    assert "polyai_mock(seed=None, strict=None, clock=None, policies=None)" in outcome(
        project.runpytest_subprocess("--markers")
    )
