"""Server of the session: started here, shared by the controller of pytest-xdist, or already running."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager

import pytest

from conftest_plugin.address import NO_SOCKET_HOST, SERVICE_HOSTS, Address
from conftest_plugin.options import MockSettings
from conftest_plugin.worlds import MockServer
from mockserver.control.client import ControlClient, ControlError, NotAMockServerError

Start = Callable[[pytest.Config, MockSettings], AbstractContextManager[Address]]


def starter(mode: str) -> Start:
    """Return the context manager that runs a server in a mode with a socket; its module is imported here."""
    if mode == "thread":
        from conftest_plugin.thread import running_thread

        return running_thread
    from conftest_plugin.process import running_process

    return running_process


@contextmanager
def running_server(config: pytest.Config, settings: MockSettings) -> Iterator[MockServer]:
    """Provide the session's server; if it cannot be started, the session ends with the reason."""
    if settings.mode == "asgi" and settings.url is None:
        with _in_process(config, settings) as server:
            yield server
        return
    with _address(config, settings) as address:
        control = ControlClient(address.url, address.token)
        stays = settings.keep or settings.url is not None
        server = MockServer(address.url, control, strict=settings.strict, delay=settings.delay, stays=stays)
        try:
            if settings.url is not None:
                _check_answers(config, control, settings.url)
            yield server
        finally:
            server.close()


@contextmanager
def _address(config: pytest.Config, settings: MockSettings) -> Iterator[Address]:
    if settings.url is not None:
        yield Address(settings.url.rstrip("/"), settings.control_token)
        return
    workerinput = getattr(config, "workerinput", {}).get("polyai_mock")
    if workerinput is not None and settings.mode == "process":
        from conftest_plugin.broker import BrokerError, ask

        try:
            yield ask(workerinput, settings)
        except BrokerError as error:
            raise _end(config, str(error)) from None
        return
    with ExitStack() as running:
        try:
            address = running.enter_context(starter(settings.mode)(config, settings))
        except Exception as error:
            if type(error).__name__ not in ("SeedError", "BindError", "StartError"):
                raise
            raise _end(config, str(error)) from None
        yield address


def _end(config: pytest.Config, reason: str) -> BaseException:
    """Return the exception that ends the session with a reason; in a worker of pytest-xdist it fails the test first."""
    if not hasattr(config, "workerinput"):
        return pytest.exit.Exception(f"polyai-mock: {reason}", returncode=1)
    session = config.pluginmanager.get_plugin("session")
    assert session is not None
    session.shouldstop = "polyai-mock: no server"
    return pytest.fail.Exception(f"polyai-mock: {reason}", pytrace=False)


def _check_answers(config: pytest.Config, control: ControlClient, url: str) -> None:
    """End the session if no mock server answers."""
    try:
        control.call("GET", "/health")
    except NotAMockServerError as error:
        raise _end(config, str(error)) from None
    except ControlError as error:
        raise _end(config, f"the mock server at {url} refused the call: {error}") from None
    except OSError as error:
        raise _end(config, f"no mock server answers at {url}: {error}") from None


@contextmanager
def _in_process(config: pytest.Config, settings: MockSettings) -> Iterator[MockServer]:
    try:
        from conftest_plugin.asgi import BASE_URL, Application, AsgiControlClient, AsgiTransport, SyncAsgiTransport
    except ImportError:
        raise _end(config, "mode asgi needs httpx: pip install httpx") from None
    from mockserver import seeds
    from mockserver.app.gateway import Gateway
    from mockserver.settings import Settings

    token = settings.control_token  # without a socket, nobody else reaches the server
    try:
        app = Gateway(
            Settings(
                seed=settings.seed,
                drop_oldest_world=True,
                allowed_hosts=(*SERVICE_HOSTS, NO_SOCKET_HOST),
                control_token=token,
            )
        )
    except seeds.SeedError as error:
        raise _end(config, str(error)) from None
    running = Application(app)
    server = MockServer(BASE_URL, AsgiControlClient(running, token), strict=settings.strict, delay=settings.delay)
    server.transport = AsgiTransport(running)
    server.sync_transport = SyncAsgiTransport(running)
    try:
        yield server
    finally:
        running.stop()
