"""The command `mockserver`: from arguments to settings; the work is done elsewhere, and imported when it is needed."""

import gc
import json
import logging
import math
import sys
from collections.abc import Callable
from io import TextIOWrapper
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from mockserver.command.remote import REMOTE_COMMANDS
from mockserver.settings import ENVIRONMENT_PREFIX, Settings
from mockserver.version import __version__

if TYPE_CHECKING:
    from mockserver.state.state import State

_Command = TypeVar("_Command", bound=Callable[..., Any])

_DEFAULTS = Settings()

logger = logging.getLogger(__name__)


class _DefaultToServe(click.Group):
    """A group that serves where no command is named."""

    def parse_args(self, context: click.Context, args: list[str]) -> list[str]:
        group_options = ("-h", "--help", "--version")
        if not args or (args[0] not in self.commands and args[0].startswith("-") and args[0] not in group_options):
            args = ["serve", *args]
        return super().parse_args(context, args)


def _setting(
    name: str,
    metavar: str | None,
    text: str,
    kind: click.IntRange | click.FloatRange | Callable[[str], str] | None = None,
) -> Callable[[_Command], _Command]:
    """Return the option for one of the settings: its flag, variable and default all follow from the name."""
    default = getattr(_DEFAULTS, name)
    several = isinstance(default, tuple)
    return click.option(
        f"--{name.replace('_', '-')}" if not several else f"--{name.removesuffix('s').replace('_', '-')}",
        name,
        type=kind,
        metavar=metavar,
        is_flag=isinstance(default, bool),
        multiple=several,
        default=default,
        envvar=f"{ENVIRONMENT_PREFIX}_{name.upper()}",
        show_default=default not in (None, (), False),
        show_envvar=True,
        help=text,
    )


def _host_name(value: str) -> str:
    """Return a name that a Host header can have, as it has it."""
    from mockserver.app.hosts import host_name

    try:
        return host_name(value)
    except ValueError as error:
        raise click.BadParameter(str(error)) from None


class _Seconds(click.FloatRange):
    """A range of seconds, which NaN is not in, although it is neither below nor above any."""

    def convert(self, value: Any, parameter: click.Parameter | None, context: click.Context | None) -> float:
        seconds: float = super().convert(value, parameter, context)
        if math.isnan(seconds):
            self.fail(f"{value} is not a number of seconds.", parameter, context)
        return seconds


@click.group(cls=_DefaultToServe, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110})
@click.version_option(__version__, prog_name="mockserver")
def main() -> None:
    """An unofficial, stateful fake of PolyAI's Agents API.

    Without a command, it serves; see `mockserver serve --help` for its options.
    """
    if isinstance(sys.stdout, TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")  # names may have characters that the terminal lacks


@main.command()
@_setting("host", "ADDRESS", "Where to listen.")
@_setting("port", "PORT", "0 takes a free one.", click.IntRange(0, 65535))
@_setting("seed", "NAME|PATH", "A shipped seed or a file.")
@_setting("max_body_bytes", "BYTES", "Larger request bodies get 413.", click.IntRange(1))
@_setting(
    "request_timeout",
    "SECONDS",
    "A request that is not complete by then gets 408.",
    _Seconds(0.0, 86_400.0, min_open=True),
)
@_setting("max_worlds", "COUNT", "The bound on private worlds.", click.IntRange(1))
@_setting("drop_oldest_world", None, "At the bound, drop the least recently used world; without it, refuse a new one.")
@_setting(
    "max_idle",
    "SECONDS",
    "Drop private worlds that nobody used for so long; without it, none.",
    _Seconds(0.0, 31_536_000.0, min_open=True),
)
@_setting("journal_size", "COUNT", "Requests that a world remembers.", click.IntRange(1))
@_setting("journal_bytes", "BYTES", "Memory for the requests that a world remembers, about.", click.IntRange(1))
@_setting("allow_remote", None, "Listen beyond loopback; the control plane then asks for a token.")
@_setting(
    "allowed_hosts", "NAME", "A name, beside loopback's, that requests may be for; repeatable; * is any.", _host_name
)
@_setting("control_token", "TOKEN", "What the control plane asks for; better given by environment.")
@_setting("trust_own_user", None, "Ask processes of the server's own user for no token (Linux).")
@_setting("instance", "NAME", "What the ready line and /_mock/health call this server.")
@_setting("ready_file", "PATH", "A file to write the URL to, once the server accepts connections.")
@_setting("until_stdin_closes", None, "End when standard input does.")
def serve(**chosen: Any) -> None:
    """Serve until Ctrl-C or SIGTERM."""
    from mockserver import seeds
    from mockserver.command.welcome import welcome
    from mockserver.server import logs
    from mockserver.server import run as server

    settings = Settings(**chosen)
    logs.hold_standard_files()

    def on_ready(ready: server.Ready) -> None:
        gc.freeze()  # what has been loaded stays, so the garbage collector need not look at it
        logs.log_to_standard_error(ready.secrets)
        line = click.style(server.ready_line(ready.url, settings.instance), bold=True)
        made_up_token = None if settings.control_token else ready.control_token
        text = welcome(ready.worlds.default.state, ready.url, settings, made_up_token)
        try:
            click.echo(f"{line}\n{text}")  # in one piece, for readers who leave after the first line
        except OSError as error:
            logger.warning("standard output cannot be written: %s", error.strerror)
            del sys.stdout  # which Python would flush at the end, and fail
        if settings.ready_file is not None:
            _write_whole(Path(settings.ready_file), f"{ready.url}\n")

    try:
        server.serve(settings, on_ready)
    except (seeds.SeedError, server.BindError) as error:
        click.echo(str(error), err=True)
        sys.exit(1)


def _write_whole(path: Path, text: str) -> None:
    """Write a file in one step, so that whoever waits for it never reads a part; raises ClickException."""
    try:
        part = path.with_name(f"{path.name}.part")
        part.write_text(text, encoding="utf-8")
        part.replace(path)
    except (OSError, ValueError) as error:
        raise click.ClickException(f"{path} cannot be written: {error}") from None


@main.command()
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path))
def check(files: tuple[Path, ...]) -> None:
    """Check seeds and report every problem in them."""
    from mockserver import seeds

    wrong = False
    for path in files:
        try:
            state = seeds.load_file(seeds.shipped().get(str(path), path))
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
    from mockserver.openapi.document import document

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
    """Print every rule that the fake follows, with its evidence.

    A rule is documented, observed or assumed; with it stand its source and the test that pins it.
    """
    from mockserver.ledger import rows as rules
    from mockserver.values.text import nearest

    rows = [row for row in rules.rows() if operation in (None, row.operation)]
    if not rows:
        hint = nearest(operation or "", list(dict.fromkeys(row.operation for row in rules.rows())))
        raise click.ClickException(f"no operation is named {operation}; {hint}")
    if form == "markdown":
        click.echo(rules.as_markdown(), nl=False)
    else:
        click.echo(rules.as_json(rows) if form == "json" else rules.as_text(rows))


for _command in REMOTE_COMMANDS:
    main.add_command(_command)


def _contents(state: "State") -> str:
    from mockserver.state.catalogue import record_types

    counts = [(it.TABLE, len(state[it])) for it in record_types() if it.TABLE.counted]
    return ", ".join(f"{count:,} {table.noun if count == 1 else table.many}" for table, count in counts)
