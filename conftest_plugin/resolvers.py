"""Look-ups of the service's hosts, redirected to the relay: by `socket`, by c-ares (aiodns), and by uvloop."""

import _socket
import importlib
import socket
from collections.abc import Callable
from contextlib import suppress
from types import ModuleType
from typing import Any

import pytest

from conftest_plugin.address import SERVICE_HOSTS
from conftest_plugin.guard import RefusedError, host_name

SERVICE_ADDRESS = "127.66.76.89"  # a loopback address that is unlikely to be used otherwise


def is_redirected(host: object) -> bool:
    """Tell whether a host is the service's, or the address that looking it up returns."""
    return host == SERVICE_ADDRESS or host_name(host) in SERVICE_HOSTS


def redirect(patch: pytest.MonkeyPatch, port: int) -> None:
    """Replace every look-up; event loops that connect without a Python socket connect to the relay at a port."""
    modules: tuple[ModuleType, ...] = (socket, _socket)  # a function of `socket` that was bound earlier uses `_socket`
    for module in modules:
        patch.setattr(module, "getaddrinfo", _getaddrinfo(module.getaddrinfo))
        patch.setattr(module, "gethostbyname", _gethostbyname(module.gethostbyname))
        patch.setattr(module, "gethostbyname_ex", _gethostbyname_ex(module.gethostbyname_ex))
    with suppress(ImportError):  # imported here, because the test itself may import it
        _redirect_cares(patch, importlib.import_module("pycares"))
    with suppress(ImportError):
        _redirect_uvloop(patch, importlib.import_module("uvloop"), port)


def _getaddrinfo(lookup: Callable[..., Any]) -> Callable[..., Any]:
    def getaddrinfo(host: Any, *arguments: Any, **options: Any) -> Any:
        if host_name(host) not in SERVICE_HOSTS:
            return lookup(host, *arguments, **options)
        options.pop("family", None)
        service = arguments[0] if arguments else options.pop("port", None)
        return lookup(SERVICE_ADDRESS, service, socket.AF_INET, *arguments[2:], **options)

    return getaddrinfo


def _gethostbyname(lookup: Callable[[Any], str]) -> Callable[[Any], str]:
    return lambda host: SERVICE_ADDRESS if host_name(host) in SERVICE_HOSTS else lookup(host)


def _gethostbyname_ex(lookup: Callable[[Any], Any]) -> Callable[[Any], Any]:
    return lambda host: (host_name(host), [], [SERVICE_ADDRESS]) if host_name(host) in SERVICE_HOSTS else lookup(host)


def _redirect_cares(patch: pytest.MonkeyPatch, pycares: Any) -> None:
    def looking_up(method: Callable[..., Any]) -> Callable[..., Any]:
        def lookup(self: Any, host: Any, *arguments: Any, **options: Any) -> Any:
            if host_name(host) in SERVICE_HOSTS:
                host = SERVICE_ADDRESS
                options = {**options, "family": socket.AF_INET} if "family" in options else options
            return method(self, host, *arguments, **options)

        return lookup

    def querying(method: Callable[..., Any]) -> Callable[..., Any]:
        def query(self: Any, name: Any, *arguments: Any, **options: Any) -> Any:
            if host_name(name) in SERVICE_HOSTS:
                raise RefusedError(f"polyai_mock_intercept refuses DNS queries for {name}; look up its address instead")
            return method(self, name, *arguments, **options)

        return query

    for name, wrap in (("getaddrinfo", looking_up), ("gethostbyname", looking_up), ("query", querying)):
        if hasattr(pycares.Channel, name):
            patch.setattr(pycares.Channel, name, wrap(getattr(pycares.Channel, name)))
    patch.setattr(pycares.Channel, "search", querying(pycares.Channel.search))


def _redirect_uvloop(patch: pytest.MonkeyPatch, uvloop: Any, port: int) -> None:
    getaddrinfo, create_connection = uvloop.Loop.getaddrinfo, uvloop.Loop.create_connection

    async def lookup(self: Any, host: Any, *arguments: Any, **options: Any) -> Any:
        if host_name(host) in SERVICE_HOSTS:
            host, options = SERVICE_ADDRESS, {**options, "family": socket.AF_INET}
        return await getaddrinfo(self, host, *arguments, **options)

    async def connect(self: Any, factory: Any, host: Any = None, port_: Any = None, **options: Any) -> Any:
        if is_redirected(host):
            if options.get("ssl") and not options.get("server_hostname"):
                options["server_hostname"] = host
            options.pop("family", None)
            host, port_ = "127.0.0.1", port
        return await create_connection(self, factory, host, port_, **options)

    patch.setattr(uvloop.Loop, "getaddrinfo", lookup)
    patch.setattr(uvloop.Loop, "create_connection", connect)
