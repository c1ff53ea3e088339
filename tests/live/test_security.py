"""Who reaches a server from elsewhere, and that no odd request finds a way around to the control plane."""

import re
from collections.abc import Callable

import httpx
import pytest

from tests.client import AGENT, assert_refused
from tests.live.process import DEADLINE, Server, read_answer, run

EVERYWHERE = ("--host", "0.0.0.0")
WARNING = "Warning: whoever reaches 0.0.0.0 can use the API with the keys below."
TOKEN = re.compile(r"The control plane asks for the header: authorization: Bearer (\S{32,})")

Serve = Callable[..., Server]


def _health(server: Server, token: str | None = None) -> httpx.Response:
    headers = {} if token is None else {"authorization": f"Bearer {token}"}
    url = f"http://127.0.0.1:{server.port}/_mock/health"
    return httpx.get(url, headers=headers, timeout=DEADLINE, trust_env=False)


def _read_until_token(server: Server) -> str:
    assert server.process.stdout is not None
    for _ in range(3):
        found = TOKEN.fullmatch(server.process.stdout.readline().decode().rstrip())
        if found is not None:
            return found[1]
    raise AssertionError("no token was printed")


def test_an_address_beyond_loopback_is_refused_with_one_line() -> None:
    ended = run("serve", "--port", "0", *EVERYWHERE)
    assert (ended.code, ended.out) == (1, "")
    assert ended.err == "cannot listen on 0.0.0.0 port 0: not a loopback address; --allow-remote permits it\n"


def test_a_server_for_any_host_asks_for_a_token_too(serve: Serve) -> None:
    server = serve("--allowed-host", "*")
    token = _read_until_token(server)
    assert_refused(_health(server), 403, "MOCK_FORBIDDEN")
    assert _health(server, token).status_code == 200


def test_where_it_is_permitted_the_server_warns_and_the_control_plane_asks_for_a_token_that_it_made_up(
    serve: Serve,
) -> None:
    server = serve(*EVERYWHERE, "--allow-remote")
    assert server.url == f"http://127.0.0.1:{server.port}"
    token = _read_until_token(server)
    assert_refused(_health(server), 403, "MOCK_FORBIDDEN")
    assert_refused(_health(server, "wrong"), 403, "MOCK_FORBIDDEN")
    assert _health(server, token).status_code == 200
    connectors = f"http://127.0.0.1:{server.port}/v1/agents/{AGENT}/telephony/connectors"
    api = httpx.get(connectors, headers={"x-api-key": "demo-key"}, timeout=DEADLINE, trust_env=False)
    assert api.status_code == 200
    ended = server.stop()
    assert (ended.code, ended.err) == (0, "")


def test_a_made_up_token_is_another_one_each_time(serve: Serve) -> None:
    tokens = [_read_until_token(serve("--allow-remote")) for _ in range(2)]
    assert tokens[0] != tokens[1]


def test_a_server_that_allows_every_host_asks_for_a_token_too(serve: Serve) -> None:
    for server in (serve("--allowed-host", "*"), serve(POLYAI_MOCK_ALLOWED_HOSTS="other.test *")):
        token = _read_until_token(server)
        assert_refused(_health(server), 403, "MOCK_FORBIDDEN")
        assert _health(server, token).status_code == 200


def test_a_token_of_the_environment_is_asked_for_and_not_printed(serve: Serve) -> None:
    server = serve(*EVERYWHERE, "--allow-remote", POLYAI_MOCK_CONTROL_TOKEN="s3cret-of-the-owner")
    assert_refused(_health(server), 403, "MOCK_FORBIDDEN")
    assert _health(server, "s3cret-of-the-owner").status_code == 200
    ended = server.stop()
    assert WARNING in ended.out
    assert "s3cret" not in ended.out + ended.err
    assert "Bearer" not in ended.out
    assert (ended.code, ended.err) == (0, "")


@pytest.mark.parametrize("nothing", [("--control-token", ""), ()])
def test_an_empty_token_is_none_and_one_is_made_up(serve: Serve, nothing: tuple[str, ...]) -> None:
    server = serve("--allow-remote", *nothing, POLYAI_MOCK_CONTROL_TOKEN="")
    token = _read_until_token(server)
    assert_refused(_health(server), 403, "MOCK_FORBIDDEN")
    assert _health(server, token).status_code == 200


def _answer(server: Server, target: str, *hosts: str, version: str = "1.1") -> tuple[int, bytes]:
    lines = [f"GET {target} HTTP/{version}", *(f"Host: {host}" for host in hosts), "x-api-key: demo-key", "", ""]
    with server.connect() as connection:
        connection.sendall("\r\n".join(lines).encode())
        answer = read_answer(connection)
    return answer.status, answer.body


def test_odd_requests_never_reach_the_control_plane(serve: Serve) -> None:
    server = serve()
    assert _answer(server, "/_mock/health", "localhost")[0] == 200
    own, evil = "localhost", "evil.example"
    requests: list[tuple[str, tuple[str, ...]]] = [
        *(
            (target, (own,))
            for target in (
                "//_mock/health",
                "/v1/../_mock/health",
                "/v1/%2e%2e/_mock/health",
                "/v1//../_mock/health",
                "/./_mock/health",
                "/%5fmock/health",
                "/%5Fmock/health",
                "/_mock%2fhealth",
                "/_mock/%2e/health",
                "/_mock\\health",
            )
        ),
        ("/_mock/health", (evil,)),
        ("/_mock/health", (f"{own}.{evil}",)),
        ("/_mock/health", (own, evil)),
        ("/_mock/health", ()),
        (f"http://{own}/_mock/health", (evil,)),
        (f"http://{evil}/_mock/health", (evil,)),
        (f"http://{evil}/_mock/health", ()),
    ]
    reached = []
    for target, hosts in requests:
        for version in ("1.0", "1.1"):
            status, body = _answer(server, target, *hosts, version=version)
            if status not in (400, 403, 404) or b"uptimeSeconds" in body:
                reached.append((target, hosts, version, status))
    assert reached == []
    ended = server.stop()
    assert (ended.code, ended.err) == (0, "")


def test_a_target_in_absolute_form_is_answered_if_the_host_header_is_allowed(serve: Serve) -> None:
    server = serve()
    for scheme, host in (("http", "localhost"), ("HTTP", "LOCALHOST"), ("http", f"127.0.0.1:{server.port}")):
        assert _answer(server, f"{scheme}://{host}/_mock/health", host.lower())[0] == 200
    assert _answer(server, "http://localhost/_mock/health", "evil.example")[0] == 403
    ended = server.stop()
    assert (ended.code, ended.err) == (0, "")
