"""Other packages by the names of ours: one sentence says so, instead of an import error."""

import subprocess
import sys

import pytest

from tests.plugin.sessions import outcome


@pytest.mark.parametrize("file", ["conftest_plugin.py", "conftest_plugin/__init__.py"])
def test_a_module_of_the_project_by_the_plugins_name_is_named_before_any_test(
    project: pytest.Pytester, monkeypatch: pytest.MonkeyPatch, file: str
) -> None:
    path = project.path / file
    path.parent.mkdir(exist_ok=True)
    path.write_text("'''Shared fixtures.'''\n")
    project.makepyfile("def test_it(): pass")
    monkeypatch.setenv("PYTHONPATH", str(project.path))
    result = project.runpytest_subprocess()
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    assert f"polyai-mock: {path} is another 'conftest_plugin' than that of polyai-mockserver" in outcome(result)
    assert "Traceback" not in outcome(result)
    project.runpytest_subprocess("-p", "no:polyai_mock").assert_outcomes(passed=1)


@pytest.mark.parametrize("file", ["mockserver.py", "mockserver/__init__.py"])
def test_another_package_by_the_servers_name_fails_only_tests_with_the_fixtures(
    project: pytest.Pytester, monkeypatch: pytest.MonkeyPatch, file: str
) -> None:
    path = project.path / file
    path.parent.mkdir(exist_ok=True)
    path.write_text("class MockServerClient: pass\n")
    project.makepyfile("def test_with(polyai_mock): pass\ndef test_without(): pass")
    monkeypatch.setenv("PYTHONPATH", str(project.path))
    result = project.runpytest_subprocess()
    result.assert_outcomes(passed=1, errors=1)
    assert f"polyai-mock: {path} is another 'mockserver' than that of polyai-mockserver" in outcome(result)
    assert "plugin.py:" not in outcome(result)


def test_the_command_names_another_package_by_the_servers_name(
    project: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    (project.path / "mockserver.py").write_text("class MockServerClient: pass\n")
    monkeypatch.setenv("PYTHONPATH", str(project.path))
    code = "import polyai_mockserver; polyai_mockserver.main()"
    ended = subprocess.run([sys.executable, "-c", code, "seeds"], capture_output=True, text=True, check=False)
    assert ended.returncode == 1
    assert ended.stderr.startswith(f"mockserver: {project.path / 'mockserver.py'} is another 'mockserver' than that of")
    assert len(ended.stderr.splitlines()) == 1


def test_the_entry_points_are_the_plugin_and_the_command() -> None:
    import polyai_mockserver
    from conftest_plugin import plugin

    assert polyai_mockserver.plugin is plugin
    code = "import polyai_mockserver; polyai_mockserver.main()"
    ended = subprocess.run([sys.executable, "-c", code, "--version"], capture_output=True, text=True, check=True)
    assert ended.stdout.startswith("mockserver, version ")
