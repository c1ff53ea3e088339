"""The command `mockserver`: from arguments to settings; the work is done elsewhere, and imported when it is needed."""

import json
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from mockserver import __version__
from mockserver.settings import ENVIRONMENT_PREFIX, Settings

if TYPE_CHECKING:
    from mockserver.state.records import ApiKey
    from mockserver.state.state import State

_DEFAULTS = Settings()


class _DefaultToServe(click.Group):
    """A group that serves where no command is named."""

    def parse_args(self, context: click.Context, args: list[str]) -> list[str]:
        group_options = ("--help", "--version")
        if not args or (args[0] not in self.commands and args[0].startswith("-") and args[0] not in group_options):
            args = ["serve", *args]
        return super().parse_args(context, args)


@click.group(cls=_DefaultToServe)
@click.version_option(__version__, prog_name="mockserver")
def main() -> None:
    """An unofficial fake of PolyAI's Agents API. Without a command, it serves."""


@main.command()
@click.option(
    "--host", default=_DEFAULTS.host, envvar=f"{ENVIRONMENT_PREFIX}_HOST", show_default=True, show_envvar=True
)
@click.option(
    "--port",
    type=click.IntRange(0, 65535),
    default=_DEFAULTS.port,
    envvar=f"{ENVIRONMENT_PREFIX}_PORT",
    show_default=True,
    show_envvar=True,
    help="0 takes a free one.",
)
@click.option(
    "--seed",
    default=_DEFAULTS.seed,
    envvar=f"{ENVIRONMENT_PREFIX}_SEED",
    show_default=True,
    show_envvar=True,
    metavar="NAME|PATH",
    help="A shipped seed or a file.",
)
@click.option(
    "--max-body-bytes",
    type=click.IntRange(1),
    default=_DEFAULTS.max_body_bytes,
    envvar=f"{ENVIRONMENT_PREFIX}_MAX_BODY_BYTES",
    show_default=True,
    show_envvar=True,
    help="Larger request bodies get 413.",
)
def serve(host: str, port: int, seed: str, max_body_bytes: int) -> None:
    """Run the server until Ctrl-C or SIGTERM."""
    from mockserver import seeds, server

    settings = Settings(host=host, port=port, seed=seed, max_body_bytes=max_body_bytes)

    def on_ready(url: str, state: "State") -> None:
        click.secho(server.ready_line(url), bold=True)
        click.echo(_welcome(state, url))
        sys.stdout.flush()

    try:
        server.serve(settings, on_ready)
    except (seeds.SeedError, server.BindError) as error:
        _fail(str(error))


@main.command()
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path))
def check(files: tuple[Path, ...]) -> None:
    """Check seed FILES and report every mistake in them."""
    from mockserver import seeds

    wrong = False
    for path in files:
        try:
            state = seeds.load_file(path)
        except seeds.SeedError as error:
            wrong = True
            click.echo(str(error), err=True)
        else:
            click.echo(f"{path}: ok, {_contents(state)}")
    sys.exit(1 if wrong else 0)


@main.command("seeds")
def list_seeds() -> None:
    """List the shipped seeds."""
    from mockserver import seeds

    for name in seeds.shipped():
        click.echo(f"{name:12} {_contents(seeds.load(name))}")


@main.command()
def openapi() -> None:
    """Print the OpenAPI document of the server."""
    from mockserver.openapi import document

    click.echo(json.dumps(document(), indent=2))


@main.command()
def schema() -> None:
    """Print the JSON Schema of the seed format."""
    from mockserver.seeds.schema import json_schema

    click.echo(json.dumps(json_schema(), indent=2))


@main.command()
@click.option("--json", "form", flag_value="json", help="Print rows as JSON.")
@click.option("--markdown", "form", flag_value="markdown", help="Print the whole ledger as a page of Markdown.")
@click.option("--operation", help="Only the rows of this operation, by its name in /openapi.json.")
def ledger(form: str | None, operation: str | None) -> None:
    """Print the fidelity ledger: every rule, its evidence, its source and its test."""
    from mockserver import ledger as rules
    from mockserver.seeds.mistakes import nearest

    rows = [row for row in rules.rows() if operation in (None, row.operation)]
    if not rows:
        _fail(f"no operation is named {operation}; {nearest(operation or '', rules.operations())}")
    if form == "markdown":
        click.echo(rules.as_markdown(), nl=False)
    else:
        click.echo(rules.as_json(rows) if form == "json" else rules.as_text(rows))


def _welcome(state: "State", url: str) -> str:
    """Return what a newcomer can do with a fresh server."""
    lines = []
    for account in state.accounts:
        lines.append(f"\n{account.account_id}" + (f" ({account.slug})" if account.slug else ""))
        keys = state.api_keys.where("account_id", account.account_id)
        agents = state.agents.where("account_id", account.account_id)
        lines += [f"  key    {key.key}{_restrictions(key)}" for key in keys]
        lines += [f"  agent  {agent.agent_id}  {agent.name}" for agent in agents]
    key = next((row.key for row in state.api_keys if row.agent_ids is None and row.expires_at is None), None)
    agent_id = next((row.agent_id for row in state.agents), None)
    if key and agent_id:
        lines += ["\nTry:", f"  curl -H 'x-api-key: {key}' {url}/v1/agents/{agent_id}/telephony/connectors"]
    return "\n".join(lines)


def _restrictions(key: "ApiKey") -> str:
    only = "" if key.agent_ids is None else f"  only {', '.join(key.agent_ids) or 'no agent'}"
    if key.expires_at is None:
        return only
    return f"{only}  expired" if key.expires_at < datetime.now(UTC) else f"{only}  until {key.expires_at:%Y-%m-%d}"


def _contents(state: "State") -> str:
    return (
        f"{len(state.accounts)} accounts, {len(state.agents)} agents, "
        f"{len(state.connectors)} connectors, {len(state.phone_numbers)} numbers"
    )


def _fail(message: str) -> None:
    click.echo(message, err=True)
    sys.exit(1)
