"""Settings of the plugin: command line, environment variables, ini file, fixture, marker, and invalid values."""

import signal
from dataclasses import replace

import pytest

from conftest_plugin.options import MockSettings, settings_of
from tests.live.process import Server
from tests.plugin.sessions import WORLDS, assert_none_left, eventually, outcome, recorded, servers


def test_an_option_comes_before_the_environment_the_ini_file_and_the_default(
    project: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert settings_of(project.parseconfig()) == MockSettings()
    ini = (
        "[pytest]\npolyai_mock_seed = ini\npolyai_mock_mode = asgi\npolyai_mock_url = http://ini\n"
        "polyai_mock_strict = no\npolyai_mock_keep = off\npolyai_mock_start_timeout = 60\n"
    )
    project.makefile(".ini", tox=ini)
    by_ini = MockSettings(seed="ini", mode="asgi", url="http://ini", strict=False, start_timeout=60)
    assert settings_of(project.parseconfig()) == by_ini
    for name, value in (
        ("SEED", "variable"),
        ("MODE", "process"),
        ("URL", "http://variable:1"),
        ("STRICT", "Yes"),
        ("KEEP", "1"),
        ("START_TIMEOUT", "5"),
        ("CONTROL_TOKEN", "token"),
    ):
        monkeypatch.setenv(f"POLYAI_MOCK_{name}", value)
    by_variable = MockSettings(
        seed="variable", url="http://variable:1", keep=True, control_token="token", start_timeout=5
    )
    assert settings_of(project.parseconfig()) == by_variable
    options = ("--polyai-mock-seed=option", "--polyai-mock-url=http://option:2", "--polyai-mock-mode=process")
    by_option = replace(by_variable, seed="option", url="http://option:2", start_timeout=0.5)
    assert settings_of(project.parseconfig(*options, "--polyai-mock-start-timeout=0.5")) == by_option


@pytest.mark.parametrize(
    ("argument", "message"),
    [
        ("--polyai-mock-mode=threads", "'threads' is not a valid mode; expected process, thread or asgi"),
        ("--polyai-mock-url=localhost:8750", "'localhost:8750' is not a valid URL of a mock server"),
        ("--polyai-mock-url=https://localhost", "'https://localhost' is not a valid URL of a mock server"),
        ("-opolyai_mock_strict=perhaps", "'perhaps' is not a valid value of strict; expected true or false"),
        ("--polyai-mock-start-timeout=0", "'0' is not a valid start_timeout; expected seconds up to 86400"),
        ("--polyai-mock-start-timeout=nan", "'nan' is not a valid start_timeout; expected seconds up to 86400"),
        ("-opolyai_mock_start_timeout=soon", "'soon' is not a valid start_timeout; expected seconds up to 86400"),
        ("-opolyai_mock_keep=1 -opolyai_mock_mode=asgi", "keep needs mode process, not asgi"),
    ],
)
def test_invalid_settings_end_the_session_before_it_begins(
    project: pytest.Pytester, argument: str, message: str
) -> None:
    with pytest.raises(pytest.UsageError) as refusal:
        settings_of(project.parseconfig(*argument.split()))
    assert str(refusal.value).startswith(f"polyai-mock: {message}")


@pytest.mark.skipif(pytest.version_tuple < (9,), reason="pytest 9 introduced tables whose values have types")
@pytest.mark.parametrize(("file", "table"), [("pyproject.toml", "tool.pytest"), ("pytest.toml", "pytest")])
def test_values_of_a_table_may_have_the_types_of_toml(project: pytest.Pytester, file: str, table: str) -> None:
    (project.path / "tox.ini").unlink()
    (project.path / file).write_text(
        f"[{table}]\npolyai_mock_strict = false\npolyai_mock_keep = true\npolyai_mock_start_timeout = 7\n"
        'polyai_mock_seed = "empty"\npolyai_mock_mode = "process"\npolyai_mock_url = "http://127.0.0.1:1"\n'
    )
    expected = MockSettings(strict=False, keep=True, start_timeout=7, seed="empty", url="http://127.0.0.1:1")
    assert settings_of(project.parseconfig()) == expected
    (project.path / file).write_text(
        f'[{table}]\npolyai_mock_strict = "no"\npolyai_mock_keep = "1"\npolyai_mock_start_timeout = "7.5"\n'
    )
    assert settings_of(project.parseconfig()) == MockSettings(strict=False, keep=True, start_timeout=7.5)
    (project.path / file).write_text(f'[{table}]\npolyai_mock_seed = ["a", "b"]\n')
    with pytest.raises(pytest.UsageError, match=r"polyai_mock_seed|is not a valid value of seed"):
        settings_of(project.parseconfig())


def test_a_refused_setting_is_one_clear_line(project: pytest.Pytester) -> None:
    project.makepyfile(WORLDS)
    result = project.runpytest_subprocess("-q", "--polyai-mock-mode=threads")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    assert [line for line in result.errlines if line] == [
        "ERROR: polyai-mock: 'threads' is not a valid mode; expected process, thread or asgi"
    ]


def test_a_running_server_is_used_and_left_running(project: pytest.Pytester) -> None:
    project.makepyfile(WORLDS)
    server = Server("--seed", "two_agents")
    try:
        for arguments in (["-W", "error"], ["-n", "2", "-p", "no:cacheprovider"]):
            result = project.runpytest_subprocess(f"--polyai-mock-url={server.url}/", *arguments)
            result.assert_outcomes(passed=6)
            result.stdout.fnmatch_lines([f"polyai-mock: {server.url}/, with its own seed"])
        assert recorded(project.path).instances == {"None"}
        assert server.process.poll() is None
    finally:
        server.kill()
    result = project.runpytest_subprocess(f"--polyai-mock-url={server.url}")
    assert f"polyai-mock: no mock server answers at {server.url}: " in outcome(result)
    assert "Traceback" not in outcome(result)


@pytest.mark.parametrize("arguments", [("-W", "error"), ("-n", "2")], ids=" ".join)
def test_a_kept_server_goes_on_and_its_address_is_printed(
    project: pytest.Pytester, monkeypatch: pytest.MonkeyPatch, arguments: tuple[str, ...]
) -> None:
    project.makepyfile(WORLDS)
    result = project.runpytest_subprocess("--polyai-mock-keep", *arguments)
    (instance,) = recorded(project.path).instances
    try:
        result.assert_outcomes(passed=6)
        assert len(servers(instance)) == 1
        (line,) = [line for line in result.outlines if "left running" in line]
        url = line.removeprefix("polyai-mock: left running on ")
        (line,) = [line for line in result.outlines if "control token" in line]
        token = line.removeprefix("polyai-mock: its control token: POLYAI_MOCK_CONTROL_TOKEN=")
        monkeypatch.setenv("POLYAI_MOCK_CONTROL_TOKEN", "wrong")
        refused = project.runpytest_subprocess(f"--polyai-mock-url={url}")
        refused.assert_outcomes()
        assert f"the mock server at {url} refused the call: the control token is needed" in outcome(refused)
        monkeypatch.setenv("POLYAI_MOCK_CONTROL_TOKEN", token)
        project.runpytest_subprocess(f"--polyai-mock-url={url}").assert_outcomes(passed=6)
        assert recorded(project.path).instances == {instance}
    finally:
        for process in servers(instance):
            process.send_signal(signal.SIGTERM)
    eventually(lambda: not servers(instance), "the kept server ends")
    assert_none_left(project.path)


def test_settings_are_overridden_in_a_conftest(project: pytest.Pytester) -> None:
    project.makeconftest("""
        import pytest
        from conftest_plugin.options import MockSettings

        @pytest.fixture(scope="session")
        def polyai_mock_settings():
            return MockSettings(seed="two_agents", mode="asgi", strict=False, delay={"ms": 1})
    """)
    project.makepyfile("""
        def test_settings(polyai_mock):
            assert polyai_mock.base_url == "http://polyai-mock.invalid"
            assert len(polyai_mock.state()["accounts"][0]["agents"]) == 2
            polyai_mock.client.get("/v1/nothing")
            polyai_mock.client.get(f"/v1/agents/{polyai_mock.agent_id}/telephony/connectors").raise_for_status()
            unknown, known = polyai_mock.requests()
            assert known["faults"] and known["durationMs"] >= 1
    """)
    project.runpytest_subprocess("-W", "error").assert_outcomes(passed=1)


def test_markers_of_module_class_and_test_set_up_a_world(project: pytest.Pytester) -> None:
    project.makepyfile("""
        from datetime import UTC, datetime
        import pytest

        pytestmark = pytest.mark.polyai_mock(clock="2026-07-02T10:00:00Z", strict=False)
        OWN = {"accounts": [{"accountId": "ws-own", "slug": "own", "apiKeys": [{"key": "own-key"}]}]}

        @pytest.mark.polyai_mock(seed="two_agents", policies={"magicValues": "magic"})
        class TestClass:
            def test_class(self, polyai_mock):
                assert polyai_mock.clock.now == datetime(2026, 7, 2, 10, tzinfo=UTC)
                assert polyai_mock.state()["policies"]["magicValues"] == "magic"
                assert len(polyai_mock.state()["accounts"][0]["agents"]) == 2

            @pytest.mark.polyai_mock(seed=OWN, clock=datetime(2027, 1, 1, tzinfo=UTC))
            def test_nearest(self, polyai_mock):
                assert polyai_mock.account_id == "ws-own"
                with pytest.raises(LookupError, match="has no agent in the account ws-own"):
                    polyai_mock.agent_id
                assert polyai_mock.api_key.startswith("own-key~")
                assert polyai_mock.clock.now == datetime(2027, 1, 1, tzinfo=UTC)
                assert not polyai_mock.strict

        @pytest.mark.polyai_mock(clock=True)
        def test_now(polyai_mock):
            assert polyai_mock.clock.now == polyai_mock.clock.now

        @pytest.mark.polyai_mock(sed="empty")
        def test_wrong_name(polyai_mock):
            pass

        @pytest.mark.polyai_mock("empty")
        def test_no_name(polyai_mock):
            pass

        @pytest.mark.polyai_mock(seed="empt")
        def test_wrong_seed(polyai_mock):
            pass

        @pytest.mark.polyai_mock(seed="wrong.yaml")
        def test_wrong_file(polyai_mock):
            pass

        @pytest.mark.polyai_mock(policies={"magicValue": "ordinary"})
        def test_wrong_policy(polyai_mock):
            pass

        @pytest.mark.polyai_mock(clock="yesterday")
        def test_wrong_time(polyai_mock):
            pass
    """)
    (project.path / "wrong.yaml").write_text("accounts:\n  - accountId: ws-1\n    slgu: acme\n")
    result = project.runpytest_subprocess("--polyai-mock-mode=asgi", "--strict-markers")
    result.assert_outcomes(passed=3, errors=6)
    result.stdout.fnmatch_lines(
        [
            "marker polyai_mock takes seed, strict, clock and policies, not sed",
            "marker polyai_mock takes seed, strict, clock and policies, not 'empty'",
            "marker polyai_mock: no shipped seed is named 'empt'; did you mean empty?",
            "marker polyai_mock: */wrong.yaml:3:5: *",
            "marker polyai_mock: *magicValue*",
            "marker polyai_mock: 'yesterday' is not a valid time; expected one with a zone*",
        ],
        consecutive=False,
    )
    assert "plugin.py:" not in outcome(result)


@pytest.mark.parametrize("mode", ["thread", "asgi"])
def test_the_environment_of_the_quickstart_is_set_for_the_test_alone(
    project: pytest.Pytester, monkeypatch: pytest.MonkeyPatch, mode: str
) -> None:
    project.makepyfile("""
        import os
        from urllib.parse import urlsplit

        def test_with(polyai_mock_env, polyai_mock):
            assert polyai_mock_env is polyai_mock
            assert os.environ["POLYAI_BASE_URL"] == polyai_mock.base_url
            assert os.environ["POLYAI_API_KEY"] == polyai_mock.api_key
            assert os.environ["POLYAI_ACCOUNT_ID"] == polyai_mock.account_id
            assert os.environ["POLYAI_AGENT_ID"] == polyai_mock.agent_id
            host = urlsplit(polyai_mock.base_url).hostname
            assert os.environ["NO_PROXY"] == os.environ["no_proxy"] == f"example.org,{host}"

        def test_without():
            assert os.environ["POLYAI_API_KEY"] == "another-key"
            assert "POLYAI_BASE_URL" not in os.environ
            assert os.environ["NO_PROXY"] == "example.org"
    """)
    monkeypatch.setenv("POLYAI_API_KEY", "another-key")
    monkeypatch.setenv("NO_PROXY", "example.org")
    monkeypatch.setenv("no_proxy", "example.org")
    result = project.runpytest_subprocess(f"--polyai-mock-mode={mode}")
    result.assert_outcomes(passed=2)
    result.stdout.fnmatch_lines([f"polyai-mock: starts on first use, mode {mode}, seed demo"])
