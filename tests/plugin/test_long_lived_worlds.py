"""Worlds that several tests share: each test answers for its own requests, and sees no others."""

from collections.abc import Iterator

import pytest

from conftest_plugin.options import MockSettings
from conftest_plugin.sessions import running_server
from conftest_plugin.worlds import MockServer
from tests.plugin.sessions import outcome

TOKEN = "of-the-shared-server"

SHARED = """
    import pytest

    @pytest.fixture(scope="{scope}")
    def shared(polyai_mock_server):
        with polyai_mock_server.world() as world:
            world.client.delete(f"/v1/agents/{{world.agent_id}}/telephony/connectors/conn_new456").raise_for_status()
            yield world

    @pytest.fixture
    def connectors(shared):
        return f"/v1/agents/{{shared.agent_id}}/telephony/connectors"

    class TestShared:
        def test_first(self, shared, connectors):
            shared.client.patch(f"{{connectors}}/conn_abc123", json={{"variantId": None}}).raise_for_status()

        def test_guilty(self, shared):
            shared.client.get("/v1/nothing")

        def test_innocent(self, shared, connectors):
            shared.client.get(connectors)

        def test_failing(self, shared, connectors):
            shared.client.get(f"{{connectors}}/conn_abc123")
            shared.client.delete(f"{{connectors}}/conn_abc123")
            assert False, "on purpose"
"""


@pytest.fixture(scope="module")
def server(request: pytest.FixtureRequest) -> Iterator[MockServer]:
    with running_server(request.config, MockSettings(mode="thread", control_token=TOKEN)) as server:
        yield server


@pytest.mark.parametrize("scope", ["class", "module", "session"])
def test_each_test_answers_for_its_own_requests_to_a_shared_world(project: pytest.Pytester, scope: str) -> None:
    project.makepyfile(SHARED.format(scope=scope))
    result = project.runpytest_subprocess("--polyai-mock-mode=thread", "-rN")
    result.assert_outcomes(passed=2, failed=2)
    result.stdout.fnmatch_lines(
        [
            "* TestShared.test_guilty *",
            "strict mode: unexpected requests in the world test-*-1:",
            "  GET /v1/nothing: no such route",
            "* TestShared.test_failing *",
            "*polyai mock: requests (world test-*-1)*",
            "GET */conn_abc123 -> 200 *",
            "DELETE */conn_abc123 -> 200 *",
            "*polyai mock: changes (world test-*-1)*",
            "- connectors conn_abc123 *",
        ]
    )
    failing = outcome(result).partition("TestShared.test_failing")[2]
    assert "conn_new456" not in failing
    assert "/v1/nothing" not in failing
    assert "PATCH" not in failing


def test_an_unexpected_request_of_a_set_up_is_of_the_test_that_caused_it(project: pytest.Pytester) -> None:
    project.makepyfile("""
        import pytest

        @pytest.fixture(scope="module")
        def shared(polyai_mock_server):
            with polyai_mock_server.world() as world:
                world.client.get("/v1/nothing")
                yield world

        def test_first(shared):
            pass

        def test_second(shared):
            pass
    """)
    result = project.runpytest_subprocess("--polyai-mock-mode=asgi")
    result.assert_outcomes(passed=1, failed=1)
    result.stdout.fnmatch_lines(["FAILED *::test_first*"])


def test_worlds_of_passed_tests_are_dropped_from_a_server_that_stays(
    project: pytest.Pytester, monkeypatch: pytest.MonkeyPatch, server: MockServer
) -> None:
    project.makepyfile("""
        import pytest

        @pytest.mark.parametrize("number", range(5))
        def test_passing(polyai_mock, number):
            polyai_mock.client.get(f"/v1/agents/{polyai_mock.agent_id}/telephony/connectors").raise_for_status()

        def test_several(polyai_mock_server):
            for _ in range(3):
                with polyai_mock_server.world() as world:
                    world.client.get(f"/v1/agents/{world.agent_id}/telephony/connectors").raise_for_status()

        def test_named(polyai_mock_server):
            with polyai_mock_server.world("kept-by-name") as world:
                world.client.get(f"/v1/agents/{world.agent_id}/telephony/connectors").raise_for_status()

        def test_failing(polyai_mock):
            polyai_mock.client.get(f"/v1/agents/{polyai_mock.agent_id}/telephony/connectors").raise_for_status()
            assert False, "on purpose"
    """)
    before = {world["name"] for world in server.control.call("GET", "/worlds")["worlds"]}
    monkeypatch.setenv("POLYAI_MOCK_CONTROL_TOKEN", TOKEN)
    result = project.runpytest_subprocess(f"--polyai-mock-url={server.base_url}")
    result.assert_outcomes(passed=7, failed=1)
    left = {world["name"] for world in server.control.call("GET", "/worlds")["worlds"]} - before
    assert "kept-by-name" in left
    (failed,) = left - {"kept-by-name"}
    result.stdout.fnmatch_lines([f"all of it: {server.base_url}/_mock/worlds/{failed}/requests"])
