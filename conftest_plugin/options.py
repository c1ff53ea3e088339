"""Settings of the plugin. Precedence: command line, environment variable, ini file, default."""

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, get_args

import pytest

Mode = Literal["process", "thread", "asgi"]

_TRUE = frozenset({"1", "true", "yes", "on"})
_FALSE = frozenset({"0", "false", "no", "off", ""})


@dataclass(frozen=True, kw_only=True)
class MockSettings:
    """How the session's mock server is run; override the fixture `polyai_mock_settings` to change it.

    `seed` is the name of a shipped seed or a path; `url` is that of a server that is already running; `mode` is
    `process`, `thread` or `asgi`; `strict` fails tests for unexpected requests; `delay` is a fault's delay, such as
    `{"ms": 20}`, for every request of every test; `keep` leaves the server running after the session.
    """

    seed: str = "demo"
    mode: Mode = "process"
    strict: bool = True
    host: str = "127.0.0.1"
    url: str | None = None
    control_token: str | None = None
    delay: Mapping[str, object] = field(default_factory=dict, hash=False)
    keep: bool = False


def add_options(parser: pytest.Parser) -> None:
    """Declare the options and their ini settings."""
    group = parser.getgroup("polyai-mock", "mock server for PolyAI's Agents API")
    for name, metavar, text in (
        ("url", "URL", "use a mock server that is already running"),
        ("seed", "NAME|PATH", "the seed of the server: a shipped one or a file (default: demo)"),
        ("mode", "MODE", "process, thread or asgi (default: process)"),
    ):
        group.addoption(f"--polyai-mock-{name}", metavar=metavar, default=None, help=text)
        parser.addini(f"polyai_mock_{name}", text, default=None)
    group.addoption(
        "--polyai-mock-keep", action="store_true", default=None, help="leave the server running and print its URL"
    )
    parser.addini("polyai_mock_keep", "leave the server running and print its URL", default=None)
    parser.addini("polyai_mock_strict", "fail tests for unexpected requests (default: true)", default=None)


def settings_of(config: pytest.Config) -> MockSettings:
    """Return the settings of a test run; raises UsageError."""
    default = MockSettings()
    mode = value_of(config, "mode") or default.mode
    if mode not in get_args(Mode):
        raise pytest.UsageError(f"polyai-mock: {mode!r} is not a valid mode; expected process, thread or asgi")
    seed = value_of(config, "seed") or default.seed
    url = value_of(config, "url")
    if url is not None and not re.fullmatch(r"http://(\[[0-9a-fA-F:.]+\]|[^/:\s]+)(:\d{1,5})?/?", url):
        raise pytest.UsageError(
            f"polyai-mock: {url!r} is not a valid URL of a mock server; expected for example http://127.0.0.1:8750"
        )
    keep = _flag(value_of(config, "keep"), "keep", default.keep)
    if keep and mode != "process":
        raise pytest.UsageError(f"polyai-mock: keep needs mode process, not {mode}")
    in_ini = (config.rootpath / seed).is_file()
    return MockSettings(
        seed=str(config.rootpath / seed) if in_ini else seed,
        mode=mode,  # type: ignore[arg-type]  # it was checked
        strict=_flag(value_of(config, "strict"), "strict", default.strict),
        url=url,
        control_token=os.environ.get("POLYAI_MOCK_CONTROL_TOKEN"),
        keep=keep,
    )


def value_of(config: pytest.Config, name: str) -> str | None:
    """Return the text given for a setting on the command line, in the environment or in the ini file."""
    option = config.getoption(f"polyai_mock_{name}", None)
    if option is not None:
        return str(option)
    variable = os.environ.get(f"POLYAI_MOCK_{name.upper()}")
    if variable:
        return variable
    ini: str | None = config.getini(f"polyai_mock_{name}")
    return ini or None


def _flag(text: str | None, name: str, default: bool) -> bool:
    if text is None:
        return default
    if text.lower() in _TRUE:
        return True
    if text.lower() in _FALSE:
        return False
    raise pytest.UsageError(f"polyai-mock: {text!r} is not a valid value of {name}; expected true or false")
