"""The objects that fixtures yield: a running server, and a private world of it."""

import importlib.util
import re
import secrets
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import cached_property
from http.client import HTTPException
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from conftest_plugin.clock import MockClock
from conftest_plugin.control import Control, Json, query, segment
from conftest_plugin.faults import MockFaults
from conftest_plugin.strictness import violations

if TYPE_CHECKING:
    import httpx

Seed = str | Path | Mapping[str, object]


class MockServer:
    """The session's server: `base_url` (of the API), `control`, and worlds to be made of it.

    `transport` is the asynchronous httpx transport of a server without a socket, and None where there is one, and so is
    `sync_transport` until a client needs one; `failed_world` is the last one of `world()` that a test failed in.
    """

    def __init__(
        self, base_url: str, control: Control, *, strict: bool = True, delay: Mapping[str, object] | None = None
    ) -> None:
        self.base_url = base_url
        self.control = control
        self.strict = strict
        self.failed_world: MockWorld | None = None
        self.transport: httpx.AsyncBaseTransport | None = None
        self.sync_transport: httpx.BaseTransport | None = None
        self._delay = delay
        self._run = secrets.token_hex(4)
        self._count = 0

    def client_transport(self) -> "httpx.BaseTransport":
        """Return the transport of a synchronous client."""
        if self.transport is not None:
            assert self.sync_transport is not None, "a server without a socket has both"
            return self.sync_transport
        from conftest_plugin.transport import ClientTransport, shared_connections

        if self.sync_transport is None:
            self.sync_transport = shared_connections()
        return ClientTransport(self.sync_transport)

    def close(self) -> None:
        """Let go of the server, without stopping it."""
        self.control.close()
        if self.sync_transport is not None:
            self.sync_transport.close()

    @cached_property
    def first_names(self) -> tuple[str, str, str]:
        """The account, key and agent that the server's seed begins with."""
        return _first_names(self.control.call("GET", "/worlds/default/state"))

    def open_world(self, name: str | None = None, seed: Seed | None = None, strict: bool | None = None) -> "MockWorld":
        """Return a world, a fresh one unless it is named; without a seed it needs no call at all."""
        fresh = name is None
        if name is None:
            self._count += 1
            name = f"test-{self._run}-{self._count}"
        names = None
        if seed is not None:
            self.control.call("POST", f"/worlds/{segment(name)}/reset", {"seed": _seed_data(seed)})
            names = _first_names(self.control.call("GET", f"/worlds/{segment(name)}/state"))
        world = MockWorld(self, name, names or self.first_names, self.strict if strict is None else strict)
        world.known = not fresh
        if self._delay:
            world.faults.add(delay=dict(self._delay))
        return world

    @contextmanager
    def world(
        self, name: str | None = None, seed: Seed | None = None, strict: bool | None = None
    ) -> Iterator["MockWorld"]:
        """Give a private world for a while, for tests that need more than one, such as one for each example.

        On leaving, a strict world's client must not have asked for what does not exist.
        """
        world = self.open_world(name, seed, strict)
        try:
            yield world
            world.check()
        except BaseException:
            self.failed_world = world
            raise
        finally:
            world.close()


class MockWorld:
    """A world of its own: where and as whom to call the API, and everything about it that a test can see or bend.

    `known` says that its key or its name has been looked at; until then nobody can have asked it anything. `opened_at`
    is when it was opened, in real time.
    """

    def __init__(self, server: MockServer, name: str, names: tuple[str, str, str], strict: bool) -> None:
        self.server = server
        self.known = False
        self.opened_at = datetime.now(UTC)
        self._name = name
        self.strict = strict
        self.base_url = server.base_url
        self.account_id, key, self.agent_id = names
        self._api_key = f"{key}~{name}"
        self.faults = MockFaults(self.call)
        self.clock = MockClock(self.call)
        self._clients: list[httpx.Client] = []
        self._seen = 0
        self._found: list[str] = []

    @property
    def name(self) -> str:
        """The name of the world."""
        self.known = True
        return self._name

    @property
    def api_key(self) -> str:
        """The key that a client of this world sends."""
        self.known = True
        return self._api_key

    @property
    def headers(self) -> dict[str, str]:
        """The headers that a client of this world sends."""
        return {"x-api-key": self.api_key}

    @cached_property
    def client(self) -> "httpx.Client":
        """An httpx client of this world; its URLs are relative to the server. Needs httpx."""
        _require_httpx()
        import httpx

        transport = self.server.client_transport()
        client = httpx.Client(base_url=self.base_url, headers=self.headers, transport=transport, trust_env=False)
        self._clients.append(client)
        return client

    def async_client(self) -> "httpx.AsyncClient":
        """Return a new asynchronous httpx client of this world, for `async with`. Needs httpx."""
        _require_httpx()
        import httpx

        transport = self.server.transport
        return httpx.AsyncClient(base_url=self.base_url, headers=self.headers, transport=transport, trust_env=False)

    def state(self) -> Json:
        """Return all of the world as the data of a seed file."""
        return self.call("GET", "/state")

    def seed(self, seed: Seed) -> None:
        """Add the records of a seed (a mapping, a path, a shipped seed's name) to the world."""
        self.call("PATCH", "/state", _mapping(seed))

    def reset(self, seed: Seed | None = None) -> None:
        """Begin anew, from the world's seed or this once from another; what was wrong before is not forgotten."""
        self._look()
        self.call("POST", "/reset", {} if seed is None else {"seed": _seed_data(seed)})
        self._seen = 0

    def snapshot(self, name: str = "snapshot") -> "MockSnapshot":
        """Mark the present state, to be returned to or compared with."""
        self.call("POST", "/snapshots", {"name": name})
        return MockSnapshot(self, name)

    def diff(self, since: "str | MockSnapshot | None" = None) -> Json:
        """Return what was created, updated and deleted since the seed, or since a snapshot."""
        name = since.name if isinstance(since, MockSnapshot) else since
        return self.call("GET", f"/diff{query({'since': name})}")

    def requests(self, **filters: str | int | None) -> list[Json]:
        """Return what the world was asked, by `operation`, `method`, `path`, `status`, `since`, `unexpected`."""
        entries: list[Json] = self.call("GET", f"/requests{query(filters)}")["requests"]
        return entries

    def check(self) -> None:
        """Fail the test if the world is strict and its client asked for what does not exist."""
        self._look()
        found, self._found = self._found, []
        if found:
            pytest.fail("\n".join(["the client asked the mock server for what does not exist:", *found]), pytrace=False)

    def _look(self) -> None:
        """Take down what the client of a strict world has done wrong since the last look."""
        try:
            entries = self.requests(since=self._seen, unexpected="true") if self.strict and self.known else []
        except (OSError, HTTPException) as error:
            pytest.fail(f"the mock server at {self.base_url} is gone: {error}", pytrace=False)
        if entries:
            self._seen = entries[-1]["number"]
            self._found += violations(entries)

    def call(self, method: str, path: str, body: object = None) -> Json:
        """Call the control plane about this world; raises ControlError for a refusal."""
        answer: Json = self.server.control.call(method, f"/worlds/{segment(self._name)}{path}", body)
        return answer

    def close(self) -> None:
        """Close the world's client; the world stays, to be looked at."""
        for client in self._clients:
            client.close()


class MockSnapshot:
    """A mark in a world's life."""

    def __init__(self, world: MockWorld, name: str) -> None:
        self._world = world
        self.name = name

    def restore(self) -> None:
        """Return to this mark."""
        self._world.call("POST", f"/snapshots/{segment(self.name)}/restore", {})

    def diff(self) -> Json:
        """Return what has changed since this mark."""
        return self._world.diff(since=self.name)


def _require_httpx() -> None:
    if importlib.util.find_spec("httpx") is None:
        pytest.fail("the client of a world needs httpx: pip install httpx", pytrace=False)


def _first_names(state: Json) -> tuple[str, str, str]:
    """Return the account, key and agent that a test acts as unless it says otherwise."""
    for account in state["accounts"]:
        for key in account.get("apiKeys", []):
            if not key.get("expired") and not key.get("expiresAt") and "agents" not in key:
                agents = account.get("agents") or [{"agentId": ""}]
                return account["accountId"], key["key"], agents[0]["agentId"]
    return "", "", ""


def _seed_data(seed: Seed) -> object:
    """Return a seed as the control plane takes it: a shipped seed's name, or its data."""
    if isinstance(seed, str) and re.fullmatch(r"\w+", seed):
        return seed
    return _mapping(seed)


def _mapping(seed: Seed) -> object:
    """Return the data of a seed; a file with mistakes raises SeedError, which says where they are."""
    if isinstance(seed, Mapping):
        return seed
    from mockserver import seeds

    return seeds.export(seeds.load(str(seed)))
