"""Starts that must fail, with one clear line for each reason, and what a start imports."""

import socket
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest

from mockserver.server import run as serving
from mockserver.settings import Settings
from tests.client import AGENT
from tests.live.process import DEADLINE, HOST, Server, run

Serve = Callable[..., Server]

IMPORTTIME = ("-X", "importtime")


def _imported(importtime: str) -> set[str]:
    """Return the top-level modules in the report of `-X importtime`."""
    lines = [line for line in importtime.splitlines() if line.startswith("import time:")]
    return {line.rpartition("|")[2].strip().partition(".")[0] for line in lines}


def test_a_second_server_on_a_port_fails_with_one_line_and_is_never_ready(serve: Serve) -> None:
    first = serve()
    second = run("serve", "--port", str(first.port))
    ended = first.stop()
    assert (second.code, second.out) == (1, "")
    assert (
        second.err == f"cannot listen on {HOST} port {first.port}: Address already in use; --port 0 takes a free one\n"
    )
    assert (ended.code, ended.err) == (0, "")


def test_a_bound_port_is_taken_even_before_it_is_served() -> None:
    with serving.bind(Settings(port=0)) as listener:
        port = listener.getsockname()[1]
        with pytest.raises(serving.BindError, match="Address already in use"):
            serving.bind(Settings(port=port))


def test_a_port_that_a_foreign_server_listens_on_is_taken() -> None:
    with socket.create_server((HOST, 0)) as listener:
        port = listener.getsockname()[1]
        with pytest.raises(serving.BindError, match="Address already in use"):
            serving.bind(Settings(port=port))


@pytest.mark.parametrize("host", ["256.1.1.1", "a..b", "x" * 70, "é" * 70])
def test_a_host_that_is_none_fails_with_one_line_that_does_not_blame_the_port(host: str) -> None:
    with pytest.raises(serving.BindError) as caught:
        serving.bind(Settings(host=host, port=0, allow_remote=True))
    assert str(caught.value).startswith(f"cannot listen on {host} port 0: ")
    assert "takes a free one" not in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_broken_seed_fails_with_a_line_for_every_mistake(tmp_path: Path) -> None:
    path = tmp_path / "broken.yaml"
    path.write_text("accounts:\n  - acountId: ws-1\n    apiKeys: [{key: k, agents: [nobody]}]\n")
    ended = run("--port", "0", "--seed", str(path))
    assert (ended.code, ended.out) == (1, "")
    lines = ended.err.splitlines()
    assert len(lines) == 3
    assert all(line.startswith(f"{path}:") for line in lines)
    assert "did you mean accountId?" in ended.err
    assert "Traceback" not in ended.err


@pytest.mark.parametrize("seed", ["missing.yaml", "."])
def test_a_seed_that_cannot_be_read_fails_with_one_line(seed: str) -> None:
    ended = run("--port", "0", "--seed", seed)
    assert (ended.code, ended.out) == (1, "")
    assert ended.err.startswith(f"{seed}: cannot be read")
    assert len(ended.err.splitlines()) == 1


def test_variables_of_other_servers_do_not_matter(serve: Serve) -> None:
    ended = serve(WEB_CONCURRENCY="many", FORWARDED_ALLOW_IPS="?").stop()
    assert (ended.code, ended.err) == (0, "")


def test_an_ipv6_address_can_be_listened_on() -> None:
    try:
        socket.create_server(("::1", 0), family=socket.AF_INET6).close()
    except OSError:
        pytest.skip("this machine has no IPv6")
    with serving.bind(Settings(host="::1", port=0)) as listener:
        assert listener.family == socket.AF_INET6


def test_a_server_imports_pydantic_for_the_first_body_and_not_before(serve: Serve) -> None:
    connectors = f"/v1/agents/{AGENT}/telephony/connectors"
    before, after = serve(options=IMPORTTIME), serve(options=IMPORTTIME)
    for server in (before, after):
        with httpx.Client(
            base_url=server.url, headers={"x-api-key": "demo-key"}, timeout=DEADLINE, trust_env=False
        ) as http:
            assert http.get(connectors).status_code == 200
            if server is after:
                assert http.post(f"{connectors}/batch", json={"connectorIds": ["conn_abc123"]}).status_code == 200
    imported = _imported(before.stop().err)
    assert {"mockserver", "uvicorn", "yaml"} <= imported
    assert imported.isdisjoint({"pydantic", "pydantic_core", "phonenumbers", "hypothesis"})
    assert "pydantic" in _imported(after.stop().err)


@pytest.mark.parametrize("flag", ["--version", "--help"])
def test_a_word_about_itself_imports_no_server(flag: str) -> None:
    imported = _imported(run(flag, options=IMPORTTIME).err)
    assert {"mockserver", "click"} <= imported
    assert imported.isdisjoint({"starlette", "uvicorn", "yaml", "pydantic"})


@pytest.mark.parametrize("host", ["x\x1b[31m", "a b", "", "mock.test:80"])
def test_a_host_that_is_not_one_fails_with_one_line(host: str) -> None:
    ended = run("serve", "--host", host, "--port", "0", "--allow-remote")
    assert (ended.code, ended.out) == (1, "")
    assert ended.err.startswith("cannot listen")
    assert (ended.err.count("\n"), "\x1b" in ended.err) == (1, False)
