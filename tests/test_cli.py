"""The command line in process: what each command prints, what it exits with, and what `serve` makes of its settings."""

import json
from collections.abc import Callable
from dataclasses import fields, replace
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from mockserver import __version__, seeds
from mockserver.command.main import main
from mockserver.ledger import rows as ledger
from mockserver.openapi.document import document
from mockserver.seeds.schema import json_schema
from mockserver.server import run as server
from mockserver.settings import Settings
from mockserver.world.worlds import Worlds

URL = "http://127.0.0.1:1"
REMOTE = Settings(
    max_worlds=3,
    drop_oldest_world=True,
    journal_size=4,
    allow_remote=True,
    allowed_hosts=("mock.test", "*"),
    control_token="secret",
)

Run = Callable[..., Result]


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch) -> Run:
    """Run the command with arguments and variables; nothing but these sets anything."""
    for field in fields(Settings):
        monkeypatch.delenv(f"POLYAI_MOCK_{field.name.upper()}", raising=False)

    def run(*arguments: str, **variables: str) -> Result:
        return CliRunner().invoke(main, arguments, env=variables, prog_name="mockserver")

    return run


@pytest.fixture
def served(monkeypatch: pytest.MonkeyPatch) -> list[Settings]:
    """The settings that were served; every server is ready at once and stops."""
    calls: list[Settings] = []

    def serve(settings: Settings, on_ready: Callable[[server.Ready], None]) -> None:
        calls.append(settings)
        on_ready(server.Ready(URL, Worlds(seeds.load(settings.seed)), None, lambda: None))

    monkeypatch.setattr(server, "serve", serve)
    return calls


def _seed(path: Path, *accounts: object) -> str:
    path.write_text(json.dumps({"accounts": accounts}))
    return str(path)


def test_the_version_is_the_packages(run: Run) -> None:
    result = run("--version")
    assert (result.exit_code, result.output) == (0, f"mockserver, version {__version__}\n")


@pytest.mark.parametrize("flag", ["--help", "-h"])
def test_help_names_every_command(run: Run, flag: str) -> None:
    result = run(flag)
    assert result.exit_code == 0
    assert result.output.startswith("Usage: mockserver ")
    local = {"check", "ledger", "openapi", "schema", "seeds", "serve"}
    assert set(main.commands) == local | {"clock", "diff", "faults", "requests", "reset", "state"}
    assert all(f"\n  {name} " in result.output for name in main.commands)
    assert "..." not in result.output.partition("Commands:")[2], "no command's line is cut short"


@pytest.mark.parametrize("arguments", [(), ("serve",)])
def test_serving_with_nothing_said_takes_the_defaults(
    run: Run, served: list[Settings], arguments: tuple[str, ...]
) -> None:
    assert run(*arguments).exit_code == 0
    assert served == [Settings(host="127.0.0.1", port=8750, seed="demo", max_body_bytes=1_048_576)]


@pytest.mark.parametrize("command", [(), ("serve",)])
def test_every_setting_has_a_flag(run: Run, served: list[Settings], command: tuple[str, ...]) -> None:
    run(*command, "--host", "::1", "--port", "0", "--seed", "empty", "--max-body-bytes", "9")
    assert served == [Settings(host="::1", port=0, seed="empty", max_body_bytes=9)]


def test_every_setting_has_a_variable_and_flags_win(run: Run, served: list[Settings]) -> None:
    variables = {"HOST": "0.0.0.0", "PORT": "9000", "SEED": "empty", "MAX_BODY_BYTES": "9"}
    environment = {f"POLYAI_MOCK_{name}": value for name, value in variables.items()}
    run(**environment)
    run("--host", "::1", "--port", "1", "--seed", "demo", "--max-body-bytes", "2", **environment)
    assert served == [
        Settings(host="0.0.0.0", port=9000, seed="empty", max_body_bytes=9),
        Settings(host="::1", port=1, seed="demo", max_body_bytes=2),
    ]


@pytest.mark.parametrize("seconds", ["0", "-1", "86401", "nan", "inf", "soon"])
def test_a_request_timeout_is_a_number_of_seconds_up_to_a_day(run: Run, served: list[Settings], seconds: str) -> None:
    result = run("--request-timeout", seconds)
    assert (result.exit_code, served) == (2, [])
    assert "Invalid value for '--request-timeout'" in result.output


@pytest.mark.parametrize("name", ["mock.test:8750", "http://mock.test", "a,b", ""])
def test_an_allowed_host_that_can_never_match_is_refused(run: Run, served: list[Settings], name: str) -> None:
    result = run("--allowed-host", name)
    assert (result.exit_code, served) == (2, [])
    assert "can never match a Host header; expected a host name" in result.output


def test_every_setting_beyond_the_address_has_a_flag(run: Run, served: list[Settings]) -> None:
    limits = ("--max-worlds", "3", "--drop-oldest-world", "--journal-size", "4")
    remote = ("--allow-remote", "--allowed-host", "mock.test", "--allowed-host", "*", "--control-token", "secret")
    assert run(*limits, *remote).exit_code == 0
    assert served == [REMOTE]


def test_every_setting_beyond_the_address_has_a_variable_and_flags_win(run: Run, served: list[Settings]) -> None:
    variables = {
        "MAX_WORLDS": "3",
        "DROP_OLDEST_WORLD": "1",
        "JOURNAL_SIZE": "4",
        "ALLOW_REMOTE": "true",
        "ALLOWED_HOSTS": "mock.test *",
        "CONTROL_TOKEN": "secret",
    }
    environment = {f"POLYAI_MOCK_{name}": value for name, value in variables.items()}
    run(**environment)
    run("--max-worlds", "5", "--journal-size", "6", "--allowed-host", "own", "--control-token", "t", **environment)
    run(**{**environment, "POLYAI_MOCK_DROP_OLDEST_WORLD": "0", "POLYAI_MOCK_ALLOW_REMOTE": "false"})
    assert served == [
        REMOTE,
        replace(REMOTE, max_worlds=5, journal_size=6, allowed_hosts=("own",), control_token="t"),
        replace(REMOTE, drop_oldest_world=False, allow_remote=False),
    ]


def test_an_empty_variable_sets_nothing(run: Run, served: list[Settings]) -> None:
    run(**{f"POLYAI_MOCK_{field.name.upper()}": "" for field in fields(Settings)})
    assert served == [Settings()]


def test_the_help_of_serving_names_every_setting(run: Run) -> None:
    output = run("serve", "--help").output
    assert all(f"POLYAI_MOCK_{field.name.upper()}" in output.replace("\n", "") for field in fields(Settings))
    assert "--allowed-host NAME" in output


@pytest.mark.parametrize(
    "arguments",
    [
        ("--port", "65536"),
        ("--port", "x"),
        ("--max-body-bytes", "0"),
        ("--max-worlds", "0"),
        ("--journal-size", "0"),
        ("--prt", "1"),
        ("nothing",),
    ],
)
def test_what_cannot_be_meant_is_a_usage_error(run: Run, served: list[Settings], arguments: tuple[str, ...]) -> None:
    result = run(*arguments)
    assert (result.exit_code, served) == (2, [])
    assert "Error: " in result.output


def test_a_ready_server_says_so_and_lists_keys_and_agents(run: Run, served: list[Settings]) -> None:
    lines = run().output.splitlines()
    assert lines[0] == f"mockserver ready on {URL}"
    assert "  key    demo-key" in lines
    assert "  key    support-only  only PROJECT-58RP822I" in lines
    assert "  key    old-key  expired" in lines
    assert "  key    ending-key  until 2099-12-31" in lines
    assert "  agent  PROJECT-58RP822I  Support Agent" in lines
    assert lines[-1] == f"  curl -H 'x-api-key: demo-key' {URL}/v1/accounts/ws-fd112d8f/agents"


def test_a_ready_server_writes_its_url_to_a_file(run: Run, served: list[Settings], tmp_path: Path) -> None:
    path = tmp_path / "ready"
    assert run("--ready-file", str(path)).exit_code == 0
    assert path.read_text(encoding="utf-8") == f"{URL}\n"
    assert list(tmp_path.iterdir()) == [path]
    run(POLYAI_MOCK_READY_FILE=str(tmp_path / "another"))
    assert (tmp_path / "another").exists()


def test_a_ready_file_that_cannot_be_written_is_an_error(run: Run, served: list[Settings], tmp_path: Path) -> None:
    result = run("--ready-file", str(tmp_path / "nowhere" / "ready"))
    assert result.exit_code == 1
    assert f"{tmp_path}/nowhere/ready cannot be written: " in result.output


def test_the_request_to_try_has_a_key_that_reaches_an_agent(run: Run, served: list[Settings], tmp_path: Path) -> None:
    seed = _seed(
        tmp_path / "seed.yaml",
        {"accountId": "one", "apiKeys": [{"key": "k1", "agents": []}], "agents": [{"agentId": "a1"}]},
        {"accountId": "two", "apiKeys": [{"key": "k2", "expired": True}], "agents": [{"agentId": "a2"}]},
        {"accountId": "three", "apiKeys": [{"key": "it's"}], "agents": [{"agentId": "a3"}]},
    )
    expected = f"""  curl -H 'x-api-key: it'"'"'s' {URL}/v1/accounts/three/agents"""
    assert run("--seed", seed).output.splitlines()[-1] == expected


def test_a_world_without_agents_has_something_to_try(run: Run, served: list[Settings]) -> None:
    assert run("--seed", "empty").output.splitlines()[-1] == f"  curl {URL}/openapi.json"


def test_a_large_world_is_not_listed_whole(run: Run, served: list[Settings], tmp_path: Path) -> None:
    agents = [{"agentId": f"agent-{index}"} for index in range(1006)]
    accounts = [{"accountId": f"ws-{index}", "apiKeys": []} for index in range(6)]
    output = run("--seed", _seed(tmp_path / "seed.yaml", {"accountId": "ws", "agents": agents}, *accounts)).output
    assert "  and 1,001 more agents\n" in output
    assert "\nand 2 more accounts\n" in output
    assert "agent-5" not in output


def test_checking_reports_each_file_and_every_mistake(run: Run, tmp_path: Path) -> None:
    good = _seed(tmp_path / "good.yaml", {"accountId": "ws-1"})
    bad = _seed(tmp_path / "bad.yaml", {"accountId": "ws-1", "colour": 1}, {"accountId": "ws-1"})
    missing = str(tmp_path / "missing.yaml")
    result = run("check", good, bad, missing)
    assert result.exit_code == 1
    assert result.stdout == f"{good}: ok, 1 account, 0 agents, 0 connectors, 0 numbers\n"
    lines = result.stderr.splitlines()
    assert [line.partition(":")[0] for line in lines] == [bad, bad, missing]
    assert "unknown key colour" in lines[0]


def test_checking_good_seeds_succeeds_and_shipped_ones_go_by_name(run: Run) -> None:
    result = run("check", "demo", str(seeds.shipped()["empty"]))
    assert (result.exit_code, result.stderr) == (0, "")
    assert result.stdout.startswith("demo: ok, 2 accounts, 4 agents, ")


def test_checking_needs_a_file(run: Run) -> None:
    assert run("check").exit_code == 2


def test_the_shipped_seeds_are_listed(run: Run) -> None:
    result = run("seeds")
    assert result.exit_code == 0
    assert [line.split()[0] for line in result.output.splitlines()] == list(seeds.shipped())


def test_the_openapi_document_is_printed(run: Run) -> None:
    result = run("openapi")
    assert (result.exit_code, json.loads(result.output)) == (0, document())


def test_the_schema_of_seeds_is_printed(run: Run) -> None:
    result = run("schema")
    assert (result.exit_code, json.loads(result.output)) == (0, json_schema())


def test_the_ledger_is_printed_whole_or_for_one_operation(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    rows = [ledger.Row(name, f"rule of {name}", "assumed", "source", "test") for name in ("getConnector", "other")]
    monkeypatch.setattr(ledger, "rows", lambda: tuple(rows))
    every, one = run("ledger", "--json"), run("ledger", "--json", "--operation", "other")
    assert (every.exit_code, json.loads(every.output)) == (0, json.loads(ledger.as_json(rows)))
    assert (one.exit_code, json.loads(one.output)) == (0, json.loads(ledger.as_json(rows[1:])))
    text = run("ledger", "--operation", "other")
    assert "rule of other" in text.output
    assert "rule of getConnector" not in text.output


def test_the_ledger_is_printed_as_a_page(run: Run) -> None:
    result = run("ledger", "--markdown")
    assert (result.exit_code, result.output) == (0, ledger.as_markdown())


def test_an_operation_that_the_ledger_does_not_have_is_an_error(run: Run) -> None:
    result = run("ledger", "--operation", "getConector")
    assert (result.exit_code, result.stdout) == (1, "")
    assert "getConnector" in result.stderr


def test_a_files_name_reaches_the_terminal_escaped(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "a\x1b[31m\u202e\n::error::.yaml"
    path.write_text("accounts: [{accountId: ws-1, slgu: a}]\n")
    for name in (path, tmp_path / "none\x1b[31m\u202e\n.yaml"):
        result = run("check", str(name))
        assert result.exit_code == 1
        output = result.stdout + result.stderr
        assert not any(text in output for text in ("\x1b", "\u202e", "\n::error"))
