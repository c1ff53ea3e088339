"""A running server: bind, run uvicorn, and say when it accepts.

The ready line is printed here and nowhere else, because programs wait for it.
"""

import signal
import socket
from collections.abc import Callable

import uvicorn

from mockserver.app import create_app
from mockserver.settings import Settings
from mockserver.state.state import State

SHUTDOWN_SECONDS = 0.5


class BindError(Exception):
    """The address cannot be listened on."""


def ready_line(url: str) -> str:
    """Return the line that says that the server accepts connections."""
    return f"mockserver ready on {url}"


def bind(settings: Settings) -> socket.socket:
    """Return a bound socket; raises BindError."""
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((settings.host, settings.port))
    except OSError as error:
        listener.close()
        where = f"{settings.host} port {settings.port}"
        raise BindError(f"cannot listen on {where}: {error.strerror}; --port 0 takes a free one") from None
    return listener


def serve(settings: Settings, on_ready: Callable[[str, State], None]) -> None:
    """Run a server until it is told to stop; `on_ready` gets its URL and its state once it accepts.

    Raises SeedError and BindError before anything is served.
    """
    app = create_app(settings)
    listener = bind(settings)
    host, port = listener.getsockname()[:2]
    url = f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
    config = uvicorn.Config(
        app,
        ws="none",
        lifespan="off",
        log_level="warning",
        access_log=False,
        server_header=False,
        proxy_headers=False,
    )
    config.timeout_graceful_shutdown = SHUTDOWN_SECONDS  # type: ignore[assignment]  # it is handed on as a float
    with listener:
        _Server(config, lambda: on_ready(url, app.state.worlds.default.state)).run(sockets=[listener])


class _Server(uvicorn.Server):
    """uvicorn, with word when it accepts, and for which SIGTERM and Ctrl-C are ordinary ends."""

    def __init__(self, config: uvicorn.Config, on_started: Callable[[], None]) -> None:
        super().__init__(config)
        self._on_started = on_started

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self._on_started()

    def run(self, sockets: list[socket.socket] | None = None) -> None:
        # uvicorn raises the signals that stopped it again, for handlers that were there before; ignore them then.
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, signal.SIG_IGN)
        super().run(sockets)
