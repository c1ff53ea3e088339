"""Running server: a bound socket, uvicorn on it, and the ready line.

The ready line is made here and nowhere else, because programs wait for it.
"""

import asyncio
import errno
import os
import socket
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from types import FrameType

import uvicorn
from starlette.types import ASGIApp, Receive, Scope, Send

from mockserver.app.gateway import Gateway
from mockserver.app.hosts import ANY, host_name, is_loopback
from mockserver.server.uvicorn_adapter import TimedConnection
from mockserver.settings import Settings
from mockserver.state.catalogue import record_types
from mockserver.state.schema import columns
from mockserver.world.worlds import Worlds

_BACKLOG = 2048
_KEEP_ALIVE_SECONDS = 75  # longer than clients keep idle connections, so that none is closed under a request
_GRACE_SECONDS = 0.2


class BindError(Exception):
    """The server cannot listen on the address."""


@dataclass(frozen=True, slots=True)
class Ready:
    """A server that accepts connections: its URL, its worlds, its control token, and how to stop it."""

    url: str
    worlds: Worlds
    control_token: str | None
    stop: Callable[[], None]

    def secrets(self) -> set[str]:
        """Return what must not be logged: the control token, and the secrets in all worlds."""
        secrets = {
            getattr(row, column.attribute)
            for declared in record_types()
            for column in columns(declared)
            if column.secret
            for world in self.worlds
            for row in world.state[declared]
        }
        return {*secrets, self.control_token or ""}


def ready_line(url: str, instance: str | None = None) -> str:
    """Return the line that says that the server accepts connections, and which instance it is."""
    return f"mockserver ready on {url}" + (f" as {instance}" if instance else "")


def bind(settings: Settings) -> socket.socket:
    """Return a listening socket; raises BindError, also for an address beyond loopback without `allow_remote`.

    The socket listens at once, because two sockets that are only bound can share a port.
    """
    cannot = f"cannot listen on {settings.host} port {settings.port}"
    if not settings.allow_remote and not is_loopback(settings.host):
        raise BindError(f"{cannot}: not a loopback address; --allow-remote permits it")
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    if os.name == "posix":  # on Windows the option would let a second server take the port
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((settings.host, settings.port))
        listener.listen(_BACKLOG)
    except OSError as error:
        listener.close()
        hint = "; --port 0 takes a free one" if error.errno == errno.EADDRINUSE else ""
        raise BindError(f"{cannot}: {error.strerror}{hint}") from None
    except (TypeError, UnicodeError):
        listener.close()
        raise BindError(f"{cannot}: not a valid host name") from None
    return listener


def serve(settings: Settings, on_ready: Callable[[Ready], None]) -> None:
    """Run a server until it is stopped; `on_ready` is called once it accepts connections.

    Beyond loopback, and for any host, a control token is made up where none is given. Raises SeedError and BindError
    before it accepts any connection.
    """
    if (settings.allow_remote or ANY in settings.allowed_hosts) and not settings.control_token:
        from secrets import token_urlsafe

        settings = replace(settings, control_token=token_urlsafe(24))
    try:
        host_name(settings.host)
    except ValueError as error:
        raise BindError(f"cannot listen: {error}") from None
    gateway = Gateway(replace(settings, allowed_hosts=(*settings.allowed_hosts, settings.host)))
    with bind(settings) as listener:
        host, port = listener.getsockname()[:2]
        host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104  # not an address to connect to
        url = f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
        config = uvicorn.Config(
            _quiet_when_cancelled(gateway),
            log_config=None,  # another application of the process may use uvicorn's loggers
            http=TimedConnection,
            ws="none",
            lifespan="off",
            workers=1,
            backlog=_BACKLOG,
            timeout_keep_alive=_KEEP_ALIVE_SECONDS,
            server_header=False,
            proxy_headers=False,
        )
        server = _Server(config, settings.request_timeout, lambda: on_ready(ready))
        ready = Ready(url, gateway.worlds, settings.control_token, server.stop)
        if settings.until_stdin_closes:
            threading.Thread(target=_stop_at_end_of_input, args=(server,), daemon=True).start()
        server.run(sockets=[listener])


def _stop_at_end_of_input(server: "_Server") -> None:
    """Stop the server when standard input ends, as it does when the process that started the server has ended."""
    with suppress(OSError):
        while os.read(0, 4096):
            pass
    server.stop()


def _quiet_when_cancelled(app: ASGIApp) -> ASGIApp:
    """Return the application, whose requests end without a traceback when the server stops and cancels them."""

    async def quiet(scope: Scope, receive: Receive, send: Send) -> None:
        with suppress(asyncio.CancelledError):
            await app(scope, receive, send)

    return quiet


class _Server(uvicorn.Server):
    """uvicorn's server, which says when it accepts connections, and stops within a second on SIGTERM and Ctrl-C.

    One timer checks all connections, so that no request needs a timer of its own; `request_timeout` is in seconds.
    """

    def __init__(self, config: uvicorn.Config, request_timeout: float, on_started: Callable[[], None]) -> None:
        super().__init__(config)
        self._request_timeout = request_timeout
        self._on_started = on_started

    def stop(self) -> None:
        """Stop the server; callable from any thread."""
        self.should_exit = True

    def handle_exit(self, _sig: int, _frame: FrameType | None) -> None:
        """Stop on a signal; uvicorn's own method would have the signal raised again at the end."""
        self.stop()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self._on_started()

    async def on_tick(self, counter: int) -> bool:
        """Check all connections, ten times a second, and tell whether to stop."""
        now = asyncio.get_running_loop().time()
        for connection in self._connections():
            connection.enforce_timeouts(now, self._request_timeout)
        return await super().on_tick(counter)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        asyncio.get_running_loop().call_later(_GRACE_SECONDS, self._abort)
        await super().shutdown(sockets)

    def _abort(self) -> None:
        """Abort what is left: unfinished requests, answers that nobody reads, and answers that a fault delays."""
        for connection in self._connections():
            connection.abort()
        for task in list(self.server_state.tasks):
            task.cancel()

    def _connections(self) -> list[TimedConnection]:
        return [connection for connection in self.server_state.connections if isinstance(connection, TimedConnection)]
