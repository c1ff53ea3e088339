"""Tests that replace what the plugin itself uses, or record what goes over the network: each has its own result."""

import pytest

from tests.plugin.sessions import outcome

CONNECTORS = '"/v1/agents/" + polyai_mock.agent_id + "/telephony/connectors"'

TARGETS = (
    "json.loads",
    "json.dumps",
    "json.JSONEncoder.encode",
    "http.client.HTTPConnection.request",
    "http.client.HTTPConnection.getresponse",
    "http.client.HTTPConnection",
    "socket.socket",
    "socket.socket.connect",
    "socket.socket.sendall",
    "socket.socket.recv",
    "socket.create_connection",
    "socket.getaddrinfo",
    "urllib.parse.quote",
    "urllib.parse.urlencode",
    "urllib.request.urlopen",
    "httpx.Client.send",
    "httpx.HTTPTransport.handle_request",
    "time.monotonic",
    "time.time",
    "builtins.open",
    "threading.Lock",
    "os.getpid",
)

PATCHED = f"""
    import pytest

    def refuse(*arguments, **keywords):
        raise RuntimeError("replaced by the test")

    @pytest.mark.parametrize("target", {TARGETS})
    def test_passing(polyai_mock, monkeypatch, target):
        polyai_mock.client.get({CONNECTORS})
        monkeypatch.setattr(target, refuse)

    @pytest.mark.parametrize("target", {TARGETS})
    def test_failing(polyai_mock, monkeypatch, target):
        polyai_mock.client.get({CONNECTORS})
        monkeypatch.setattr(target, refuse)
        raise AssertionError("of the test alone")

    @pytest.mark.parametrize("target", {TARGETS})
    def test_unexpected(polyai_mock, monkeypatch, target):
        polyai_mock.client.get("/v1/nothing")
        monkeypatch.setattr(target, refuse)

    def test_after(polyai_mock):
        polyai_mock.client.get({CONNECTORS}).raise_for_status()
"""


@pytest.mark.parametrize("mode", ["process", "thread", "asgi"])
def test_a_test_that_replaces_what_the_plugin_uses_has_its_own_result(project: pytest.Pytester, mode: str) -> None:
    project.makepyfile(PATCHED)
    result = project.runpytest_subprocess(f"--polyai-mock-mode={mode}", "--tb=short", "-rN")
    output = outcome(result)
    assert "INTERNALERROR" not in output
    found = result.parseoutcomes()
    late = found.get("errors", 0)  # tests that have passed, and whose worlds could be asked in their teardown only
    assert (found["passed"] - late, found["failed"] + late) == (len(TARGETS) + 1, 2 * len(TARGETS)), output
    assert output.count("E   AssertionError: of the test alone") == len(TARGETS)
    assert output.count("GET /v1/nothing: no such route") == len(TARGETS)


def test_a_recorder_of_traffic_sees_the_test_alone(project: pytest.Pytester) -> None:
    pytest.importorskip("vcr")
    project.makepyfile(f"""
        import pytest, requests, vcr

        @pytest.mark.parametrize("run", range(2))
        def test_recorded(polyai_mock, run, request):
            path = {CONNECTORS}
            with vcr.use_cassette(str(request.config.rootpath / f"{{run}}.yaml")) as cassette:
                polyai_mock.seed({{"policies": {{"magicValues": "ordinary"}}}})
                requests.get(polyai_mock.base_url + path, headers=polyai_mock.headers).raise_for_status()
                assert len(polyai_mock.requests()) == 1
            assert [request.path for request in cassette.requests] == [path]

        def test_failing(polyai_mock, request):
            with vcr.use_cassette(str(request.config.rootpath / "none.yaml"), record_mode="none"):
                polyai_mock.call("GET", "/state")
                assert False, "of the test alone"
    """)
    result = project.runpytest_subprocess()
    result.assert_outcomes(passed=2, failed=1)
    assert "not available" not in outcome(result)
