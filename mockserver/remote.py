"""The commands that talk to a running server: its worlds from a terminal, as tables or as JSON for scripts."""

import json
import sys
from collections.abc import Callable, Iterable
from functools import wraps
from typing import Any, NoReturn
from urllib.parse import quote, urlencode

import click

from mockserver.settings import ENVIRONMENT_PREFIX, Settings
from mockserver.tables import diff_lines, fault_lines, printable, request_lines

_DEFAULTS = Settings()

TIMEOUT_SECONDS = 30

_CORRELATION_ID = "x-polyai-correlation-id"  # on everything that a mock server sends


class World:
    """A world of a running server, as the control plane shows it."""

    def __init__(self, url: str, world: str, token: str | None, as_json: bool) -> None:
        if not world:
            _fail("a world's name is not empty")
        if not url.startswith(("http://", "https://")):
            _fail(f"{url} is not an HTTP address, such as http://127.0.0.1:8750")
        self._base = f"{url.rstrip('/')}/_mock/worlds/{quote(world, safe='')}"
        self._token = token
        self.as_json = as_json

    def call(self, method: str, path: str, body: object = None, *, accept: str = "application/json") -> str:
        """Return the text of an answer; a refusal or an absent server is said in a line, and ends the command."""
        from http.client import HTTPException
        from urllib.error import HTTPError, URLError
        from urllib.request import ProxyHandler, Request, build_opener

        headers = {"accept": accept, "content-type": "application/json"}
        if self._token:
            if not self._token.isprintable():
                _fail("a control token is one line of text")
            headers["authorization"] = f"Bearer {self._token}".encode().decode("latin-1")  # as UTF-8 on the wire
        data = None if body is None else json.dumps(body).encode()
        url = self._base + path
        try:
            request = Request(url, data=data, headers=headers, method=method)  # noqa: S310  # the scheme was checked
            with build_opener(ProxyHandler({})).open(request, timeout=TIMEOUT_SECONDS) as answer:
                text: str = answer.read().decode("utf-8", errors="replace")
                is_a_mock_servers = _CORRELATION_ID in answer.headers
        except HTTPError as error:
            with error:
                _fail(_reason(error.read(), error.code))
        except URLError as error:
            _fail(f"no server answers at {self._base}: {getattr(error.reason, 'strerror', None) or error.reason}")
        except (OSError, HTTPException, ValueError) as error:
            _fail(f"no server answers at {self._base}: {str(error).strip() or type(error).__name__}")
        if not is_a_mock_servers:
            _fail(f"what answers at {self._base} is no mock server")
        return text

    def show(self, answer: str, readable: Callable[[Any], Iterable[str]]) -> None:
        """Print an answer: as it is for scripts, readable for people."""
        if self.as_json:
            click.echo(answer)
        else:
            for line in readable(json.loads(answer)):
                click.echo(line)


def _reason(body: bytes, status: int) -> str:
    try:
        message = json.loads(body)["error"]
    except (ValueError, KeyError, TypeError):
        message = "not an answer of a mock server"
    return f"{status}: {message}"


def _fail(message: str) -> NoReturn:
    click.echo(printable(message), err=True)
    sys.exit(1)


def _on_a_world(command: Callable[..., None]) -> click.Command:
    """Return a command with the options that say which server and world it is about."""
    options = (
        click.option(
            "--url",
            default=f"http://{_DEFAULTS.host}:{_DEFAULTS.port}",
            envvar=f"{ENVIRONMENT_PREFIX}_URL",
            show_default=True,
            show_envvar=True,
            help="The server.",
        ),
        click.option("--world", "world_name", default="default", show_default=True, help="The world."),
        click.option(
            "--control-token", envvar=f"{ENVIRONMENT_PREFIX}_CONTROL_TOKEN", help="Where the server asks for it."
        ),
        click.option("--json", "as_json", is_flag=True, help="Print JSON for scripts."),
    )

    @wraps(command)
    def on_a_world(url: str, world_name: str, control_token: str | None, as_json: bool, **arguments: Any) -> None:
        command(World(url, world_name, control_token, as_json), **arguments)

    decorated: Callable[..., None] = on_a_world
    for option in reversed(options):
        decorated = option(decorated)
    return click.command()(decorated)


@_on_a_world
def state(world: World) -> None:
    """Print all of a world as a seed file."""
    if world.as_json:
        click.echo(world.call("GET", "/state"))
    else:
        click.echo(world.call("GET", "/state", accept="application/yaml"), nl=False)


@_on_a_world
@click.option("--since", metavar="SNAPSHOT", help="Compare with a snapshot instead of the seed.")
def diff(world: World, since: str | None) -> None:
    """Show what a world's requests have changed."""
    answer = world.call("GET", "/diff" + _query(since=since))
    world.show(answer, diff_lines)


@_on_a_world
@click.option("--operation", help="Only requests for this operation.")
@click.option("--method", help="Only requests with this method.")
@click.option("--path", help="Only requests for this path; * is any one segment.")
@click.option("--status", type=int, help="Only requests answered with this status.")
@click.option("--since", help="Only requests after this number, or from this time on.")
@click.option("--unexpected", is_flag=True, help="Only requests for what does not exist.")
@click.option("--clear", is_flag=True, help="Forget them.")
def requests(world: World, unexpected: bool, clear: bool, **filters: str | int | None) -> None:
    """List what a world was asked."""
    filters["unexpected"] = "true" if unexpected else None
    answer = world.call("DELETE", "/requests") if clear else world.call("GET", "/requests" + _query(**filters))
    world.show(answer, request_lines)


@_on_a_world
@click.option("--seed", metavar="NAME", help="A shipped seed instead of the world's own.")
def reset(world: World, seed: str | None) -> None:
    """Begin a world anew."""
    answer = world.call("POST", "/reset", {} if seed is None else {"seed": seed})
    world.show(answer, lambda seen: [f"{seen['name']} begins anew"])


@_on_a_world
@click.option("--add", metavar="JSON", help='For example {"operation": "listConnectors", "status": 503}.')
@click.option("--clear", is_flag=True, help="Remove them all.")
def faults(world: World, add: str | None, clear: bool) -> None:
    """List a world's faults, add one, or remove them all."""
    if clear:
        world.call("DELETE", "/faults")
    if add is not None:
        try:
            fault = json.loads(add)
        except ValueError as error:
            _fail(f"--add is not JSON: {error}")
        world.call("POST", "/faults", fault)
    world.show(world.call("GET", "/faults"), fault_lines)


@_on_a_world
@click.option("--freeze", metavar="TIME|now", help="Stop the clock.")
@click.option("--advance", metavar="SPAN", help="Move it on, for example by 2h30m.")
@click.option("--resume", is_flag=True, help="Let it run again.")
def clock(world: World, freeze: str | None, advance: str | None, resume: bool) -> None:
    """Show a world's clock, or freeze, advance and resume it."""
    if freeze is not None:
        world.call("POST", "/clock", {"freeze": True if freeze == "now" else freeze})
    if advance is not None:
        world.call("POST", "/clock", {"advance": advance})
    if resume:
        world.call("POST", "/clock", {"resume": True})
    world.show(world.call("GET", "/clock"), lambda seen: [f"{seen['now']}{'  frozen' if seen['frozen'] else ''}"])


REMOTE_COMMANDS = (state, diff, requests, reset, faults, clock)


def _query(**parameters: str | int | None) -> str:
    given = {name: value for name, value in parameters.items() if value is not None}
    return f"?{urlencode(given)}" if given else ""
