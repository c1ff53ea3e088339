"""A path of a seed is what it was where it was said, whatever the current directory is when it is needed."""

from pathlib import Path
from textwrap import dedent

import pytest

from tests.plugin.sessions import outcome


def seed(agent: str) -> str:
    return f"accounts:\n  - accountId: ws-own\n    apiKeys: [{{key: own-key}}]\n    agents: [{{agentId: {agent}}}]\n"


# A session-wide fixture and a test that change the current directory before the server is first needed.
ELSEWHERE = """
    import os
    import pytest

    @pytest.fixture(scope="session", autouse=True)
    def elsewhere(tmp_path_factory):
        before = os.getcwd()
        os.chdir(tmp_path_factory.mktemp("elsewhere"))
        yield
        os.chdir(before)

    def test_seed(polyai_mock):
        assert polyai_mock.agent_id == "PROJECT-{agent}"
"""


@pytest.fixture
def folder(project: pytest.Pytester) -> Path:
    """The folder `sub` of the project, in which there are other seeds than in the root."""
    folder = project.mkdir("sub")
    (project.path / "own.yaml").write_text(seed("PROJECT-ROOT"))
    (folder / "own.yaml").write_text(seed("PROJECT-SUB"))
    (project.path / "only_root.yaml").write_text(seed("PROJECT-ROOT"))
    return folder


def run(project: pytest.Pytester, monkeypatch: pytest.MonkeyPatch, folder: Path, *arguments: str) -> pytest.RunResult:
    """Run pytest in a folder."""
    monkeypatch.chdir(folder)
    return project.runpytest_subprocess("--rootdir", str(project.path), *arguments)


@pytest.mark.parametrize("mode", ["process", "thread", "asgi"])
@pytest.mark.parametrize("workers", [(), ("-n", "1")], ids=str)
def test_command_line_and_environment_name_files_where_pytest_was_started(
    project: pytest.Pytester, monkeypatch: pytest.MonkeyPatch, folder: Path, mode: str, workers: tuple[str, ...]
) -> None:
    (folder / "test_it.py").write_text(dedent(ELSEWHERE.format(agent="SUB")))
    arguments = (f"--polyai-mock-mode={mode}", *workers)
    run(project, monkeypatch, folder, "--polyai-mock-seed=own.yaml", *arguments).assert_outcomes(passed=1)
    monkeypatch.setenv("POLYAI_MOCK_SEED", "./own.yaml")
    run(project, monkeypatch, folder, *arguments).assert_outcomes(passed=1)


@pytest.mark.parametrize("mode", ["thread", "asgi"])
def test_the_ini_file_and_settings_in_code_name_files_of_the_root(
    project: pytest.Pytester, monkeypatch: pytest.MonkeyPatch, folder: Path, mode: str
) -> None:
    (folder / "test_it.py").write_text(dedent(ELSEWHERE.format(agent="ROOT")))
    ini = ("-o", "polyai_mock_seed=own.yaml", f"--polyai-mock-mode={mode}")
    run(project, monkeypatch, folder, *ini).assert_outcomes(passed=1)
    project.makeconftest(f"""
        import pytest
        from conftest_plugin import MockSettings

        @pytest.fixture(scope="session")
        def polyai_mock_settings():
            return MockSettings(seed="own.yaml", mode="{mode}")
    """)
    run(project, monkeypatch, folder).assert_outcomes(passed=1)


def test_marker_seed_and_reset_name_files_beside_the_test_and_then_in_the_root(
    project: pytest.Pytester, monkeypatch: pytest.MonkeyPatch, folder: Path
) -> None:
    (folder / "test_it.py").write_text(
        dedent("""
        import pathlib
        import pytest

        @pytest.fixture(autouse=True)
        def elsewhere(monkeypatch, tmp_path):
            monkeypatch.chdir(tmp_path)

        def agents(world):
            return [it["agentId"] for account in world.state()["accounts"] for it in account.get("agents", [])]

        @pytest.mark.polyai_mock(seed="own.yaml")
        def test_marker(polyai_mock):
            assert agents(polyai_mock) == ["PROJECT-SUB"]

        @pytest.mark.polyai_mock(seed="only_root.yaml")
        def test_marker_in_the_root(polyai_mock):
            assert agents(polyai_mock) == ["PROJECT-ROOT"]

        @pytest.mark.polyai_mock(seed="demo")
        def test_a_shipped_name_is_no_file(polyai_mock):
            assert "PROJECT-58RP822I" in agents(polyai_mock)

        def test_calls(polyai_mock, polyai_mock_server):
            polyai_mock.reset("own.yaml")
            assert agents(polyai_mock) == ["PROJECT-SUB"]
            polyai_mock.reset(pathlib.Path("only_root.yaml"))
            assert agents(polyai_mock) == ["PROJECT-ROOT"]
            polyai_mock.seed("two_agents")
            with polyai_mock_server.world(seed="own.yaml") as world:
                assert agents(world) == ["PROJECT-SUB"]

        @pytest.mark.polyai_mock(seed="nowhere.yaml")
        def test_missing(polyai_mock):
            pass
    """)
    )
    (folder / "demo").write_text("no seed")
    result = run(project, monkeypatch, folder, "--polyai-mock-mode=asgi")
    result.assert_outcomes(passed=4, errors=1)
    message = f"marker polyai_mock: nowhere.yaml: there is no such file in {folder} or {project.path}; a seed is a file"
    assert message in outcome(result)


def test_a_file_that_is_missing_is_named_with_its_folder(
    project: pytest.Pytester, monkeypatch: pytest.MonkeyPatch, folder: Path
) -> None:
    (folder / "test_it.py").write_text("def test_it(polyai_mock): pass\n")
    for mode in ("process", "asgi"):
        options = ("--polyai-mock-seed=only_root.yaml", f"--polyai-mock-mode={mode}")
        assert f"polyai-mock: {folder}/only_root.yaml: cannot be read" in outcome(
            run(project, monkeypatch, folder, *options)
        )
