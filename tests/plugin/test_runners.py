"""The fixtures in unittest classes, under Hypothesis, pytest-asyncio and anyio."""

import pytest


@pytest.fixture
def project(project: pytest.Pytester) -> pytest.Pytester:
    """The folder, with all plugins in its sessions."""
    project.makeini("[pytest]\nasyncio_default_fixture_loop_scope = function\n")
    return project


ASYNC = """
    import pytest
    {mark}

    @pytest.fixture
    def connectors(polyai_mock):
        return f"/v1/agents/{{polyai_mock.agent_id}}/telephony/connectors"

    {first}
    async def test_first(polyai_mock, connectors):
        async with polyai_mock.async_client() as client:
            assert (await client.delete(f"{{connectors}}/conn_abc123")).status_code == 200
            assert (await client.get(f"{{connectors}}/conn_abc123")).status_code == 404
        assert polyai_mock.client.get(f"{{connectors}}/conn_abc123").status_code == 404

    {first}
    async def test_second(polyai_mock, connectors):
        async with polyai_mock.async_client() as client:
            assert (await client.get(f"{{connectors}}/conn_abc123")).status_code == 200
        assert len(polyai_mock.requests()) == 1
"""


@pytest.mark.parametrize("mode", ["thread", "asgi"])
def test_asynchronous_tests_use_the_same_fixtures(project: pytest.Pytester, mode: str) -> None:
    strict = ASYNC.format(mark="", first="@pytest.mark.asyncio")
    anyio = ASYNC.format(mark="pytestmark = pytest.mark.anyio", first="")
    backend = '\n    @pytest.fixture\n    def anyio_backend():\n        return "asyncio"\n'
    project.makepyfile(test_strict=strict, test_anyio=anyio + backend)
    project.runpytest_subprocess("-W", "error", f"--polyai-mock-mode={mode}").assert_outcomes(passed=4)


def test_asynchronous_tests_without_a_marker_use_the_same_fixtures(project: pytest.Pytester) -> None:
    project.makepyfile(ASYNC.format(mark="", first=""))
    arguments = ("-W", "error", "--asyncio-mode=auto", "--polyai-mock-mode=thread")
    project.runpytest_subprocess(*arguments).assert_outcomes(passed=2)


def test_unittest_classes_and_hypothesis_examples_have_worlds(project: pytest.Pytester) -> None:
    project.makepyfile(
        test_unittest="""
            import unittest
            import pytest

            class TestByFixture(unittest.TestCase):
                @pytest.fixture(autouse=True)
                def mock(self, polyai_mock):
                    self.mock = polyai_mock

                def test_first(self):
                    self.assertEqual(self.mock.requests(), [])
                    self.mock.client.get(f"/v1/agents/{self.mock.agent_id}/telephony/connectors").raise_for_status()

                def test_second(self):
                    self.assertEqual(self.mock.requests(), [])

                def test_strictness(self):
                    self.mock.client.get("/v1/nothing")

            class TestByName(unittest.TestCase):
                @pytest.fixture(autouse=True)
                def set_request(self, request):
                    self.request = request

                def test_world(self):
                    self.assertEqual(self.request.getfixturevalue("polyai_mock").requests(), [])
        """,
        test_hypothesis="""
            from hypothesis import given, settings, strategies as st

            seen = set()

            @settings(max_examples=20, deadline=None, derandomize=True, database=None)
            @given(st.sampled_from(["conn_abc123", "conn_new456"]))
            def test_worlds(polyai_mock_server, connector):
                with polyai_mock_server.world() as world:
                    assert world.name not in seen
                    seen.add(world.name)
                    url = f"/v1/agents/{world.agent_id}/telephony/connectors/{connector}"
                    assert world.client.delete(url).status_code == 200

            @settings(max_examples=5, deadline=None, derandomize=True, database=None)
            @given(st.integers())
            def test_strict_worlds(polyai_mock_server, number):
                with polyai_mock_server.world() as world:
                    world.client.get("/v1/nothing")
        """,
    )
    result = project.runpytest_subprocess("-W", "error", "--polyai-mock-mode=thread")
    result.assert_outcomes(passed=4, failed=2)
    result.stdout.fnmatch_lines(["FAILED *test_strict_worlds*", "FAILED *TestByFixture::test_strictness*"])
    assert "GET /v1/nothing: no such route" in result.stdout.str()
