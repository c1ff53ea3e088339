"""Settings of the plugin. Precedence: command line, environment variable, ini file, default."""

import math
import os
import re
import secrets
import warnings
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, get_args

import pytest

from conftest_plugin.paths import resolved

Mode = Literal["process", "thread", "asgi"]

_TRUE = frozenset({"1", "true", "yes", "on"})
_FALSE = frozenset({"0", "false", "no", "off", ""})
_MAX_SECONDS = 86_400

# What a setting can be in `[tool.pytest]`, whose values have types; before pytest 9.2 no more than one can be declared.
_ANY: Any = {"type": str | bool | int | float} if pytest.version_tuple >= (9, 2) else {}


@dataclass(frozen=True, kw_only=True)
class MockSettings:
    """How the session's mock server is run; override the fixture `polyai_mock_settings` to change it.

    `seed` is the name of a shipped seed or a path; `url` is that of a server that is already running; `mode` is
    `process`, `thread` or `asgi`; `strict` fails tests for unexpected requests; `delay` is a fault's delay, such as
    `{"ms": 20}`, for every request of every test; `keep` leaves the server running after the session; `start_timeout`
    is how many seconds a server has to start. A path is relative to the root of the test run.
    """

    seed: str = "demo"
    mode: Mode = "process"
    strict: bool = True
    host: str = "127.0.0.1"
    url: str | None = None
    control_token: str | None = None
    delay: Mapping[str, object] = field(default_factory=dict, hash=False)
    keep: bool = False
    start_timeout: float = 20.0


def own_token(settings: MockSettings) -> str:
    """Return the control token of a server that the plugin starts: a random one unless it was chosen."""
    return settings.control_token or secrets.token_urlsafe(24)


def add_options(parser: pytest.Parser) -> None:
    """Declare the options and their ini settings."""
    group = parser.getgroup("polyai-mock", "mock server for PolyAI's Agents API")
    for name, metavar, text in (
        ("url", "URL", "use a mock server that is already running"),
        ("seed", "NAME|PATH", "the seed of the server: a shipped one or a file (default: demo)"),
        ("mode", "MODE", "process, thread or asgi (default: process)"),
        ("start-timeout", "SECONDS", "how long the server may take to start (default: 20)"),
    ):
        group.addoption(f"--polyai-mock-{name}", metavar=metavar, default=None, help=text)
        parser.addini(f"polyai_mock_{name.replace('-', '_')}", text, default=None, **_ANY)
    group.addoption(
        "--polyai-mock-keep", action="store_true", default=None, help="leave the server running and print its URL"
    )
    parser.addini("polyai_mock_keep", "leave the server running and print its URL", default=None, **_ANY)
    parser.addini("polyai_mock_strict", "fail tests for unexpected requests (default: true)", default=None, **_ANY)


def settings_of(config: pytest.Config) -> MockSettings:
    """Return the settings of a test run; raises UsageError."""
    default = MockSettings()
    mode = value_of(config, "mode") or default.mode
    if mode not in get_args(Mode):
        raise pytest.UsageError(f"polyai-mock: {mode!r} is not a valid mode; expected process, thread or asgi")
    url = value_of(config, "url")
    if url is not None and not re.fullmatch(r"http://(\[[0-9a-fA-F:.]+\]|[^/:\s]+)(:\d{1,5})?/?", url):
        raise pytest.UsageError(
            f"polyai-mock: {url!r} is not a valid URL of a mock server; expected for example http://127.0.0.1:8750"
        )
    keep = _flag(value_of(config, "keep"), "keep", default.keep)
    if keep and mode != "process":
        raise pytest.UsageError(f"polyai-mock: keep needs mode process, not {mode}")
    return MockSettings(
        seed=_seed(config) or default.seed,
        mode=mode,  # type: ignore[arg-type]  # it was checked
        strict=_flag(value_of(config, "strict"), "strict", default.strict),
        url=url,
        control_token=os.environ.get("POLYAI_MOCK_CONTROL_TOKEN"),
        keep=keep,
        start_timeout=_seconds(value_of(config, "start_timeout"), default.start_timeout),
    )


def value_of(config: pytest.Config, name: str) -> str | None:
    """Return the text given for a setting on the command line, in the environment or in the ini file."""
    return _given_at_start(config, name) or _ini(config, name)


def _given_at_start(config: pytest.Config, name: str) -> str | None:
    option = config.getoption(f"polyai_mock_{name}", None)
    if option is not None:
        return str(option)
    return os.environ.get(f"POLYAI_MOCK_{name.upper()}") or None


def _ini(config: pytest.Config, name: str) -> str | None:
    try:
        value: object = config.getini(f"polyai_mock_{name}")
    except (TypeError, pytest.UsageError):  # pytest 9.0 and 9.1 with a value that is not a text in `[tool.pytest]`
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            value = config.inicfg[f"polyai_mock_{name}"]
    if not isinstance(value, str | bool | int | float | None):
        raise pytest.UsageError(f"polyai-mock: {value!r} is not a valid value of {name}; expected one value")
    return None if value is None else str(value) or None


def _seed(config: pytest.Config) -> str | None:
    """Return the seed, with a path resolved: from the ini file against the root, otherwise where pytest was started."""
    seed = _given_at_start(config, "seed")
    if seed is not None:
        return resolved(seed, config.invocation_params.dir)
    seed = _ini(config, "seed")
    return None if seed is None else resolved(seed, config.rootpath)


def _seconds(text: str | None, default: float) -> float:
    if text is None:
        return default
    try:
        seconds = float(text)
    except ValueError:
        seconds = math.nan
    if not 0 < seconds <= _MAX_SECONDS:
        raise pytest.UsageError(
            f"polyai-mock: {text!r} is not a valid start_timeout; expected seconds up to {_MAX_SECONDS}"
        )
    return seconds


def _flag(text: str | None, name: str, default: bool) -> bool:
    if text is None:
        return default
    if text.lower() in _TRUE:
        return True
    if text.lower() in _FALSE:
        return False
    raise pytest.UsageError(f"polyai-mock: {text!r} is not a valid value of {name}; expected true or false")
