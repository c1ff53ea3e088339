"""Broken connections: closing, resetting, truncating or slowing an answer on purpose.

A server whose connections can be broken hands its transport over in the ASGI scope. Elsewhere the application begins
an answer and raises: another server closes the connection over it, and a client in process sees the error.
"""

import asyncio
import socket
import struct

from starlette.types import Send

from mockserver.http.exchange import Content, Exchange, Headers
from mockserver.world.effects import ConnectionFault

TRANSPORT = "mockserver.transport"

DRIP_PIECES = 20
DRIP_SECONDS = 0.05

_GARBAGE = b"\x16\x03\x01 this is not HTTP \x00\xff\xfe" * 4
_RESET_ON_CLOSE = struct.pack("ii", 1, 0)


class BrokenConnectionError(ConnectionError):
    """A connection that was broken on purpose, as an in-process client sees it."""


async def send_broken(
    kind: ConnectionFault, exchange: Exchange, status: int, headers: Headers, content: Content
) -> None:
    """Break the connection that an answer would have been sent on; `drip` only sends it slowly.

    Raises BrokenConnectionError where the server does not hand its connections over.
    """
    if kind == "drip":
        await _drip(exchange.send, status, headers, content.body)
        return
    transport: asyncio.Transport | None = exchange.scope.get("extensions", {}).get(TRANSPORT)
    if transport is None:
        await exchange.send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"1")]})
        raise BrokenConnectionError(f"connection broken on purpose: {kind}")
    if not transport.is_closing():  # a client may leave during a delay
        await _break(kind, transport, exchange.send, status, headers, content.body)
    while (await exchange.receive())["type"] != "http.disconnect":
        pass


async def _break(
    kind: ConnectionFault, transport: asyncio.Transport, send: Send, status: int, headers: Headers, body: bytes
) -> None:
    if kind == "reset":
        transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET_ON_CLOSE)
        transport.abort()
    elif kind == "garbage":
        transport.write(_GARBAGE)
    elif kind == "truncate" and body:  # an answer without a body has nothing to cut
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": body[: len(body) // 2], "more_body": True})
    transport.close()


async def _drip(send: Send, status: int, headers: Headers, body: bytes) -> None:
    """Send the body in pieces, with pauses that add up to a second."""
    await send({"type": "http.response.start", "status": status, "headers": headers})
    size = max(1, -(-len(body) // DRIP_PIECES))
    for start in range(0, len(body), size):
        await send({"type": "http.response.body", "body": body[start : start + size], "more_body": True})
        await asyncio.sleep(DRIP_SECONDS)
    await send({"type": "http.response.body", "body": b""})
