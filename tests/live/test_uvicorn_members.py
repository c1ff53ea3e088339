"""Members of uvicorn that the server uses: most are undocumented, so an upgrade that lacks one fails here first."""

import asyncio
import inspect
import re

import uvicorn
from starlette.types import Receive, Scope, Send
from uvicorn.protocols.http.flow_control import FlowControl
from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol, RequestResponseCycle
from uvicorn.server import ServerState

from mockserver.server.run import _Server
from mockserver.server.uvicorn_adapter import BackpressureFlowControl, TimedConnection

METHODS = {
    HttpToolsProtocol: [
        "connection_made(self, transport)",
        "connection_lost(self, exc)",
        "data_received(self, data)",
        "on_message_begin(self)",
        "on_header(self, name, value)",
        "on_headers_complete(self)",
        "on_message_complete(self)",
        "on_response_complete(self)",
        "_start_asgi_task(self, cycle, app)",
    ],
    FlowControl: ["__init__(self, transport)", "resume_reading(self)"],
    uvicorn.Server: [
        "__init__(self, config)",
        "run(self, sockets)",
        "startup(self, sockets)",
        "shutdown(self, sockets)",
        "handle_exit(self, sig, frame)",
        "on_tick(self, counter)",
    ],
}
OPTIONS = (
    *("http", "ws", "lifespan", "workers", "backlog", "timeout_keep_alive"),
    *("log_config", "log_level", "access_log", "server_header", "proxy_headers"),
)
ATTRIBUTES = {
    HttpToolsProtocol: (
        *("loop", "transport", "flow", "parser", "server_state", "connections", "pipeline"),
        *("scope", "url", "headers", "expect_100_continue", "cycle", "timeout_keep_alive"),
    ),
    RequestResponseCycle: (
        *("scope", "default_headers", "message_event"),
        *("disconnected", "keep_alive", "response_started", "response_complete"),
    ),
    FlowControl: ("write_paused",),
    ServerState: ("connections", "tasks", "default_headers"),
    uvicorn.Server: ("server_state", "should_exit"),
}


class _Transport(asyncio.Transport):
    written = b""

    def write(self, data: bytes | bytearray | memoryview) -> None:
        self.written += data

    def is_closing(self) -> bool:
        return False

    def close(self) -> None:
        pass


async def _app(scope: Scope, receive: Receive, send: Send) -> None:
    await send({"type": "http.response.start", "status": 204, "headers": []})
    await send({"type": "http.response.body"})


def _begun(*headers: bytes) -> HttpToolsProtocol:
    """Return a connection on which a request has arrived and has not been answered yet."""
    config = uvicorn.Config(_app, http=HttpToolsProtocol, ws="none", lifespan="off", log_config=None)
    protocol = HttpToolsProtocol(config, ServerState(), {})
    protocol.connection_made(_Transport())
    protocol.data_received(b"\r\n".join([b"GET / HTTP/1.1", b"Host: localhost", *headers, b"", b""]))
    return protocol


async def _instances() -> list[object]:
    """Return one instance of each class, once a request has been answered."""
    protocol = _begun()
    await asyncio.gather(*protocol.tasks)
    server = uvicorn.Server(protocol.config)
    return [protocol, protocol.cycle, protocol.flow, protocol.server_state, server, server.config]


def _methods(kind: type) -> set[str]:
    functions = inspect.getmembers(kind, inspect.isfunction)
    return {f"{name}({', '.join(inspect.signature(function).parameters)})" for name, function in functions}


def test_uvicorn_has_every_member_that_the_server_uses() -> None:
    instances = {type(instance): instance for instance in asyncio.run(_instances())}
    options = inspect.signature(uvicorn.Config).parameters
    missing = [
        *(f"{kind.__name__}.{it}" for kind, methods in METHODS.items() for it in methods if it not in _methods(kind)),
        *(
            f"{kind.__name__}.{it}"
            for kind, names in ATTRIBUTES.items()
            for it in names
            if not hasattr(instances[kind], it)
        ),
        *(f"Config(..., {option}=)" for option in OPTIONS if option not in options),
    ]
    assert not missing, f"uvicorn {uvicorn.__version__} lacks members that the server uses: {', '.join(missing)}"


def test_no_private_name_of_the_server_is_a_name_of_uvicorn() -> None:
    ours = [TimedConnection, BackpressureFlowControl, _Server]
    named = {name for kind in ours for name in re.findall(r"self\.(_\w+)", inspect.getsource(kind))}
    known = {name for instance in asyncio.run(_instances()) for name in dir(instance) if not name.endswith("__")}
    assert named & known <= {"_start_asgi_task"}, f"uvicorn {uvicorn.__version__} has the same names"


def test_a_connection_that_the_client_wants_closed_is_known_before_the_answer() -> None:
    async def check() -> None:
        protocol = _begun(b"Connection: close")
        assert not protocol.cycle.keep_alive
        await asyncio.gather(*protocol.tasks)

    asyncio.run(check())


def test_a_connection_that_the_server_wants_closed_is_announced_in_the_answer() -> None:
    async def check() -> None:
        protocol = _begun()
        protocol.cycle.keep_alive = False
        await asyncio.gather(*protocol.tasks)
        assert isinstance(protocol.transport, _Transport)
        assert b"connection: close" in protocol.transport.written

    asyncio.run(check())


def test_a_status_line_is_a_line_of_http() -> None:
    assert STATUS_LINE[404] == b"HTTP/1.1 404 Not Found\r\n"
