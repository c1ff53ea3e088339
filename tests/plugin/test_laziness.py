"""Nothing starts before a test needs it, and pytest itself hardly notices the plugin."""

import subprocess
import sys

import pytest

from tests.plugin.sessions import WORLDS, outcome

# Any start, in the mode that nobody has to choose, goes through here.
NO_START = """
    import conftest_plugin.process

    def refuse(config, settings):
        raise AssertionError("a server was started")

    conftest_plugin.process.running_process = refuse
"""


@pytest.mark.parametrize("arguments", [("--collect-only",), ("--help",), ("--fixtures",)], ids=" ".join)
def test_looking_around_starts_no_server(project: pytest.Pytester, arguments: tuple[str, ...]) -> None:
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
            assert not {"mockserver", "conftest_plugin.worlds", "conftest_plugin.sessions"} & set(sys.modules)
    """)
    project.runpytest_subprocess(*arguments).assert_outcomes(passed=1)


def test_the_conftest_of_these_tests_would_notice_a_start(project: pytest.Pytester) -> None:
    project.makeconftest(NO_START)
    project.makepyfile(WORLDS)
    assert "a server was started" in outcome(project.runpytest_subprocess("-x"))


def test_the_entry_point_imports_only_the_standard_library_and_pytest() -> None:
    code = """
        import sys
        import pytest
        before = set(sys.modules)
        import conftest_plugin.plugin
        print(*sorted({name.partition(".")[0] for name in set(sys.modules) - before} - sys.stdlib_module_names))
    """
    lines = "\n".join(line.strip() for line in code.strip().splitlines())
    said = subprocess.run([sys.executable, "-c", lines], capture_output=True, text=True, check=True)
    assert said.stdout.split() == ["conftest_plugin"]


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
