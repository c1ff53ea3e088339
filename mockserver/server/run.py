"""A running server: bind, run uvicorn, and say when it accepts.

The ready line is made here and nowhere else, because programs wait for it.
"""

import asyncio
import errno
import ipaddress
import os
import signal
import socket
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace

import uvicorn
from starlette.types import ASGIApp, Receive, Scope, Send

from mockserver.app.gateway import create_gateway
from mockserver.server.connection import Config, MortalConnection
from mockserver.server.protocol import Protocol
from mockserver.settings import Settings
from mockserver.state.state import State

_BACKLOG = 2048
_KEEP_ALIVE_SECONDS = 75  # longer than clients keep idle connections, so that none is closed under a request
_GRACE_SECONDS = 0.2
_LOOK_SECONDS = 1.0  # between two looks at all connections


class BindError(Exception):
    """The address cannot be listened on."""


@dataclass(frozen=True, slots=True)
class Ready:
    """A server that accepts: its URL, its state, the control token if one was made up, and how to stop it.

    `secrets` returns what must not be logged: the API keys of all worlds, and the control token.
    """

    url: str
    state: State
    made_up_token: str | None
    stop: Callable[[], None]
    secrets: Callable[[], set[str]] = set


def ready_line(url: str, instance: str | None = None) -> str:
    """Return the line that says that the server accepts connections, and which one it is."""
    return f"mockserver ready on {url}" + (f" as {instance}" if instance else "")


def bind(settings: Settings) -> socket.socket:
    """Return a listening socket; raises BindError, also for an address beyond loopback that was not asked for.

    It listens at once: two sockets that are only bound can share a port.
    """
    if not settings.allow_remote and not _is_loopback(settings.host):
        raise BindError(
            f"cannot listen on {settings.host} port {settings.port}: not a loopback address; --allow-remote permits it"
        )
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    if os.name == "posix":  # elsewhere the option would allow to take a port away from its server
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((settings.host, settings.port))
        listener.listen(_BACKLOG)
    except (OSError, TypeError, UnicodeError) as error:  # the latter two where a name is no name
        listener.close()
        reason = error.strerror if isinstance(error, OSError) else "not the name of a host"
        if isinstance(error, OSError) and error.errno == errno.EADDRINUSE:
            reason = f"{reason}; --port 0 takes a free one"
        raise BindError(f"cannot listen on {settings.host} port {settings.port}: {reason}") from None
    return listener


def serve(settings: Settings, on_ready: Callable[[Ready], None]) -> None:
    """Run a server until it is told to stop; `on_ready` is called once it accepts.

    Raises SeedError and BindError before anything is served.
    """
    made_up = None
    if settings.allow_remote and not settings.control_token:
        from secrets import token_urlsafe

        made_up = token_urlsafe(24)
    settings = replace(
        settings,
        control_token=settings.control_token or made_up,
        allowed_hosts=(*settings.allowed_hosts, settings.host),
    )
    gateway = create_gateway(settings)
    with bind(settings) as listener:
        host, port = listener.getsockname()[:2]
        url = f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
        config = Config(
            _until_gone(gateway),
            http=Protocol,
            ws="none",
            lifespan="off",
            workers=1,
            backlog=_BACKLOG,
            log_config=None,
            log_level="warning",
            access_log=False,
            server_header=False,
            proxy_headers=False,
        )
        server = _Server(config, settings.request_timeout)
        worlds = gateway.worlds

        def known_secrets() -> set[str]:
            keys = {key.key for world in worlds for key in world.state.api_keys}
            return keys | ({settings.control_token} if settings.control_token else set())

        server.on_started = lambda: on_ready(Ready(url, worlds.default.state, made_up, server.stop, known_secrets))
        if settings.until_stdin_closes:
            threading.Thread(target=_stop_at_end_of_input, args=(server,), daemon=True).start()
        server.run(sockets=[listener])


def _stop_at_end_of_input(server: "_Server") -> None:
    """Stop the server when whoever started it is gone, however it went."""
    with suppress(OSError, ValueError):
        while sys.stdin is not None and sys.stdin.buffer.read(4096):
            pass
    server.stop()


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _until_gone(app: ASGIApp) -> ASGIApp:
    """Return the application, whose requests end quietly where the server ends and has dropped their connections."""

    async def until_gone(scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await app(scope, receive, send)
        except asyncio.CancelledError:
            while (await receive())["type"] != "http.disconnect":
                pass

    return until_gone


class _Server(uvicorn.Server):
    """uvicorn, with word when it accepts, for which SIGTERM and Ctrl-C are ordinary and prompt ends.

    It looks after its connections, so that none needs timers; `request_timeout` is in seconds.
    """

    def __init__(self, config: Config, request_timeout: float) -> None:
        super().__init__(config)
        self._request_timeout = request_timeout
        self.on_started: Callable[[], None] = lambda: None

    def stop(self) -> None:
        """Have the server end, from whichever thread."""
        self.should_exit = True

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self._look_after_connections()
        self.on_started()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        asyncio.get_running_loop().call_later(_GRACE_SECONDS, self._abandon)
        await super().shutdown(sockets)

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        # uvicorn's own would raise the signals again at the end, for handlers that were there before.
        if threading.current_thread() is threading.main_thread():  # in another, signals are not this server's affair
            for number in (signal.SIGINT, signal.SIGTERM):
                signal.signal(number, lambda _number, _frame: self.stop())
        yield

    def _look_after_connections(self) -> None:
        loop = asyncio.get_running_loop()
        loop.call_later(min(_LOOK_SECONDS, self._request_timeout / 4), self._look_after_connections)
        now = loop.time()
        for connection in list(self.server_state.connections):
            assert isinstance(connection, MortalConnection)
            connection.look_after(now, self._request_timeout, _KEEP_ALIVE_SECONDS)

    def _abandon(self) -> None:
        """Drop what is left: half-sent requests, answers that nobody reads, and those that a fault holds back."""
        for connection in list(self.server_state.connections):
            connection.transport.abort()
        for task in list(self.server_state.tasks):
            task.cancel()
