"""Commands that talk to a running server: its worlds in a terminal, as tables or as JSON for scripts."""

import json
from collections.abc import Callable, Iterable, Mapping
from functools import wraps
from typing import Any

import click

from mockserver.command.output import diff_lines, fault_lines, request_lines
from mockserver.settings import ENVIRONMENT_PREFIX, Settings
from mockserver.values.text import escaped, printable

_DEFAULTS = Settings()


class World:
    """A world of a running server, and how answers about it are printed; every failure ends the command with a line."""

    def __init__(self, url: str, name: str, token: str | None, as_json: bool) -> None:
        from mockserver.control import client  # imports h11, which `serve` may not need

        if not name:
            raise click.ClickException("world name must not be empty")
        try:
            self._client = client.ControlClient(url, token)
        except ValueError as error:
            raise click.ClickException(printable(str(error))) from None
        click.get_current_context().call_on_close(self._client.close)
        self._path = f"/worlds/{client.segment(name)}"
        self.as_json = as_json

    def read(
        self,
        method: str,
        path: str,
        body: object = None,
        *,
        query: Mapping[str, object] | None = None,
        accept: str = "application/json",
    ) -> str:
        """Return the text of an answer."""
        from mockserver.control import client

        try:
            if method == "GET":
                self._client.read(method, self._path)  # which refuses a world that does not exist
            path = f"{self._path}{path}{client.query(query or {})}"
            return self._client.read(method, path, body, accept=accept).decode()
        except client.NotAMockServerError as error:
            reason = str(error)
        except client.ControlError as refusal:
            reason = f"{refusal.status}: {refusal}"
        except (OSError, ValueError) as error:
            why = getattr(error, "strerror", None) or str(error).strip() or type(error).__name__
            reason = f"no server answers at {self._client.url}: {why}"
        raise click.ClickException(printable(reason))

    def show(self, answer: str, readable: Callable[[Any], Iterable[str]]) -> None:
        """Print an answer: as JSON for scripts, readable for people."""
        if self.as_json:
            click.echo(escaped(answer), nl=False)
        else:
            for line in readable(json.loads(answer)):
                click.echo(printable(line))


def _on_a_world(command: Callable[..., None]) -> click.Command:
    """Return a command with the options that name its server and world."""

    @click.command()
    @click.option(
        "--url",
        default=f"http://{_DEFAULTS.host}:{_DEFAULTS.port}",
        envvar=f"{ENVIRONMENT_PREFIX}_URL",
        show_default=True,
        show_envvar=True,
        help="The server.",
    )
    @click.option("--world", "world_name", default="default", show_default=True, help="The world.")
    @click.option(
        "--control-token", envvar=f"{ENVIRONMENT_PREFIX}_CONTROL_TOKEN", help="For a server that requires one."
    )
    @click.option("--json", "as_json", is_flag=True, help="Print JSON for scripts.")
    @wraps(command)
    def on_a_world(url: str, world_name: str, control_token: str | None, as_json: bool, **arguments: Any) -> None:
        command(World(url, world_name, control_token, as_json), **arguments)

    return on_a_world


@_on_a_world
def state(world: World) -> None:
    """Print the state of a world as a seed file."""
    text = world.read("GET", "/state", accept="application/json" if world.as_json else "application/yaml")
    click.echo(escaped(text).encode(), nl=False)  # in UTF-8, whatever the terminal's encoding is


@_on_a_world
@click.option("--since", metavar="SNAPSHOT", help="Compare with a snapshot instead of the seed.")
def diff(world: World, since: str | None) -> None:
    """Show what the requests to a world have changed."""
    world.show(world.read("GET", "/diff", query={"since": since}), diff_lines)


@_on_a_world
@click.option("--operation", help="Only requests for this operation.")
@click.option("--method", help="Only requests with this method.")
@click.option("--path", help="Only requests for this path; * is any one segment.")
@click.option("--status", type=int, help="Only requests answered with this status.")
@click.option("--since", help="Only requests after this number, or from this time on.")
@click.option("--unexpected", is_flag=True, help="Only near misses and failures of the server.")
@click.option("--clear", is_flag=True, help="Delete them all.")
def requests(world: World, unexpected: bool, clear: bool, **filters: str | int | None) -> None:
    """List the requests to a world."""
    filters["unexpected"] = "true" if unexpected else None
    world.show(world.read("DELETE" if clear else "GET", "/requests", query=filters), request_lines)


@_on_a_world
@click.option("--seed", metavar="NAME", help="A shipped seed instead of the world's own.")
def reset(world: World, seed: str | None) -> None:
    """Reset a world to its seed."""
    answer = world.read("POST", "/reset", {} if seed is None else {"seed": seed})
    world.show(answer, lambda shown: [f"{shown['name']} was reset"])


@_on_a_world
@click.option("--add", metavar="JSON", help='For example {"status": 503, "times": 1}.')
@click.option("--clear", is_flag=True, help="Remove them all.")
def faults(world: World, add: str | None, clear: bool) -> None:
    """List a world's faults, add one, or remove them all."""
    fault = None
    if add is not None:
        try:
            fault = json.loads(add)
        except ValueError as error:
            raise click.ClickException(f"--add is not valid JSON: {error}") from None
    if clear:
        world.read("DELETE", "/faults")
    if add is not None:
        world.read("POST", "/faults", fault)
    world.show(world.read("GET", "/faults"), fault_lines)


@_on_a_world
@click.option("--freeze", metavar="TIME|now", help="Stop the clock.")
@click.option("--advance", metavar="SPAN", help="Move it forward, for example by 2h30m.")
@click.option("--resume", is_flag=True, help="Let it run again.")
def clock(world: World, freeze: str | None, advance: str | None, resume: bool) -> None:
    """Show a world's clock; freeze, advance or resume it."""
    given = {"freeze": True if freeze == "now" else freeze, "advance": advance, "resume": resume or None}
    change = {name: value for name, value in given.items() if value is not None}
    answer = world.read("POST", "/clock", change) if change else world.read("GET", "/clock")
    world.show(answer, lambda shown: [f"{shown['now']}{'  frozen' if shown['frozen'] else ''}"])


REMOTE_COMMANDS = (state, diff, requests, reset, faults, clock)
