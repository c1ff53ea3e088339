"""Entry point of the plugin: options, marker, fixtures and hooks.

pytest imports this module in every run where the package is installed, so it imports only the standard library and
pytest; the fixtures import everything else when they need it.
"""

import threading
from collections.abc import Generator, Iterator
from contextlib import ExitStack, suppress
from dataclasses import replace
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import pytest

from conftest_plugin.address import ENDING, KEPT, bypass_proxies
from conftest_plugin.explanation import explain
from conftest_plugin.options import MockSettings, add_options, settings_of
from conftest_plugin.paths import looked_up_in, resolved
from polyai_mockserver import shadowed

if TYPE_CHECKING:
    from _pytest.terminal import TerminalReporter  # public only since pytest 8.4

    from conftest_plugin.broker import Broker
    from conftest_plugin.world import MockWorld
    from conftest_plugin.worlds import MockServer

_BROKER: "pytest.StashKey[Broker]" = pytest.StashKey()
_SERVER: "pytest.StashKey[MockServer]" = pytest.StashKey()
_FAILED: pytest.StashKey[bool] = pytest.StashKey()

_OWN_FIXTURES = frozenset(
    {
        "monkeypatch",
        "polyai_mock",
        "polyai_mock_env",
        "polyai_mock_intercept",
        "polyai_mock_server",
        "polyai_mock_settings",
        "pytestconfig",
        "request",
    }
)

_MARKER = (
    "polyai_mock(seed=None, strict=None, clock=None, policies=None): set up the test's world: another seed (a shipped "
    "name, a path, a mapping), strictness, a frozen clock (a time with a zone, or True), policies by name"
)


def pytest_addoption(parser: pytest.Parser) -> None:
    """Declare the plugin's options."""
    add_options(parser)


def pytest_configure(config: pytest.Config) -> None:
    """Declare the plugin's marker, and refuse invalid settings before any test runs."""
    config.addinivalue_line("markers", _MARKER)
    config.option.polyai_mock_seed = settings_of(config).seed  # a relative path would depend on the current directory


def pytest_report_header(config: pytest.Config) -> str:
    """Name the server, its mode and its seed."""
    settings = settings_of(config)
    if settings.url is not None:
        return f"polyai-mock: {settings.url}, with its own seed"
    return f"polyai-mock: starts on first use, mode {settings.mode}, seed {settings.seed}"


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:
    """Give a worker of pytest-xdist the address of the broker of the session's server."""
    config = node.config
    if settings_of(config).url is None:
        if _BROKER not in config.stash:
            config.stash[_BROKER] = _broker(config)
        node.workerinput["polyai_mock"] = config.stash[_BROKER].workerinput


def pytest_terminal_summary(terminalreporter: "TerminalReporter", config: pytest.Config) -> None:
    """Print the URL of a server that was left running."""
    if KEPT in config.stash:
        kept = config.stash[KEPT]
        terminalreporter.write_line(f"polyai-mock: left running on {kept.url}")
        terminalreporter.write_line(f"polyai-mock: its control token: POLYAI_MOCK_CONTROL_TOKEN={kept.token}")


def pytest_unconfigure(config: pytest.Config) -> None:
    """End the server that the workers shared."""
    if _BROKER in config.stash:
        config.stash[_BROKER].close()
        del config.stash[_BROKER]


def pytest_collection_finish(session: pytest.Session) -> None:
    """Import what the fixtures and the reports need before a test can replace a part of it."""
    used = any("polyai_mock_server" in getattr(item, "fixturenames", ()) for item in session.items)
    if used and not session.config.option.collectonly:
        with suppress(ImportError):  # which the fixture `polyai_mock_server` explains
            import conftest_plugin.reporting
            import conftest_plugin.sessions
        with suppress(ImportError):  # httpx is needed for some modes and objects only
            import conftest_plugin.asgi
            import conftest_plugin.transport  # noqa: F401


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> Generator[None, object, object]:
    """Begin a test for the worlds that are open already."""
    server = item.config.stash.get(_SERVER, None)
    if server is not None:
        server.watch.begin()
    return (yield)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Generator[None, object, object]:
    """Look seed files up in the folder of the test, then in the root."""
    with looked_up_in(item.path.parent, item.config.rootpath):
        return (yield)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None, object, object]:
    """Fail a test for unexpected requests to its worlds."""
    result = yield
    server = item.config.stash.get(_SERVER, None)
    if server is not None:
        server.watch.check()
    return result


@pytest.hookimpl(wrapper=True)
def pytest_runtest_teardown(item: pytest.Item) -> Generator[None, object, object]:
    """Fail a test for unexpected requests of its teardown, and for those that could not be asked for before.

    By now everything that the test has replaced is back.
    """
    result = yield
    server = item.config.stash.get(_SERVER, None)
    if server is not None and not item.stash.get(_FAILED, False):
        server.watch.check(again=True)
    return result


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item,
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Add requests to the worlds of a failing test, and their changes, to its report and to JUnit XML."""
    report = yield
    item.stash[_FAILED] = item.stash.get(_FAILED, False) or report.failed
    server = item.config.stash.get(_SERVER, None)
    if server is None:
        return report
    if report.failed:
        from conftest_plugin.reporting import sections

        found = sections(server.watch.of_test())
        report.sections.extend(found)
        item.user_properties.extend(found)
    if report.when == "teardown":
        server.watch.end(failed=item.stash[_FAILED])
    return report


def pytest_assertrepr_compare(op: str, left: object, right: object) -> list[str] | None:
    """Show in which fields two records of the API differ; pytest explains everything else itself."""
    return explain(left, right) if op == "==" else None


@pytest.fixture(scope="session")
def polyai_mock_settings(pytestconfig: pytest.Config) -> MockSettings:
    """Settings of the session's mock server: seed, mode, strictness; override it to set them in code."""
    return settings_of(pytestconfig)


@pytest.fixture(scope="session")
def polyai_mock_server(pytestconfig: pytest.Config, polyai_mock_settings: MockSettings) -> Iterator["MockServer"]:
    """The session's mock server: `base_url`, and `world()` for tests that need several worlds, as with `@given`."""
    try:
        from conftest_plugin.sessions import running_server
    except ImportError:
        reason = shadowed("mockserver")
        if reason is None:
            raise
        raise pytest.fail.Exception(f"polyai-mock: {reason}", pytrace=False) from None

    seed = resolved(str(polyai_mock_settings.seed), pytestconfig.rootpath)
    with running_server(pytestconfig, replace(polyai_mock_settings, seed=seed)) as server:
        pytestconfig.stash[_SERVER] = server
        yield server
        del pytestconfig.stash[_SERVER]


@pytest.fixture
def polyai_mock(polyai_mock_server: "MockServer", request: pytest.FixtureRequest) -> Iterator["MockWorld"]:
    """A private world for the test: `base_url`, `api_key`, `client`, `faults`, `clock`, `state()`, `diff()`."""
    world = _marked_world(polyai_mock_server, _marker(request.node))
    yield world
    world.close()
    if not request.node.stash.get(_FAILED, False) and _has_other_fixtures(request.node):
        world.check()  # requests of their teardown


@pytest.fixture
def polyai_mock_env(polyai_mock: "MockWorld", monkeypatch: pytest.MonkeyPatch) -> "MockWorld":
    """The test's world, with POLYAI_BASE_URL, POLYAI_API_KEY, POLYAI_ACCOUNT_ID and POLYAI_AGENT_ID set to it.

    NO_PROXY has the server's host, so that no proxy stands between.
    """
    bypass_proxies(monkeypatch, str(urlsplit(polyai_mock.base_url).hostname))
    monkeypatch.setenv("POLYAI_BASE_URL", polyai_mock.base_url)
    monkeypatch.setenv("POLYAI_API_KEY", polyai_mock.api_key)
    monkeypatch.setenv("POLYAI_ACCOUNT_ID", polyai_mock.account_id)
    monkeypatch.setenv("POLYAI_AGENT_ID", polyai_mock.agent_id)
    return polyai_mock


@pytest.fixture
def polyai_mock_intercept(polyai_mock: "MockWorld", monkeypatch: pytest.MonkeyPatch) -> Iterator["MockWorld"]:
    """The test's world, to which connections to the service's own hosts are redirected; needs the extra `intercept`."""
    if polyai_mock.server.transport is not None:
        pytest.fail("polyai_mock_intercept needs a server with a socket: mode process or thread", pytrace=False)
    try:
        from conftest_plugin.interception import intercepted
    except ImportError as error:
        reason = f"polyai_mock_intercept needs polyai-mockserver[intercept]: {error}"
        raise pytest.fail.Exception(reason, pytrace=False) from None

    with intercepted(polyai_mock.base_url, monkeypatch):
        yield polyai_mock


def _has_other_fixtures(node: Any) -> bool:
    """Tell whether a test has fixtures that may use its world in their teardown; if not, a check is saved."""
    parameters = getattr(getattr(node, "callspec", None), "params", {})
    return any(name not in _OWN_FIXTURES and name not in parameters for name in node.fixturenames)


def _marker(node: pytest.Item) -> dict[str, Any]:
    """Return the arguments of a test's markers, where the closest wins; an unknown argument fails the test."""
    arguments: dict[str, Any] = {}
    for mark in node.iter_markers("polyai_mock"):
        wrong = [*map(repr, mark.args), *sorted(mark.kwargs.keys() - {"seed", "strict", "clock", "policies"})]
        if wrong:
            pytest.fail(f"marker polyai_mock takes seed, strict, clock and policies, not {wrong[0]}", pytrace=False)
        arguments = {**mark.kwargs, **arguments}
    return arguments


def _marked_world(server: "MockServer", marker: dict[str, Any]) -> "MockWorld":
    """Return a fresh world, set up by the arguments of a test's markers; an invalid one fails the test."""
    from mockserver.control.client import ControlError
    from mockserver.values.text import printable

    world = None
    try:
        world = server.open_world(seed=marker.get("seed"), strict=marker.get("strict"))
        if marker.get("policies"):
            world.seed({"policies": marker["policies"]})
        if marker.get("clock"):
            world.clock.freeze(None if marker["clock"] is True else marker["clock"])
    except Exception as error:
        if world is not None:
            world.close()
        if not isinstance(error, ControlError) and type(error).__name__ != "SeedError":
            raise
        raise pytest.fail.Exception(printable(f"marker polyai_mock: {error}"), pytrace=False) from None
    return world


def _broker(config: pytest.Config) -> "Broker":
    from conftest_plugin.address import Address
    from conftest_plugin.broker import Broker
    from conftest_plugin.sessions import starter

    def start(running: ExitStack, settings: MockSettings) -> Address:
        return running.enter_context(starter("process")(config, settings))

    ending = config.stash[ENDING] = threading.Event()
    return Broker(start, ending)
