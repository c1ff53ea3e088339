"""Interception of connections to the service's own hosts, for clients whose base URL cannot be changed.

The hosts resolve to a reserved loopback address, and connecting to that address on any port connects to a TLS relay in
this process, which forwards the bytes to the mock. Replacing the lookup alone is not enough: some clients look a host
up and then connect to a port of their own. Each HTTP library is made to trust the relay's certificate in its own way;
all other hosts are untouched, and everything is restored afterwards.
"""

import asyncio
import os
import socket
import ssl
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import trustme

from conftest_plugin.address import SERVICE_HOSTS

_SERVICE_ADDRESS = "127.66.76.89"  # a loopback address that is unlikely to be used otherwise


@cache
def _authority() -> trustme.CA:
    return trustme.CA(organization_name="polyai-mockserver")


@contextmanager
def intercepted(base_url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Redirect connections to the service's hosts to the mock at `base_url` for a `with` block."""
    target = urlsplit(base_url)
    assert target.hostname is not None, "a server with a socket has a host"
    with tempfile.TemporaryDirectory() as folder, _Relay((target.hostname, target.port or 80)) as relay:
        bundle = Path(folder) / "trusted.pem"
        bundle.write_bytes(b"\n".join([_trusted_authorities(), _authority().cert_pem.bytes()]))
        with monkeypatch.context() as patch:
            _trust(patch, bundle)
            _bypass_proxies(patch)
            _redirect(patch, relay.port)
            yield


def _trusted_authorities() -> bytes:
    """Return the certificates that are trusted without the interception, so that other hosts still are."""
    named = os.environ.get("SSL_CERT_FILE") or ssl.get_default_verify_paths().cafile
    try:
        import certifi
    except ImportError:
        found = [named]
    else:
        found = [named, certifi.where()]
    return b"\n".join(Path(path).read_bytes() for path in found if path and Path(path).is_file())


def _trust(patch: pytest.MonkeyPatch, bundle: Path) -> None:
    """Have requests, urllib, httpx and aiohttp trust the relay."""
    patch.setenv("SSL_CERT_FILE", str(bundle))
    patch.setenv("REQUESTS_CA_BUNDLE", str(bundle))
    aiohttp = sys.modules.get("aiohttp.connector")
    if aiohttp is not None and hasattr(aiohttp, "_SSL_CONTEXT_VERIFIED"):
        # aiohttp creates its TLS context when it is imported, before the environment was changed.
        patch.setattr(aiohttp, "_SSL_CONTEXT_VERIFIED", ssl.create_default_context(cafile=str(bundle)))


def _bypass_proxies(patch: pytest.MonkeyPatch) -> None:
    """Exclude the service's hosts from proxies, which would look them up themselves."""
    for name in ("no_proxy", "NO_PROXY"):
        patch.setenv(name, ",".join([*filter(None, [os.environ.get(name)]), *SERVICE_HOSTS]))


def _redirect(patch: pytest.MonkeyPatch, port: int) -> None:
    """Replace lookups of the service's hosts, and connections to the address that these return."""
    lookup, connect, connect_ex = socket.getaddrinfo, socket.socket.connect, socket.socket.connect_ex

    def getaddrinfo(host: Any, *arguments: Any, **options: Any) -> Any:
        name = host.decode("ascii", errors="replace") if isinstance(host, bytes) else host
        ours = isinstance(name, str) and name.rstrip(".").lower() in SERVICE_HOSTS
        if ours:
            options.pop("family", None)
            arguments = (arguments[0] if arguments else options.pop("port", None), socket.AF_INET, *arguments[2:])
        return lookup(_SERVICE_ADDRESS if ours else host, *arguments, **options)

    def rewritten(address: Any) -> Any:
        ours = isinstance(address, tuple) and address[0] == _SERVICE_ADDRESS
        return ("127.0.0.1", port) if ours else address

    patch.setattr(socket, "getaddrinfo", getaddrinfo)
    patch.setattr(socket.socket, "connect", lambda self, address: connect(self, rewritten(address)))
    patch.setattr(socket.socket, "connect_ex", lambda self, address: connect_ex(self, rewritten(address)))


class _Relay:
    """A TLS server in a thread that forwards what it receives to a server without TLS."""

    def __init__(self, target: tuple[str, int]) -> None:
        self._target = target
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="polyai-mock-relay", daemon=True)
        self.port = 0

    def __enter__(self) -> "_Relay":
        self._thread.start()
        self.port = asyncio.run_coroutine_threadsafe(self._start(), self._loop).result()
        return self

    def __exit__(self, *_details: object) -> None:
        asyncio.run_coroutine_threadsafe(self._stop(), self._loop).result()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    async def _start(self) -> int:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        _authority().issue_cert(*SERVICE_HOSTS).configure_cert(context)
        self._server = await asyncio.start_server(self._relay, "127.0.0.1", 0, ssl=context)
        port: int = self._server.sockets[0].getsockname()[1]
        return port

    async def _stop(self) -> None:
        self._server.close()
        tasks = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _relay(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there_reader, there_writer = await asyncio.open_connection(*self._target)
        try:
            await asyncio.gather(_pump(reader, there_writer), _pump(there_reader, writer))
        finally:
            there_writer.close()
            writer.close()


async def _pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Forward all bytes, and then the end of the stream."""
    try:
        while piece := await reader.read(65_536):
            writer.write(piece)
            await writer.drain()
    except ConnectionError:
        pass
    finally:
        writer.close()
