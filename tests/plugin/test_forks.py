"""Forks of the process that runs the tests: names, connections and the right to end the server are not shared."""

import os

import pytest

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="this system cannot fork")

FORKS = """
    import multiprocessing, os, signal
    from concurrent.futures import ProcessPoolExecutor

    CONTEXT = multiprocessing.get_context("fork")

    def used(world):
        number = f"/v1/agents/{world.agent_id}/telephony/phone-numbers/+442071234567"
        return world.name, world.client.delete(number).status_code, len(world.requests())

    def job(server):
        with server.world() as world:
            return used(world)

    def test_each_child_has_its_own_worlds(polyai_mock_server):
        job(polyai_mock_server)
        found = []
        for _ in range(3):
            receiver, sender = CONTEXT.Pipe(duplex=False)
            child = CONTEXT.Process(target=lambda: sender.send(job(polyai_mock_server)))
            child.start()
            assert receiver.poll(20)
            found.append(receiver.recv())
            child.join(20)
            assert child.exitcode == 0
        found.append(job(polyai_mock_server))
        assert len({name for name, _, _ in found}) == 4
        assert {rest for _, *rest in map(lambda it: (it[0], it[1:]), found) for rest in rest} == {(200, 1)}

    def test_children_at_once_do_not_read_answers_of_each_other(polyai_mock):
        polyai_mock.client.get("/v1/agents/none/telephony/connectors")
        pipes = []
        for _ in range(4):
            receiver, sender = CONTEXT.Pipe(duplex=False)
            def several(sender=sender):
                sender.send([job(polyai_mock.server)[1:] for _ in range(10)])
            child = CONTEXT.Process(target=several)
            child.start()
            pipes.append((child, receiver))
        for child, receiver in pipes:
            assert receiver.poll(30)
            assert receiver.recv() == [(200, 1)] * 10
            child.join(20)

    def test_the_world_of_a_test_is_reached_by_its_child(polyai_mock):
        child = os.fork()
        if child == 0:
            try:
                path = f"/v1/agents/{polyai_mock.agent_id}/telephony/connectors/conn_abc123"
                os._exit(polyai_mock.client.delete(path).status_code - 200)
            finally:
                os._exit(9)
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
        if polyai_mock.server.transport is None:
            assert len(polyai_mock.requests()) == 1

    def test_a_child_that_exits_leaves_the_server_running(polyai_mock):
        child = CONTEXT.Process(target=lambda: None)
        child.start()
        child.join(20)
        child = CONTEXT.Process(target=lambda: polyai_mock.server.close())
        child.start()
        child.join(20)
        assert child.exitcode == 0
        assert used(polyai_mock)[1:] == (200, 1)

    def test_the_server_answers_after_the_children(polyai_mock):
        assert used(polyai_mock)[1:] == (200, 1)
"""


@pytest.mark.parametrize("mode", ["process", "thread", "asgi"])
def test_after_a_fork_a_process_has_its_own_worlds_and_connections(project: pytest.Pytester, mode: str) -> None:
    project.makepyfile(FORKS)
    result = project.runpytest_subprocess(f"--polyai-mock-mode={mode}", timeout=120)
    result.assert_outcomes(passed=5)


@pytest.mark.parametrize(
    "arguments",
    [["--polyai-mock-mode=process"], ["-p", "no:xprocess"], ["--polyai-mock-mode=thread"]],
    ids=" ".join,
)
def test_a_child_that_goes_on_to_the_sessions_end_does_not_end_the_server(
    project: pytest.Pytester, arguments: list[str]
) -> None:
    project.makepyfile("""
        import os, sys

        def test_forking(polyai_mock, request):
            child = os.fork()
            if child == 0:
                sys.exit("a child that nobody stops")
            os.waitpid(child, 0)

        def test_after(polyai_mock, request):
            path = f"/v1/agents/{polyai_mock.agent_id}/telephony/connectors"
            polyai_mock.client.get(path).raise_for_status()
    """)
    result = project.runpytest_subprocess(*arguments, timeout=60)
    assert "2 passed" in result.outlines[-1], result.outlines
