"""Server of a session, as the fixtures yield it, and the worlds that are opened on it."""

import secrets
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import cached_property
from itertools import count
from os import getpid
from typing import TYPE_CHECKING

from conftest_plugin.credentials import Credentials, first_credentials
from conftest_plugin.seed_data import Seed
from conftest_plugin.watch import Watch
from conftest_plugin.world import MockSnapshot, MockWorld
from mockserver.control.client import ControlClient, ControlError, is_refusal, segment

if TYPE_CHECKING:
    import httpx

__all__ = ["MockServer", "MockSnapshot", "MockWorld"]
__tracebackhide__ = is_refusal


class MockServer:
    """The session's server: `base_url` of the API, `control` to call the control plane, and `world()`.

    `transport` is the asynchronous httpx transport of a server without a socket, otherwise None; `sync_transport` is
    None as well until a client needs it. `strict` and `delay` are those of the settings. `stays` says that the server
    goes on after the session. `watch` knows the worlds of the running test.
    """

    def __init__(
        self,
        base_url: str,
        control: ControlClient,
        *,
        strict: bool = True,
        delay: Mapping[str, object] | None = None,
        stays: bool = False,
    ) -> None:
        self.base_url = base_url
        self.control = control
        self.strict = strict
        self.delay = delay or {}
        self.stays = stays
        self.watch = Watch(drops=stays)
        self.transport: httpx.AsyncBaseTransport | None = None
        self.sync_transport: httpx.BaseTransport | None = None
        self._process = getpid()
        self._begin_process()

    def __repr__(self) -> str:
        return f"<MockServer {self.base_url}>"

    def _begin_process(self) -> None:
        """Begin what a process does not share with the one that it was forked from: names and connections."""
        self._process = getpid()
        self._run = secrets.token_hex(4)
        self._numbers = count(1)
        if self.transport is None:
            self.sync_transport = None

    def client_transport(self) -> "httpx.BaseTransport":
        """Return the transport of a synchronous client."""
        if self.transport is not None:
            assert self.sync_transport is not None, "a server without a socket has both"
            return self.sync_transport
        from conftest_plugin.transport import ClientTransport

        return ClientTransport(self._shared_connections)

    def _shared_connections(self) -> "httpx.BaseTransport":
        """Return the connections of all clients of this process."""
        from conftest_plugin.transport import shared_connections

        if self._process != getpid():
            self._begin_process()
        if self.sync_transport is None:
            self.sync_transport = shared_connections()
        return self.sync_transport

    def close(self) -> None:
        """Close the connections to the server, which keeps running."""
        self.control.close()
        if self.sync_transport is not None:
            self.sync_transport.close()

    @cached_property
    def first_names(self) -> Credentials:
        """The first account, key and agent of the server's seed, whatever has become of its worlds."""
        probe = f"/worlds/{segment(self.control.call('POST', '/worlds', {})['name'])}"
        try:
            return first_credentials(self.control.call("GET", f"{probe}/state"))
        finally:
            self.control.call("DELETE", probe)

    def open_world(self, name: str | None = None, seed: Seed | None = None, strict: bool | None = None) -> MockWorld:
        """Return a world, a fresh one unless it is named; a fresh one without a seed calls nothing."""
        fresh = name is None
        credentials = self.first_names if seed is None else Credentials()
        if name is None:
            name = self._fresh_name()
        elif seed is None:
            credentials = self._present_credentials(name)
        world = MockWorld(self, name, credentials, self.strict if strict is None else strict, fresh=fresh)
        if seed is not None:
            world.open_with(seed)
        elif not fresh:
            world.begin()
            world.begun = None
        world.delay_requests()
        self.watch.opened(world)
        return world

    def _fresh_name(self) -> str:
        if self._process != getpid():
            self._begin_process()
        return f"test-{self._run}-{next(self._numbers)}"

    def _present_credentials(self, name: str) -> Credentials:
        """Return the credentials of a world that may exist already, with another seed than the server's."""
        try:
            self.control.call("GET", f"/worlds/{segment(name)}")
        except ControlError as refusal:
            if refusal.status != 404:
                raise
            return self.first_names
        return first_credentials(self.control.call("GET", f"/worlds/{segment(name)}/state"))

    @contextmanager
    def world(
        self, name: str | None = None, seed: Seed | None = None, strict: bool | None = None
    ) -> Iterator[MockWorld]:
        """Provide a world for a `with` block, for tests that need several, such as one per example of Hypothesis.

        At the end of the block, a strict world fails the test for unexpected requests.
        """
        world = self.open_world(name, seed, strict)
        try:
            yield world
            world.check()
        except BaseException as error:
            self.watch.left(world, error)
            raise
        finally:
            world.close()
