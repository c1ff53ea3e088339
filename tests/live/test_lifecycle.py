"""Start and end of a server: the ready line, what stands after it, and signals."""

import gc
import json
import os
import pty
import signal
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

import httpx
import pytest

from tests.client import AGENT
from tests.live.process import DEADLINE, Server, head, killed_after_deadline, read_answer, start, wait
from tests.live.threads import serving_in_thread

CONNECTORS = f"/v1/agents/{AGENT}/telephony/connectors"

Serve = Callable[..., Server]

STOPS = pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=["SIGINT", "SIGTERM"])


def _status(server: Server, path: str = "/openapi.json") -> int:
    return httpx.get(server.url + path, timeout=DEADLINE, trust_env=False).status_code


def _many_agents(path: Path) -> Path:
    agents = [{"agentId": f"agent-{index}", "name": "x" * 100} for index in range(2000)]
    path.write_text(json.dumps({"accounts": [{"accountId": "ws-1", "apiKeys": [{"key": "k"}], "agents": agents}]}))
    return path


def test_the_ready_line_comes_first_and_once_and_then_what_to_try(serve: Serve) -> None:
    server = serve()
    with server.connect():
        pass
    ended = server.stop()
    assert "ready" not in ended.out
    assert "demo-key" in ended.out
    assert f"curl -H 'x-api-key: demo-key' {server.url}/v1/accounts/ws-fd112d8f/agents" in ended.out
    assert "\x1b" not in server.first_line + ended.out


def test_output_is_coloured_on_a_terminal() -> None:
    master, slave = pty.openpty()
    with os.fdopen(master, "rb", buffering=0) as terminal:
        process = start("serve", "--port", "0", stdout=slave)
        os.close(slave)
        with killed_after_deadline(process):
            line = terminal.readline().decode()
        process.send_signal(signal.SIGINT)
        ended = wait(process)
    assert line.startswith("\x1b[1mmockserver ready on http://127.0.0.1:")
    assert (ended.code, ended.err) == (0, "")


def test_a_reader_that_takes_the_ready_line_and_no_more_does_not_hold_up_the_server(
    serve: Serve, tmp_path: Path
) -> None:
    server = serve("--seed", str(_many_agents(tmp_path / "many.yaml")))
    assert _status(server) == 200
    ended = server.stop()
    assert (ended.code, ended.err) == (0, "")
    assert "1,995 more agents" in ended.out


def test_a_reader_that_leaves_after_the_ready_line_does_not_end_the_server(serve: Serve) -> None:
    server = serve()
    assert server.process.stdout is not None
    server.process.stdout.close()
    assert _status(server) == 200
    server.process.send_signal(signal.SIGTERM)
    assert server.process.wait(DEADLINE) == 0
    assert server.process.stderr is not None
    with server.process.stderr as err:
        assert err.read() == b""


@STOPS
def test_a_signal_is_an_ordinary_end(serve: Serve, number: int) -> None:
    ended = serve().stop(number)
    assert (ended.code, ended.err) == (0, "")


@STOPS
def test_open_connections_do_not_hold_up_the_end(serve: Serve, number: int) -> None:
    server = serve()
    half_headers = head(f"GET {CONNECTORS}")[:-2]
    half_body = head(f"POST {CONNECTORS}/batch", "Content-Length: 100") + b'{"connectorIds": ['
    with ExitStack() as connections:
        idle = connections.enter_context(server.connect())
        idle.sendall(head(f"GET {CONNECTORS}"))
        assert read_answer(idle).status == 200
        for content in (b"", half_headers, half_body):
            connections.enter_context(server.connect()).sendall(content)
        assert _status(server) == 200, "everything sent before has been read"
        ended = server.stop(number)
    assert (ended.code, ended.err) == (0, "")


@pytest.mark.parametrize("first", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize("second", [signal.SIGINT, signal.SIGTERM])
def test_a_second_signal_changes_nothing(serve: Serve, first: int, second: int) -> None:
    server = serve()
    with server.connect() as connection:
        connection.sendall(head(f"POST {CONNECTORS}/batch", "Content-Length: 100") + b"{")
        assert _status(server) == 200
        server.process.send_signal(first)
        ended = server.stop(second)
    assert (ended.code, ended.err) == (0, "")


def test_a_request_that_was_sent_before_the_signal_is_answered(serve: Serve) -> None:
    server = serve()
    with server.connect() as connection:
        assert _status(server) == 200, "the connection has been accepted"
        connection.sendall(head(f"GET {CONNECTORS}"))
        ended = server.stop()
        answer = read_answer(connection)
    assert answer.status == 200
    assert (ended.code, ended.err) == (0, "")


def test_a_name_that_the_terminal_cannot_show_does_not_end_the_server(serve: Serve, tmp_path: Path) -> None:
    seed = tmp_path / "seed.yaml"
    seed.write_text("accounts: [{accountId: ws-1, agents: [{agentId: a-1, name: 電話}]}]", encoding="utf-8")
    ended = serve("--seed", str(seed), PYTHONIOENCODING="latin-1").stop()
    assert (ended.code, ended.err) == (0, "")
    assert r"\u96fb\u8a71" in ended.out


def test_a_server_in_a_thread_leaves_the_collector_to_the_process_that_it_is_in() -> None:
    before = gc.get_freeze_count()
    with serving_in_thread("two_agents"):
        assert gc.get_freeze_count() == before
