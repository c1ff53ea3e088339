"""Failures that explain themselves: sections of a report, strictness, differences."""

import pytest

from tests.plugin.sessions import outcome

HEAD = """
    import pytest

    @pytest.fixture
    def connectors(polyai_mock):
        return f"/v1/agents/{polyai_mock.agent_id}/telephony/connectors"
"""

ASKED = "polyai mock: what the client asked"
CHANGED = "polyai mock: what changed"


@pytest.mark.parametrize("mode", ["thread", "asgi"])
def test_a_failing_test_says_what_its_client_asked_and_what_changed(project: pytest.Pytester, mode: str) -> None:
    project.makepyfile(f"""{HEAD}
    def test_failing(polyai_mock, connectors):
        polyai_mock.faults.fail("listConnectors", status=503, times=1)
        polyai_mock.client.get(connectors)
        polyai_mock.client.patch(f"{{connectors}}/conn_abc123", json={{"voiceName": "en-GB-Neural2-C"}})
        polyai_mock.client.delete(f"{{connectors}}/conn_new456")
        polyai_mock.client.post(
            connectors.replace("connectors", "phone-numbers/+442079460177"), json={{"clientEnv": "live"}}
        )
        assert False, "on purpose"

    def test_passing(polyai_mock, connectors):
        polyai_mock.client.get(f"{{connectors}}/conn_of_the_passing_test")

    @pytest.fixture
    def broken(polyai_mock, connectors):
        polyai_mock.client.get(f"{{connectors}}/conn_of_a_fixture")
        assert False, "in a fixture"

    def test_not_reached(broken):
        pass
    """)
    result = project.runpytest_subprocess(f"--polyai-mock-mode={mode}")
    result.assert_outcomes(passed=1, failed=1, errors=1)
    result.stdout.fnmatch_lines(
        [
            "* ERROR at setup of test_not_reached *",
            f"*{ASKED}*",
            "GET *conn_of_a_fixture -> 404 CONNECTORS_NOT_FOUND",
            "* test_failing *",
            f"*{ASKED}*",
            "GET /v1/agents/PROJECT-58RP822I/telephony/connectors -> 503 SERVICE_UNAVAILABLE [[]fault *]",
            'PATCH */conn_abc123 -> 200 {"voiceName": "en-GB-Neural2-C"}',
            "DELETE */conn_new456 -> 200",
            "POST */phone-numbers/*442079460177 -> 201 *",
            f"*{CHANGED}*",
        ]
    )
    result.stdout.fnmatch_lines_random(
        [
            "+ *442079460177*",
            '~ *conn_abc123 voiceName: "en-GB-Wavenet-B" -> "en-GB-Neural2-C"',
            "- *conn_new456",
        ]
    )
    assert "conn_of_the_passing_test" not in outcome(result)


STRICT = f"""{HEAD}
    def test_route(polyai_mock, connectors):
        polyai_mock.client.get(connectors.replace("telephony", "telphony"))

    def test_method(polyai_mock, connectors):
        polyai_mock.client.put(connectors)

    def test_field(polyai_mock, connectors):
        polyai_mock.client.patch(f"{{connectors}}/conn_abc123", json={{"voicename": "en-GB-Neural2-C"}})

    def test_unbuilt(polyai_mock):
        polyai_mock.client.get(f"/v1/accounts/{{polyai_mock.account_id}}/agents")

    @pytest.mark.parametrize("delay", [False, True])
    def test_defect(polyai_mock, connectors, monkeypatch, delay):
        from mockserver.state import cascades
        if delay:
            polyai_mock.faults.delay(ms=1)
        monkeypatch.setattr(cascades, "delete_connector", None)
        assert polyai_mock.client.delete(f"{{connectors}}/conn_abc123").status_code == 500

    def test_own_world(polyai_mock_server):
        with polyai_mock_server.world() as world:
            world.client.get("/v1/nothing")
"""


@pytest.mark.parametrize("mode", ["thread", "asgi"])
def test_a_client_without_the_key_of_its_world_is_found_out_when_its_test_fails(
    project: pytest.Pytester, mode: str
) -> None:
    project.makepyfile(f"""{HEAD}
    def test_before(polyai_mock, connectors):
        polyai_mock.client.get(f"{{connectors}}/conn_before", headers={{"x-api-key": "demo-key"}})

    def test_failing(polyai_mock, connectors):
        polyai_mock.client.delete(f"{{connectors}}/conn_new456", headers={{"x-api-key": "demo-key"}})
        polyai_mock.client.get(connectors, headers={{"x-api-key": "my-key"}})
        assert False, "on purpose"
    """)
    result = project.runpytest_subprocess(f"--polyai-mock-mode={mode}")
    result.assert_outcomes(passed=1, failed=1)
    result.stdout.fnmatch_lines(
        [
            f"*{ASKED}*",
            "nothing; but since this test began, somebody without the key of a world (`polyai_mock.api_key`) asked:",
            "DELETE */conn_new456 -> 200",
            "GET */connectors -> 401 AUTH_USER_INVALID_TOKEN",
            f"*{CHANGED}*",
            "nothing",
        ]
    )
    assert "conn_before" not in outcome(result)


# What a client may well be answered: the API's own refusals, and all that a fault asked for.
ALLOWED = f"""{HEAD}
    @pytest.mark.parametrize("status", [404, 405, 500, 501, 503])
    def test_faults(polyai_mock, connectors, status):
        polyai_mock.faults.fail(status=status)
        assert polyai_mock.client.get(connectors).status_code == status

    def test_refusals(polyai_mock, connectors):
        assert polyai_mock.client.get(f"{{connectors}}/none").status_code == 404
        assert polyai_mock.client.get(connectors, headers={{"x-api-key": "none"}}).status_code == 401
        assert polyai_mock.client.patch(f"{{connectors}}/conn_abc123", json={{"voiceName": 1}}).status_code == 400
"""


def test_a_strict_world_fails_its_test_for_what_does_not_exist(project: pytest.Pytester) -> None:
    project.makepyfile(test_strict=STRICT, test_allowed=ALLOWED)
    result = project.runpytest_subprocess("--polyai-mock-mode=thread")
    result.assert_outcomes(failed=7, passed=6)
    result.stdout.fnmatch_lines(
        [
            "  GET /v1/agents/*/telphony/connectors: no such route; the nearest is "
            "GET /v1/agents/{agentId}/telephony/connectors",
            "  PUT */connectors: no such route*",
            "  PATCH */conn_abc123: the operation updateConnector knows no field voicename (nearest: voiceName)",
            "  GET /v1/accounts/*/agents: the mock server does not have this operation yet",
            "  DELETE *: the mock server failed, which is a defect of it:",
            "Traceback *",
            "TypeError: *",
            "  DELETE *: the mock server failed, which is a defect of it:",
            "  GET /v1/nothing: no such route*",
        ]
    )
    assert "strictness.py" not in outcome(result)
    assert "handle.py" not in outcome(result)


def test_strictness_is_turned_off_by_marker_settings_ini_and_environment(
    project: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    mark = "pytestmark = pytest.mark.polyai_mock(strict=False)"
    by_marker = STRICT.replace("import pytest", f"import pytest\n    {mark}", 1)
    by_settings = """
        import pytest
        from conftest_plugin.options import MockSettings

        @pytest.fixture(scope="session")
        def polyai_mock_settings():
            return MockSettings(mode="thread", strict=False)
    """
    path = project.makepyfile(by_marker)
    arguments = ("--polyai-mock-mode=thread", "-q")
    project.runpytest_subprocess(*arguments).assert_outcomes(passed=6, failed=1)
    path.write_text(path.read_text().replace("strict=False", "strict=None"))
    project.runpytest_subprocess(*arguments, "-o", "polyai_mock_strict=false").assert_outcomes(passed=7)
    with monkeypatch.context() as patch:
        patch.setenv("POLYAI_MOCK_STRICT", "0")
        project.runpytest_subprocess(*arguments).assert_outcomes(passed=7)
    project.makeconftest(by_settings)
    project.runpytest_subprocess("-q").assert_outcomes(passed=7)


def test_differences_of_connectors_and_numbers_are_read_field_by_field(project: pytest.Pytester) -> None:
    project.makepyfile(f"""{HEAD}
    def test_connectors(polyai_mock, connectors):
        before = polyai_mock.client.get(f"{{connectors}}/conn_abc123").json()
        polyai_mock.client.patch(f"{{connectors}}/conn_abc123", json={{"voiceName": "en-GB-Neural2-C"}})
        assert polyai_mock.client.get(f"{{connectors}}/conn_abc123").json() == before

    def test_numbers(polyai_mock, connectors):
        numbers = polyai_mock.client.get(connectors.replace("connectors", "phone-numbers")).json()["phoneNumbers"]
        assert numbers[0] == {{**numbers[1], "more": 1}}

    def test_others():
        assert {{"a": 1}} == {{"a": 2}}
    """)
    result = project.runpytest_subprocess("--polyai-mock-mode=asgi")
    result.assert_outcomes(failed=3)
    result.stdout.fnmatch_lines(
        [
            "E*assert connector conn_abc123 == connector conn_abc123",
            "E * voiceName: 'en-GB-Neural2-C' != 'en-GB-Wavenet-B'",
            "E*assert phone number +44* == phone number +44*",
            "E * more: (absent) != 1",
            "E*assert {'a': 1} == {'a': 2}",
        ]
    )


def test_a_server_that_is_gone_does_not_hide_why_the_test_failed(project: pytest.Pytester) -> None:
    project.makepyfile("""
    def test_failing(polyai_mock, monkeypatch):
        def gone(*_arguments):
            raise ConnectionRefusedError("gone")

        polyai_mock.server.control.call = gone
        assert False, "on purpose"
    """)
    result = project.runpytest_subprocess("--polyai-mock-mode=asgi")
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["*on purpose*", f"*{ASKED}*", "the mock server does not tell: *gone*"])


def test_a_world_of_ones_own_explains_its_failure_too(project: pytest.Pytester) -> None:
    project.makepyfile("""
    def test_alone(polyai_mock_server):
        with polyai_mock_server.world() as world:
            world.client.get(f"/v1/agents/{world.agent_id}/telephony/connectors/conn_of_my_own")
            assert False, "on purpose"

    def test_beside(polyai_mock_server, polyai_mock):
        with polyai_mock_server.world() as world:
            world.client.get(f"/v1/agents/{world.agent_id}/telephony/connectors/conn_beside")
            assert False, "on purpose"

    def test_later(polyai_mock_server):
        assert False, "has no world"
    """)
    result = project.runpytest_subprocess("--polyai-mock-mode=asgi")
    result.assert_outcomes(failed=3)
    result.stdout.fnmatch_lines(["GET *conn_of_my_own -> 404 *", "GET *conn_beside -> 404 *"])
    assert str(result.stdout).count(ASKED) == 2


def test_strictness_reaches_clean_up_and_what_was_before_a_reset(project: pytest.Pytester) -> None:
    project.makepyfile("""
    import pytest

    @pytest.fixture
    def cleaning(polyai_mock):
        yield
        polyai_mock.client.get("/v1/nothing-in-clean-up")

    def test_cleaned_up(cleaning):
        pass

    def test_reset(polyai_mock):
        polyai_mock.client.get("/v1/nothing-before-the-reset")
        polyai_mock.reset()
    """)
    result = project.runpytest_subprocess("--polyai-mock-mode=asgi")
    result.assert_outcomes(passed=1, failed=1, errors=1)
    result.stdout.fnmatch_lines(["*GET /v1/nothing-in-clean-up: no such route*", f"*{ASKED}*"])
    result.stdout.fnmatch_lines(["*GET /v1/nothing-before-the-reset: no such route*"])


def test_an_interrupted_call_of_the_control_plane_breaks_no_later_one(project: pytest.Pytester) -> None:
    project.makepyfile("""
    import http.client
    import pytest

    def test_interrupted(polyai_mock, monkeypatch):
        def interrupted(_connection):
            raise TimeoutError("a test took too long")

        with monkeypatch.context() as patch, pytest.raises(TimeoutError):
            patch.setattr(http.client.HTTPConnection, "getresponse", interrupted)
            polyai_mock.state()
        assert polyai_mock.state()["accounts"]
    """)
    project.runpytest_subprocess("--polyai-mock-mode=thread").assert_outcomes(passed=1)


def test_a_world_whose_key_nobody_looked_at_is_not_asked_what_was_done_in_it(project: pytest.Pytester) -> None:
    project.makepyfile("""
    import pytest

    @pytest.fixture
    def asked(polyai_mock_server, monkeypatch):
        paths = []
        call = polyai_mock_server.control.call

        def noted(method, path, body=None):
            paths.append(path)
            return call(method, path, body)

        monkeypatch.setattr(polyai_mock_server.control, "call", noted)
        return paths

    def test_knows_no_key(polyai_mock_server, asked):
        with polyai_mock_server.world() as world:
            assert world.base_url
        assert not any("/requests" in path for path in asked)

    def test_knows_the_key(polyai_mock_server, asked):
        with polyai_mock_server.world() as world:
            assert world.api_key
        assert any("/requests" in path for path in asked)

    def test_may_share_a_name(polyai_mock_server, asked):
        with polyai_mock_server.world("shared"):
            pass
        assert any("/requests" in path for path in asked)
    """)
    project.runpytest_subprocess("--polyai-mock-mode=asgi").assert_outcomes(passed=3)


@pytest.mark.parametrize("arguments", [(), ("-p", "no:cacheprovider")], ids=" ".join)
def test_a_server_that_is_killed_in_the_middle_is_said_to_be_gone(
    project: pytest.Pytester, arguments: tuple[str, ...]
) -> None:
    project.makepyfile("""
    import contextlib
    import socket
    import time
    from urllib.parse import urlsplit

    import psutil

    def test_killing(polyai_mock):
        instance = polyai_mock.server.control.call("GET", "/health")["instance"]
        for process in psutil.process_iter(["cmdline"]):
            if instance in (process.info["cmdline"] or []):
                process.kill()
        target, deadline = urlsplit(polyai_mock.base_url), time.monotonic() + 20
        with contextlib.suppress(ConnectionError):
            while time.monotonic() < deadline:
                socket.create_connection((target.hostname, target.port)).close()
        assert False, "on purpose"

    def test_afterwards(polyai_mock):
        assert polyai_mock.api_key
    """)
    result = project.runpytest_subprocess(*arguments)
    result.assert_outcomes(failed=2)
    result.stdout.fnmatch_lines(["*on purpose*", "the mock server does not tell: ConnectionRefusedError*"])
    result.stdout.fnmatch_lines(["the mock server at http://127.0.0.1:* is gone: *"])
