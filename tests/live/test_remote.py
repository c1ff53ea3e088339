"""The commands that talk to a running server, over a real socket; see `tests/test_remote.py` for the rest of them."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest
from click.testing import CliRunner, Result

from mockserver import seeds
from mockserver.command.main import main
from tests.live.process import HOST, Server, run
from tests.live.worlds import TELEPHONY, LiveWorld

Run = Callable[..., Result]
Serve = Callable[..., Server]


@pytest.fixture
def world(server: Server, request: pytest.FixtureRequest) -> Iterator[LiveWorld]:
    """A world of the test's own."""
    with LiveWorld(server, request.node.name[-60:].strip("_[]")) as world:
        yield world


@pytest.fixture
def command(world: LiveWorld, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Run a command about that world; a proxy of the environment is not to be asked."""
    for name in ("URL", "CONTROL_TOKEN"):
        monkeypatch.delenv(f"POLYAI_MOCK_{name}", raising=False)
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    monkeypatch.delenv("no_proxy", raising=False)
    world.control.post("/reset", json={})  # creates it

    def command(*arguments: str, **variables: str) -> Result:
        where = ("--url", world.server.url, "--world", world.name)
        return CliRunner().invoke(main, (*arguments[:1], *where, *arguments[1:]), env=variables)

    return command


def _lines(result: Result) -> list[str]:
    assert (result.exit_code, result.stderr) == (0, "")
    return result.stdout.splitlines()


def _assert_refused(result: Result, said: str) -> None:
    assert (result.exit_code, result.stdout) == (1, "")
    assert len(result.stderr.splitlines()) == 1
    assert said in result.stderr


def test_a_state_is_printed_as_a_seed_that_can_be_served(world: LiveWorld, command: Run, tmp_path: Path) -> None:
    assert world.api.delete("/connectors/conn_abc123").status_code == 200
    result = command("state")
    seeds.load_text("\n".join(_lines(result)))
    assert "conn_new456" in result.stdout
    assert "conn_abc123" not in result.stdout
    assert result.stdout == world.control.get("/state", headers={"accept": "application/yaml"}).text


def test_a_diff_shows_what_was_made_changed_and_removed(world: LiveWorld, command: Run) -> None:
    assert _lines(command("diff")) == ["nothing has changed"]
    world.control.post("/snapshots", json={"name": "before"})
    world.api.post("/phone-numbers/+442079460400", json={"connectorId": "conn_abc123"})
    world.api.patch("/connectors/conn_abc123", json={"variantId": "VARIANT-1"})
    world.control.post("/snapshots", json={"name": "between"})
    world.api.delete("/phone-numbers/+442079460101")
    assert [line.split()[:3] for line in _lines(command("diff"))] == [
        ["+", "phoneNumbers", "+442079460400"],
        ["~", "connectors", "conn_abc123"],
        ["-", "phoneNumbers", "+442079460101"],
    ]
    assert '~ connectors conn_abc123 variantId "" -> VARIANT-1' in _lines(command("diff"))
    assert command("diff", "--since", "before").stdout == command("diff").stdout
    assert len(_lines(command("diff", "--since", "between"))) == 1
    _assert_refused(command("diff", "--since", "befor"), "did you mean before?")


def test_requests_are_listed_with_what_was_special_below_each(world: LiveWorld, command: Run) -> None:
    assert _lines(command("requests")) == ["no requests"]
    world.fault(operation="deleteConnector", applyThen={"connection": "close"})
    with pytest.raises(httpx.RemoteProtocolError):
        world.api.delete("/connectors/conn_abc123")
    world.api.get("/connecters", params={"q": "x" * 300})
    world.api.patch("/connectors/conn_new456", json={"\x1b[31mvoice\n": 1})
    lines = _lines(command("requests"))
    rows = [line.split() for line in lines if not line.startswith("       - ")]
    assert [(row[0], row[4]) for row in rows] == [("1", "none"), ("2", "404"), ("3", "200")]
    assert rows[0][5:] == ["DELETE", f"{TELEPHONY}/connectors/conn_abc123"]
    assert [line for line in lines if line.startswith("       - ")] == [
        "       - fault fault-1",
        "       - changed 3 records",
        "       - NOT_FOUND",
        "       - no such route; did you mean GET /v1/agents/{agentId}/telephony/connectors?",
        r"       - unknown field \x1b[31mvoice\n (known: asrLangCode, projectId, variantId, voiceName)",
    ]


def test_requests_are_filtered_and_cleared(world: LiveWorld, command: Run) -> None:
    for path in ("/connectors", "/connectors/conn_missing", "/connectors/conn_abc123"):
        world.api.get(path)
    for filters in (("--status", "404"), ("--operation", "getConnector", "--since", "2"), ("--method", "get")):
        parameters = dict(zip((name[2:] for name in filters[::2]), filters[1::2], strict=True))
        expected = world.control.get("/requests", params=parameters).json()
        assert json.loads(command("requests", "--json", *filters).stdout) == expected
    assert _lines(command("requests", "--unexpected")) == ["no requests"]
    world.api.get("/connecters")
    unexpected = json.loads(command("requests", "--json", "--unexpected").stdout)
    assert [entry["number"] for entry in unexpected["requests"]] == [4]
    _assert_refused(command("requests", "--clear", "--status", "404"), "unknown parameter 'status'")
    assert _lines(command("requests", "--clear")) == ["no requests"]
    assert world.get("/requests")["requests"] == []


def test_faults_are_added_listed_and_removed(world: LiveWorld, command: Run) -> None:
    assert _lines(command("faults")) == ["no faults"]
    added = _lines(command("faults", "--add", '{"operation": "listConnectors", "status": 503}'))
    assert added == _lines(command("faults"))
    assert added == ['fault-1  matched 0, fired 0: {"operation": "listConnectors", "status": 503}']
    assert world.api.get("/connectors").status_code == 503
    assert json.loads(command("faults", "--json").stdout) == world.get("/faults")
    _assert_refused(command("faults", "--add", '{"operation": "listConnecters", "status": 500}'), "listConnectors?")
    _assert_refused(command("faults", "--add", "{"), "--add is not valid JSON")
    assert _lines(command("faults", "--clear")) == ["no faults"]
    assert world.get("/faults") == {"faults": []}


def test_a_clock_is_shown_frozen_advanced_and_resumed(world: LiveWorld, command: Run) -> None:
    assert "frozen" not in command("clock").stdout
    assert _lines(command("clock", "--freeze", "2026-07-02T10:00:00Z")) == ["2026-07-02T10:00:00Z  frozen"]
    assert _lines(command("clock", "--advance", "2h30m")) == ["2026-07-02T12:30:00Z  frozen"]
    assert json.loads(command("clock", "--json").stdout) == world.get("/clock")
    _assert_refused(command("clock", "--freeze", "noon"), "noon")
    assert "frozen" not in command("clock", "--resume").stdout
    assert "frozen" in command("clock", "--freeze", "now").stdout


def test_two_changes_of_a_clock_at_once_are_refused_as_the_api_refuses_them(world: LiveWorld, command: Run) -> None:
    command("clock", "--freeze", "2026-07-02T10:00:00Z")
    refusal = world.control.post("/clock", json={"freeze": True, "resume": True}).json()["error"]
    for options in (("--freeze", "now", "--resume"), ("--advance", "1h", "--resume")):
        _assert_refused(command("clock", *options), f"400: {refusal}\n")
    assert _lines(command("clock")) == ["2026-07-02T10:00:00Z  frozen"]


def test_a_world_is_reset_to_its_seed_or_another(world: LiveWorld, command: Run) -> None:
    world.api.delete("/connectors/conn_abc123")
    assert _lines(command("reset")) == [f"{world.name} was reset"]
    assert world.api.get("/connectors/conn_abc123").status_code == 200
    assert json.loads(command("reset", "--seed", "empty", "--json").stdout)["name"] == world.name
    assert "agents" not in world.get("/state")["accounts"][0]
    _assert_refused(command("reset", "--seed", "emty"), "did you mean empty?")


def test_json_is_what_the_control_plane_answers(world: LiveWorld, command: Run) -> None:
    world.api.delete("/connectors/conn_abc123")
    for name in ("state", "diff", "requests", "faults"):
        assert command(name, "--json").stdout.encode() == world.control.get(f"/{name}").content


def test_a_world_that_does_not_exist_is_refused_and_not_created(world: LiveWorld, command: Run) -> None:
    typo = f"{world.name[:60]}-typo"
    for name in ("state", "diff", "requests", "faults", "clock"):
        _assert_refused(command(name, "--world", typo), f"no world is named {typo} yet; did you mean {world.name}?")


def test_an_invalid_world_name_is_refused_with_a_line(command: Run) -> None:
    _assert_refused(command("diff", "--world", "no/world"), '"no/world" is not a valid world name')


def test_a_token_is_sent_from_the_option_or_the_environment(serve: Serve) -> None:
    server = serve("--seed", "two_agents", "--control-token", "s3crét")
    diff = ("diff", "--url", server.url)
    missing = run(*diff)
    assert (missing.code, missing.out) == (1, "")
    assert missing.err == "Error: 403: the control token is needed: Authorization: Bearer …\n"
    assert run(*diff, "--control-token", "wrong").code == 1
    assert run(*diff, "--control-token", "s3crét") == (0, "nothing has changed\n", "")
    assert run(*diff, POLYAI_MOCK_CONTROL_TOKEN="s3crét", POLYAI_MOCK_URL="http://none") == (
        0,
        "nothing has changed\n",
        "",
    )
    port = server.port
    assert server.stop().code == 0
    gone = run("diff", POLYAI_MOCK_URL=f"http://{HOST}:{port}")
    assert gone == (1, "", f"Error: no server answers at http://{HOST}:{port}: Connection refused\n")


def test_no_text_of_a_client_reaches_the_terminal_unescaped(world: LiveWorld, command: Run) -> None:
    unprintable = "\x1b\x9b\u202e\U000e0041\u2028"
    text = f"{unprintable}[31m"
    world.api.patch("/connectors/conn_abc123", json={"variantId": text, text: 1})
    for name in ("requests", "diff", "state"):
        readable, for_scripts = command(name), command(name, "--json")
        assert (readable.exit_code, for_scripts.exit_code) == (0, 0)
        assert not set(unprintable) & set(readable.stdout + for_scripts.stdout)
        assert json.loads(for_scripts.stdout) is not None
    (entry,) = json.loads(command("requests", "--json").stdout)["requests"]
    assert entry["requestBody"] == {"variantId": text, text: 1}
