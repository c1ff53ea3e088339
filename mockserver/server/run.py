"""Running server: a bound socket, uvicorn on it, and the ready line.

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

from mockserver.app.gateway import Gateway
from mockserver.server.uvicorn_adapter import Config, TimedConnection
from mockserver.settings import Settings
from mockserver.state.accounts import ApiKey
from mockserver.state.state import State

_BACKLOG = 2048
_KEEP_ALIVE_SECONDS = 75  # longer than clients keep idle connections, so that none is closed under a request
_GRACE_SECONDS = 0.2
_TIMEOUT_CHECK_SECONDS = 1.0


class BindError(Exception):
    """The server cannot listen on the address."""


@dataclass(frozen=True, slots=True)
class Ready:
    """A server that accepts connections: its URL, its state, how to stop it, and the control token if one was made up.

    `secrets` returns what must not be logged: the API keys of all worlds, and the control token.
    """

    url: str
    state: State
    made_up_token: str | None
    stop: Callable[[], None]
    secrets: Callable[[], set[str]] = set


def ready_line(url: str, instance: str | None = None) -> str:
    """Return the line that says that the server accepts connections, and which instance it is."""
    return f"mockserver ready on {url}" + (f" as {instance}" if instance else "")


def bind(settings: Settings) -> socket.socket:
    """Return a listening socket; raises BindError, also for an address beyond loopback without `allow_remote`.

    The socket listens at once, because two sockets that are only bound can share a port.
    """
    if not settings.allow_remote and not _is_loopback(settings.host):
        raise BindError(
            f"cannot listen on {settings.host} port {settings.port}: not a loopback address; --allow-remote permits it"
        )
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    if os.name == "posix":  # on Windows the option would let a second server take the port
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((settings.host, settings.port))
        listener.listen(_BACKLOG)
    except (OSError, TypeError, UnicodeError) as error:  # TypeError and UnicodeError: the host is not a valid name
        listener.close()
        reason = error.strerror if isinstance(error, OSError) else "not a valid host name"
        if isinstance(error, OSError) and error.errno == errno.EADDRINUSE:
            reason = f"{reason}; --port 0 takes a free one"
        raise BindError(f"cannot listen on {settings.host} port {settings.port}: {reason}") from None
    return listener


def serve(settings: Settings, on_ready: Callable[[Ready], None]) -> None:
    """Run a server until it is stopped; `on_ready` is called once it accepts connections.

    Raises SeedError and BindError before it accepts any.
    """
    made_up_token = None
    if settings.allow_remote and not settings.control_token:
        from secrets import token_urlsafe

        made_up_token = token_urlsafe(24)
    settings = replace(
        settings,
        control_token=settings.control_token or made_up_token,
        allowed_hosts=(*settings.allowed_hosts, settings.host),
    )
    gateway = Gateway(settings)
    with bind(settings) as listener:
        host, port = listener.getsockname()[:2]
        url = f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
        worlds = gateway.worlds

        def secrets() -> set[str]:
            keys = {key.key for world in worlds for key in world.state[ApiKey]}
            return keys | ({settings.control_token} if settings.control_token else set())

        def on_started() -> None:
            on_ready(Ready(url, worlds.default.state, made_up_token, server.stop, secrets))

        config = Config(
            _quiet_when_cancelled(gateway),
            lifespan="off",
            workers=1,
            backlog=_BACKLOG,
            timeout_keep_alive=_KEEP_ALIVE_SECONDS,
            log_config=None,
            log_level="warning",
            access_log=False,
            server_header=False,
            proxy_headers=False,
        )
        server = _Server(config, settings.request_timeout, on_started)
        if settings.until_stdin_closes:
            threading.Thread(target=_stop_at_end_of_input, args=(server,), daemon=True).start()
        server.run(sockets=[listener])


def _stop_at_end_of_input(server: "_Server") -> None:
    """Stop the server when standard input ends, as it does when the process that started the server has ended."""
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


def _quiet_when_cancelled(app: ASGIApp) -> ASGIApp:
    """Return the application, whose requests end without a traceback when the server stops and cancels them."""

    async def quiet(scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await app(scope, receive, send)
        except asyncio.CancelledError:
            while (await receive())["type"] != "http.disconnect":
                pass

    return quiet


class _Server(uvicorn.Server):
    """uvicorn's server, which says when it accepts connections, and stops within a second on SIGTERM and Ctrl-C.

    One timer checks all connections, so that no request needs a timer of its own; `request_timeout` is in seconds.
    """

    def __init__(self, config: Config, request_timeout: float, on_started: Callable[[], None]) -> None:
        super().__init__(config)
        self._request_timeout = request_timeout
        self._on_started = on_started

    def stop(self) -> None:
        """Stop the server; callable from any thread."""
        self.should_exit = True

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self._enforce_timeouts()
        self._on_started()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        asyncio.get_running_loop().call_later(_GRACE_SECONDS, self._abort)
        await super().shutdown(sockets)

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        # uvicorn's own method raises the signals again at the end, for the handlers that were installed before.
        if threading.current_thread() is threading.main_thread():  # other threads cannot install handlers
            for number in (signal.SIGINT, signal.SIGTERM):
                signal.signal(number, lambda _number, _frame: self.stop())
        yield

    def _connections(self) -> list[TimedConnection]:
        return [connection for connection in self.server_state.connections if isinstance(connection, TimedConnection)]

    def _enforce_timeouts(self) -> None:
        loop = asyncio.get_running_loop()
        loop.call_later(min(_TIMEOUT_CHECK_SECONDS, self._request_timeout / 4), self._enforce_timeouts)
        now = loop.time()
        for connection in self._connections():
            connection.enforce_timeouts(now, self._request_timeout)

    def _abort(self) -> None:
        """Abort what is left: unfinished requests, answers that nobody reads, and answers that a fault delays."""
        for connection in self._connections():
            connection.abort()
        for task in list(self.server_state.tasks):
            task.cancel()
