"""Reports of failing tests: sections, strict mode, and explanations of a failing `==`."""

import pytest

from conftest_plugin.explanation import explain
from tests.plugin.sessions import outcome

HEAD = """
    import pytest

    @pytest.fixture
    def connectors(polyai_mock):
        return f"/v1/agents/{polyai_mock.agent_id}/telephony/connectors"
"""

REQUESTS = "polyai mock: requests"
CHANGES = "polyai mock: changes"


@pytest.mark.parametrize("mode", ["thread", "asgi"])
def test_a_failing_test_shows_its_requests_and_their_changes(project: pytest.Pytester, mode: str) -> None:
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
            f"*{REQUESTS}*",
            'GET *conn_of_a_fixture -> 404 CONNECTORS_NOT_FOUND "*"*',
            "* test_failing *",
            f"*{REQUESTS}*",
            "GET /v1/agents/PROJECT-58RP822I/telephony/connectors -> 503 SERVICE_UNAVAILABLE "
            '"Service Unavailable" [[]fault fault-1: answered 503 instead]',
            'PATCH */conn_abc123 {"voiceName": "en-GB-Neural2-C"} -> 200 {*"voiceName": "en-GB-Neural2-C"*',
            "DELETE */conn_new456 -> 200 {*",
            'POST */phone-numbers/*442079460177 {"clientEnv": "live"} -> 201 *',
            f"*{CHANGES}*",
        ]
    )
    result.stdout.fnmatch_lines_random(
        [
            "+ *442079460177*",
            "~ *conn_abc123 voiceName en-GB-Wavenet-B -> en-GB-Neural2-C",
            "- *conn_new456 *",
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
        polyai_mock.client.get(f"/v1/accounts/{{polyai_mock.account_id}}/voice-library")

    @pytest.mark.parametrize("delay", [False, True])
    def test_bug(polyai_mock, connectors, monkeypatch, delay):
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
def test_a_failing_test_shows_requests_without_the_key_of_its_world(project: pytest.Pytester, mode: str) -> None:
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
            f"*{REQUESTS}*",
            "none; but requests without the key of a world (`polyai_mock.api_key`) came in since this test began:",
            "DELETE */conn_new456 -> 200 {*",
            'GET */connectors -> 401 AUTH_USER_INVALID_TOKEN "*"*',
            f"*{CHANGES}*",
            "none",
        ]
    )
    assert "conn_before" not in outcome(result)


# Answers that a client can expect: refusals of the API, and the effects of faults.
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


def test_a_strict_world_fails_its_test_for_unexpected_requests(project: pytest.Pytester) -> None:
    project.makepyfile(test_strict=STRICT, test_allowed=ALLOWED)
    result = project.runpytest_subprocess("--polyai-mock-mode=thread")
    result.assert_outcomes(failed=7, passed=6)
    result.stdout.fnmatch_lines(
        [
            "strict mode: unexpected requests in the world test-*:",
            "  GET /v1/agents/*/telphony/connectors: no such route; did you mean "
            "GET /v1/agents/{agentId}/telephony/connectors[?]",
            "  PUT */connectors: no such route*",
            "  PATCH */conn_abc123: unknown field voicename (nearest: voiceName; known: asrLangCode, *)",
            "to allow them: @pytest.mark.polyai_mock(strict=False) on the test, *",
            "  GET /v1/accounts/*/voice-library: the mock server does not implement this operation yet",
            "  DELETE *: the mock server failed, which is a bug in it",
            "  | Traceback *",
            "  | TypeError: *",
            "  DELETE *: the mock server failed, which is a bug in it",
            "  GET /v1/nothing: no such route*",
        ]
    )
    assert "world.py" not in outcome(result)


def test_strict_mode_is_turned_off_by_marker_settings_ini_and_environment(
    project: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    marker = "pytestmark = pytest.mark.polyai_mock(strict=False)"
    by_marker = STRICT.replace("import pytest", f"import pytest\n    {marker}", 1)
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


def test_a_failing_comparison_of_two_records_shows_the_fields_that_differ(project: pytest.Pytester) -> None:
    project.makepyfile(f"""{HEAD}
    def test_connectors(polyai_mock, connectors):
        before = polyai_mock.client.get(f"{{connectors}}/conn_abc123").json()
        polyai_mock.client.patch(f"{{connectors}}/conn_abc123", json={{"voiceName": "en-GB-Neural2-C"}})
        assert polyai_mock.client.get(f"{{connectors}}/conn_abc123").json() == before

    def test_numbers(polyai_mock, connectors):
        numbers = polyai_mock.client.get(connectors.replace("connectors", "phone-numbers")).json()["phoneNumbers"]
        assert numbers[0] == {{**numbers[1], "more": 1}}
    """)
    result = project.runpytest_subprocess("--polyai-mock-mode=asgi")
    result.assert_outcomes(failed=2)
    result.stdout.fnmatch_lines(
        [
            "E*assert {'connectorId': 'conn_abc123', …} == {'connectorId': 'conn_abc123', …}",
            "E * voiceName: 'en-GB-Neural2-C' != 'en-GB-Wavenet-B'",
            "E*assert {'*} == {'*}",
            "E * number: '+44*' != '+44*'",
            "E * more: (absent) != 1",
        ]
    )


OWNED: dict[object, object] = {"accountId": "ws-1", "projectId": "PROJECT-1"}
AGENT: dict[object, object] = {"accountId": "ws-1", "agentId": "PROJECT-1"}


@pytest.mark.parametrize(
    ("left", "right"),
    [
        ({**OWNED, "topicId": "a", "name": "b"}, {**OWNED, "topicId": "a", "name": "c"}),
        ({**OWNED, "topicId": "a"}, {**OWNED, "topicId": "b"}),
        ({**OWNED, "name": "a", "size": 1}, {**OWNED, "name": "a", "size": 2}),
        ({**AGENT, "name": "a"}, {**AGENT, "agentId": "PROJECT-2", "name": "a"}),
        ({**OWNED, "topicId": "a"}, {**OWNED, "topicId": "a", "name": None}),
    ],
)
def test_two_records_of_the_api_are_explained(left: object, right: object) -> None:
    assert explain(left, right) is not None
    assert explain(right, left) is not None


@pytest.mark.parametrize(
    ("left", "right"),
    [
        ({"number": 5, "title": "parser"}, {"number": 5, "title": "lexer"}),
        ({"voiceName": "a", "connectorId": "b"}, {"voiceName": "c", "connectorId": "b"}),
        ({**OWNED, "name": "a"}, {**OWNED, "name": "b"}),
        ({**OWNED, "size": 1}, {**OWNED, "size": 2}),
        ({**OWNED, "topicId": "a"}, {**AGENT, "topicId": "b"}),
        ({**OWNED, "topicId": "a"}, {"accountId": "ws-1", "topicId": "a"}),
        ({"projectId": "PROJECT-1", "topicId": "a"}, {"projectId": "PROJECT-1", "topicId": "b"}),
        ({"accountId": 1, "projectId": 2, "topicId": 3}, {"accountId": 1, "projectId": 2, "topicId": 4}),
        ({**OWNED, "topicId": "a"}, {**OWNED, "topicId": "a"}),
        ({**OWNED, 1: "a"}, {**OWNED, 1: "b"}),
        ({**OWNED, "topicId": "a"}, [OWNED]),
    ],
)
def test_everything_else_is_explained_by_pytest(left: object, right: object) -> None:
    assert explain(left, right) is None
    assert explain(right, left) is None


@pytest.mark.parametrize("verbosity", ["-v", "-vv"])
def test_a_suite_without_our_fixtures_gets_the_explanations_of_pytest(project: pytest.Pytester, verbosity: str) -> None:
    project.makepyfile("""
    def test_issues():
        assert {"number": 5, "title": "parser"} == {"number": 5, "title": "lexer"}

    def test_nested():
        assert {"number": 1, "rows": list(range(60))} == {"number": 1, "rows": list(range(59)) + [0]}
    """)
    ours, theirs = (
        [line for line in project.runpytest_subprocess(verbosity, *plugins).outlines if line.startswith("E ")]
        for plugins in ((), ("-p", "no:polyai_mock"))
    )
    assert len(theirs) > 5
    assert ours == theirs


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
    result.stdout.fnmatch_lines(["*on purpose*", f"*{REQUESTS}*", "not available: *gone*"])


def test_a_world_of_the_context_manager_is_reported_too(project: pytest.Pytester) -> None:
    project.makepyfile("""
    def test_alone(polyai_mock_server):
        with polyai_mock_server.world() as world:
            world.client.get(f"/v1/agents/{world.agent_id}/telephony/connectors/conn_alone")
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
    result.stdout.fnmatch_lines(["GET *conn_alone -> 404 *", "GET *conn_beside -> 404 *"])
    assert str(result.stdout).count(REQUESTS) == 2


def test_strict_mode_includes_teardown_and_requests_before_a_reset(project: pytest.Pytester) -> None:
    project.makepyfile("""
    import pytest

    @pytest.fixture
    def cleaning(polyai_mock):
        yield
        polyai_mock.client.get("/v1/nothing-in-teardown")

    def test_teardown(cleaning):
        pass

    def test_reset(polyai_mock):
        polyai_mock.client.get("/v1/nothing-before-the-reset")
        polyai_mock.reset()
    """)
    result = project.runpytest_subprocess("--polyai-mock-mode=asgi")
    result.assert_outcomes(passed=1, failed=1, errors=1)
    result.stdout.fnmatch_lines(["*GET /v1/nothing-in-teardown: no such route*", f"*{REQUESTS}*"])
    result.stdout.fnmatch_lines(["*GET /v1/nothing-before-the-reset: no such route*"])


def test_an_interrupted_call_of_the_control_plane_does_not_affect_the_next(project: pytest.Pytester) -> None:
    project.makepyfile("""
    import pytest
    from mockserver.control.connection import Connection

    def test_interrupted(polyai_mock, monkeypatch):
        def interrupted(_connection):
            raise TimeoutError("a test took too long")

        with monkeypatch.context() as patch, pytest.raises(TimeoutError):
            patch.setattr(Connection, "_answer", interrupted)
            polyai_mock.state()
        assert polyai_mock.state()["accounts"]
    """)
    project.runpytest_subprocess("--polyai-mock-mode=thread").assert_outcomes(passed=1)


def test_the_journal_of_a_world_whose_key_was_not_read_is_not_checked(project: pytest.Pytester) -> None:
    project.makepyfile("""
    import pytest

    @pytest.fixture
    def called(polyai_mock_server, monkeypatch):
        paths = []
        call = polyai_mock_server.control.call

        def record(method, path, body=None):
            paths.append(path)
            return call(method, path, body)

        monkeypatch.setattr(polyai_mock_server.control, "call", record)
        return paths

    def test_key_not_read(polyai_mock_server, called):
        with polyai_mock_server.world() as world:
            assert world.base_url
        assert not any("/requests" in path for path in called)

    def test_key_read(polyai_mock_server, called):
        with polyai_mock_server.world() as world:
            assert world.api_key
        assert any("/requests" in path for path in called)

    def test_shared_name(polyai_mock_server, called):
        with polyai_mock_server.world("shared"):
            pass
        assert any("/requests" in path for path in called)
    """)
    project.runpytest_subprocess("--polyai-mock-mode=asgi").assert_outcomes(passed=3)


@pytest.mark.parametrize("arguments", [(), ("-p", "no:cacheprovider")], ids=" ".join)
def test_a_server_that_is_killed_during_a_test_is_reported(
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
    result.stdout.fnmatch_lines(["*on purpose*", "not available: ConnectionRefusedError*"])
    result.stdout.fnmatch_lines(["the mock server at http://127.0.0.1:* does not answer: *"])


def test_a_report_counts_repeated_lines_and_names_faults_that_never_fired(project: pytest.Pytester) -> None:
    project.makepyfile(f"""{HEAD}
    def test_failing(polyai_mock, connectors):
        polyai_mock.faults.fail("deleteConnector", status=503)
        polyai_mock.faults.delay("listConnectors", ms=1, skip=9)
        polyai_mock.faults.drop("getConnector", how="reset", times=1)
        for _ in range(3):
            polyai_mock.client.get(connectors)
        with pytest.raises(Exception):
            polyai_mock.client.get(f"{{connectors}}/conn_abc123")
        assert False, "on purpose"
    """)
    result = project.runpytest_subprocess("--polyai-mock-mode=thread", "--junitxml=report.xml")
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(
        [
            f"*{REQUESTS} (world test-*-1)*",
            "GET */connectors -> 200 * (x3)",
            "GET */conn_abc123 -> no answer [[]fault fault-3: the connection was reset]",
            "fault fault-1 never fired, no request matched it: *",
            "fault fault-2 never fired, 3 requests matched it: *",
            f"*{CHANGES} (world test-*-1)*",
        ],
        consecutive=True,
    )
    report = (project.path / "report.xml").read_text(encoding="utf-8")
    assert "the connection was reset" in report
    assert "polyai mock: changes" in report


@pytest.mark.parametrize("text", ["\x1b[31mred", "\x9b31m", "‮evil", "\n::error::forged", "\r\nFAILED forged"])
def test_no_text_of_a_client_reaches_the_terminal_unescaped(project: pytest.Pytester, text: str) -> None:
    project.makepyfile(f"""{HEAD}
    TEXT = {text!a}

    def test_report(polyai_mock, connectors):
        polyai_mock.client.patch(f"{{connectors}}/conn_abc123", json={{"voiceName": TEXT, TEXT: TEXT}})
        polyai_mock.client.get(connectors, params={{TEXT: TEXT}})
        polyai_mock.faults.fail("deleteConnector", status=503, body={{TEXT: TEXT}})
        assert False, "on purpose"

    def test_strict(polyai_mock, connectors):
        polyai_mock.client.patch(f"{{connectors}}/conn_abc123", json={{TEXT: TEXT}})
    """)
    result = project.runpytest_subprocess("--polyai-mock-mode=thread", "--color=no", "--tb=line")
    result.assert_outcomes(failed=2)
    output = outcome(result)
    assert text not in output
    assert not [line for line in result.outlines if line.startswith(("::error", "FAILED forged"))]
