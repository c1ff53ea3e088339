"""The plugin under every way of running pytest: in parallel, without some plugins, in unusual places."""

from pathlib import Path

import pytest

from tests.plugin.sessions import WORLDS, Session, assert_none_left, outcome, recorded


@pytest.mark.parametrize(
    "arguments",
    [
        (),
        ("-n", "4"),
        ("-n", "0"),
        ("-n", "2", "--dist=loadgroup", "-W", "error"),
        ("-p", "no:cacheprovider", "-W", "error"),
        ("-p", "no:xdist"),
        ("-p", "no:xprocess"),
        ("-W", "error", "-x"),
    ],
    ids=" ".join,
)
def test_one_server_gives_each_test_its_world_and_ends(project: pytest.Pytester, arguments: tuple[str, ...]) -> None:
    project.makepyfile(WORLDS)
    result = project.runpytest_subprocess(*arguments)
    result.assert_outcomes(passed=6)
    instances, worlds = recorded(project.path)
    assert len(instances) == 1
    assert len(set(worlds)) == 6
    assert_none_left(project.path)
    assert list(project.path.rglob("xprocess.PID")) == []
    assert "polyai mock:" not in outcome(result)


def test_a_first_failure_ends_the_session_and_its_server(project: pytest.Pytester) -> None:
    project.makepyfile(WORLDS + "        assert number != 1\n")
    for arguments in (["-x"], ["-x", "-n", "2"]):
        assert project.runpytest_subprocess(*arguments).ret != 0
        assert_none_left(project.path)


def test_two_sessions_in_one_folder_do_not_affect_each_other(project: pytest.Pytester) -> None:
    project.makepyfile(WORLDS)
    sessions = [Session(project.path, "-q"), Session(project.path, "-q", "-n", "2")]
    for session in sessions:
        assert "6 passed" in session.end()
    instances, worlds = recorded(project.path)
    assert len(instances) == 2
    assert len(set(worlds)) == 12
    assert_none_left(project.path)


def test_a_cache_folder_that_cannot_be_written_is_no_obstacle(project: pytest.Pytester) -> None:
    project.makepyfile(WORLDS)
    (project.path / "cache").write_text("a file where the cache's folder would be")
    result = project.runpytest_subprocess("-o", "cache_dir=cache", "-W", "ignore::pytest.PytestCacheWarning")
    result.assert_outcomes(passed=6)
    assert_none_left(project.path)


def test_paths_may_contain_spaces_and_letters_of_any_language(project: pytest.Pytester) -> None:
    folder = project.mkdir("Ölmühle und größe 電話")
    (folder / "pytest.ini").write_bytes((project.path / "tox.ini").read_bytes())
    source = Path(project.makepyfile(WORLDS)).rename(folder / "test_wörlds.py")
    seed = folder / "sämen.yaml"
    seed.write_text((Path(__file__).parents[2] / "fixtures" / "two_agents.yaml").read_text(encoding="utf-8"))
    session = Session(folder, "-q", "--polyai-mock-seed", seed.name, source.name)
    assert "6 passed" in session.end()
    assert_none_left(folder)


@pytest.mark.parametrize("arguments", [(), ("-p", "no:cacheprovider")], ids=" ".join)
def test_modules_of_the_project_do_not_shadow_those_of_the_server(
    project: pytest.Pytester, arguments: tuple[str, ...]
) -> None:
    project.makepyfile(WORLDS, uvicorn="raise AssertionError('a module of the project')")
    assert "6 passed" in Session(project.path, *arguments).end()


def test_a_proxy_in_the_environment_is_not_used(project: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "https_proxy", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    project.makepyfile(WORLDS)
    project.runpytest_subprocess().assert_outcomes(passed=6)


@pytest.mark.parametrize(
    ("mode", "arguments"),
    [("process", ()), ("thread", ()), ("asgi", ()), ("process", ("-n", "2")), ("asgi", ("-n", "2"))],
)
def test_an_invalid_seed_is_reported_by_its_own_message(
    project: pytest.Pytester, mode: str, arguments: tuple[str, ...]
) -> None:
    project.makepyfile(WORLDS)
    (project.path / "broken.yaml").write_text("accounts:\n  - accountId: ws-1\n    slgu: acme\n")
    result = project.runpytest_subprocess(
        "--polyai-mock-seed=broken.yaml", f"--polyai-mock-mode={mode}", *arguments, timeout=30
    )
    assert result.ret != 0
    output = outcome(result)
    assert "broken.yaml:3:5: " in output
    assert "slug" in output
    for never in ("INTERNALERROR", "Traceback", "SeedError", "During handling", "sessions.py"):
        assert never not in output
    assert "passed" not in output


def test_a_server_that_cannot_start_is_reported_in_one_line(project: pytest.Pytester) -> None:
    project.makepyfile(WORLDS)
    project.makeconftest("""
        import pytest
        from conftest_plugin.options import MockSettings

        @pytest.fixture(scope="session")
        def polyai_mock_settings():
            return MockSettings(host="203.0.113.1")
    """)
    result = project.runpytest_subprocess("-q")
    output = outcome(result)
    assert "polyai-mock: cannot listen on 203.0.113.1" in output
    assert "Traceback" not in output


def test_workers_share_a_server_that_a_conftest_sets(project: pytest.Pytester) -> None:
    project.makeconftest("""
    from dataclasses import replace

    import pytest

    @pytest.fixture(scope="session")
    def polyai_mock_settings(polyai_mock_settings):
        return replace(polyai_mock_settings, seed="two_agents", strict=False)
    """)
    project.makepyfile("""
    import pathlib
    import pytest

    @pytest.mark.parametrize("number", range(8))
    def test_seen(polyai_mock, number):
        health = polyai_mock.server.control.call("GET", "/health")
        pathlib.Path(f"seen-{number}").write_text(health["instance"])
        assert len(polyai_mock.state()["accounts"]) == 1
    """)
    project.runpytest_subprocess("-n", "2").assert_outcomes(passed=8)
    assert len({path.read_text() for path in project.path.glob("seen-*")}) == 1


# Run by every Python that has PYTHONPATH: a server's interpreter, or an agent in it, prints before it is ready.
NOISES = {
    "many lines": "print('agent line\\n' * 5000, file=sys.stderr)",
    "half a line": "print('no end of line', end='', flush=True)",
    "no text": "os.write(1, b'\\xff\\x00\\x1b[1m')",
    "no output at all": "sys.stdout = sys.stderr = open(os.devnull, 'w')",
    "another encoding": "sys.stdout.reconfigure(encoding='utf-16')",
}


@pytest.mark.parametrize("arguments", [(), ("-p", "no:xprocess"), ("-n", "2")], ids=" ".join)
@pytest.mark.parametrize("noise", NOISES)
def test_whatever_is_printed_the_server_starts(
    project: pytest.Pytester, monkeypatch: pytest.MonkeyPatch, noise: str, arguments: tuple[str, ...]
) -> None:
    code = f"import os, sys\nif 'mockserver' in sys.orig_argv:\n    {NOISES[noise]}\n"
    (project.path / "noisy").mkdir()
    (project.path / "noisy" / "sitecustomize.py").write_text(code, encoding="utf-8")
    monkeypatch.setenv("PYTHONPATH", str(project.path / "noisy"))
    project.makepyfile("def test_it(polyai_mock): assert polyai_mock.requests() == []")
    project.runpytest_subprocess(*arguments).assert_outcomes(passed=1)


@pytest.mark.parametrize("arguments", [(), ("-p", "no:xprocess"), ("-n", "1")], ids=" ".join)
def test_a_server_that_is_not_ready_in_time_is_ended_with_its_output(
    project: pytest.Pytester, monkeypatch: pytest.MonkeyPatch, arguments: tuple[str, ...]
) -> None:
    code = "import sys, threading\nif 'mockserver' in sys.orig_argv:\n"
    code += "    print('waiting for a licence', flush=True)\n    threading.Event().wait(60)\n"
    (project.path / "slow").mkdir()
    (project.path / "slow" / "sitecustomize.py").write_text(code, encoding="utf-8")
    monkeypatch.setenv("PYTHONPATH", str(project.path / "slow"))
    project.makepyfile(WORLDS)
    output = outcome(project.runpytest_subprocess("--polyai-mock-start-timeout=0.5", *arguments))
    assert "did not start within 0.5 s (polyai_mock_start_timeout); its output:" in output
    assert "waiting for a licence" in output
    assert "Traceback" not in output


LOGGERS = """
    import logging
    import pytest

    def loggers():
        found = [logging.getLogger(name) for name in ("uvicorn", "uvicorn.error", "uvicorn.access", "uvicorn.asgi")]
        return [(it.level, it.propagate, it.disabled, [*it.handlers], [*it.filters]) for it in found]

    before = loggers()

    @pytest.mark.polyai_mock(strict=False)
    def test_unchanged(polyai_mock, caplog):
        caplog.set_level(1)
        polyai_mock.client.get("/v1/nothing")
        assert loggers() == before
        assert not [record for record in caplog.records if record.name.startswith("uvicorn")]
"""


@pytest.mark.parametrize("mode", ["process", "thread", "asgi"])
def test_loggers_of_other_applications_on_uvicorn_are_unchanged(project: pytest.Pytester, mode: str) -> None:
    project.makepyfile(LOGGERS)
    project.runpytest_subprocess(f"--polyai-mock-mode={mode}").assert_outcomes(passed=1)


# The control plane of the plugin's own server without its token, and what other users of the machine can see of it.
CLOSED = """
    import os, sys, urllib.error, urllib.request
    import psutil
    import pytest

    def status(url, headers):
        try:
            with urllib.request.urlopen(urllib.request.Request(url, headers=headers)) as answer:
                return answer.status
        except urllib.error.HTTPError as refusal:
            refusal.close()
            return refusal.code

    def status_for_another_user(url, headers):
        child = os.fork()
        if child == 0:
            os.setuid(65534)
            os._exit(status(url, headers) // 10)
        return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) * 10

    @pytest.mark.parametrize("path", ["health", "worlds", "worlds/default/state", "worlds/{name}/faults"])
    def test_a_stranger_is_refused(polyai_mock, path):
        url = f"{polyai_mock.base_url}/_mock/{path.format(name=polyai_mock.name)}"
        assert status(url, {"authorization": "Bearer wrong"}) == 403
        assert status(url, {}) == (200 if sys.platform == "linux" else 403)
        if sys.platform == "linux" and os.getuid() == 0:
            assert status_for_another_user(url, {}) == 400  # the first two digits of 403
        assert polyai_mock.state()["accounts"]

    def test_no_command_line_has_the_token(polyai_mock):
        token = polyai_mock.server.control._headers["authorization"].removeprefix("Bearer ")
        assert len(token) >= 32
        assert not any(token in " ".join(it.info["cmdline"] or []) for it in psutil.process_iter(["cmdline"]))
"""


@pytest.mark.parametrize(
    "arguments",
    [(), ("-n", "2"), ("-p", "no:xprocess"), ("--polyai-mock-mode=thread",), ("--polyai-mock-mode=thread", "-n", "2")],
    ids=" ".join,
)
def test_the_plugins_own_server_asks_for_a_token(project: pytest.Pytester, arguments: tuple[str, ...]) -> None:
    project.makepyfile(CLOSED)
    project.runpytest_subprocess(*arguments).assert_outcomes(passed=5)


# Files in xprocess's folder can be created, but not written.
FULL_DISK = """
    import builtins, errno, io

    def open_(file, mode="r", *arguments, __open=open, **options):
        if ".xprocess" in str(file) and set(mode) & set("wa+"):
            raise OSError(errno.ENOSPC, "No space left on device")
        return __open(file, mode, *arguments, **options)

    builtins.open = io.open = open_
"""


def test_a_full_disk_is_no_obstacle(project: pytest.Pytester) -> None:
    project.makeconftest(FULL_DISK)
    project.makepyfile(WORLDS)
    project.runpytest_subprocess().assert_outcomes(passed=6)
    assert_none_left(project.path)
