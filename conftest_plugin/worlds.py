"""Objects that the fixtures yield: a running server, and a private world on it."""

import importlib.util
import re
import secrets
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import cached_property
from http.client import HTTPException
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, cast

import pytest

from conftest_plugin.clock import MockClock
from conftest_plugin.faults import MockFaults
from conftest_plugin.paths import seed_file
from mockserver.control import report
from mockserver.control.client import ControlClient, query, segment

if TYPE_CHECKING:
    import httpx

    from mockserver.control.journal import EntryResponse

Json = dict[str, Any]
Seed = str | Path | Mapping[str, object]


class Credentials(NamedTuple):
    """The account, API key and agent that a test uses unless it chooses others; each is empty if a seed has none."""

    account_id: str = ""
    api_key: str = ""
    agent_id: str = ""


class MockServer:
    """The session's server: `base_url` of the API, `control` to call the control plane, and `world()`.

    `transport` is the asynchronous httpx transport of a server without a socket, otherwise None; `sync_transport` is
    None as well until a client needs it. `failed_world` is the last world of `world()` in which a test failed.
    """

    def __init__(
        self, base_url: str, control: ControlClient, *, strict: bool = True, delay: Mapping[str, object] | None = None
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
        """Close the connections to the server, which keeps running."""
        self.control.close()
        if self.sync_transport is not None:
            self.sync_transport.close()

    @cached_property
    def _credentials(self) -> Credentials:
        """The first account, key and agent of the default world."""
        return _first_credentials(self.control.call("GET", "/worlds/default/state"))

    def open_world(self, name: str | None = None, seed: Seed | None = None, strict: bool | None = None) -> "MockWorld":
        """Return a world, a fresh one unless it is named; without a seed this calls nothing."""
        fresh = name is None
        if name is None:
            self._count += 1
            name = f"test-{self._run}-{self._count}"
        credentials = None
        if seed is not None:
            self.control.call("POST", f"/worlds/{segment(name)}/reset", {"seed": _seed_data(seed)})
            credentials = _first_credentials(self.control.call("GET", f"/worlds/{segment(name)}/state"))
        world = MockWorld(self, name, credentials or self._credentials, self.strict if strict is None else strict)
        world.used = not fresh
        if self._delay:
            world.faults.add(delay=dict(self._delay))
        return world

    @contextmanager
    def world(
        self, name: str | None = None, seed: Seed | None = None, strict: bool | None = None
    ) -> Iterator["MockWorld"]:
        """Provide a world for a `with` block, for tests that need several, such as one per example of Hypothesis.

        At the end of the block, a strict world fails the test for unexpected requests.
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
    """A private world: the URL and credentials for the API, and everything that a test can inspect or control.

    `used` is set when its key or name is read; no request can have reached a fresh world before. `opened_at` is the
    real time at which it was opened.
    """

    def __init__(self, server: MockServer, name: str, credentials: Credentials, strict: bool) -> None:
        self.server = server
        self.used = False
        self.opened_at = datetime.now(UTC)
        self._name = name
        self.strict = strict
        self.base_url = server.base_url
        self.account_id = credentials.account_id
        self.agent_id = credentials.agent_id
        self._api_key = f"{credentials.api_key}~{name}"
        self.faults = MockFaults(self)
        self.clock = MockClock(self)
        self._clients: list[httpx.Client] = []
        self._last_checked = 0
        self._unexpected: list[str] = []

    @property
    def name(self) -> str:
        """The name of the world."""
        self.used = True
        return self._name

    @property
    def api_key(self) -> str:
        """The API key of the world."""
        self.used = True
        return self._api_key

    @property
    def headers(self) -> dict[str, str]:
        """The headers that authenticate a client in the world."""
        return {"x-api-key": self.api_key}

    @cached_property
    def client(self) -> "httpx.Client":
        """An httpx client of the world, with `base_url` and key set; needs httpx."""
        _require_httpx()
        import httpx

        transport = self.server.client_transport()
        client = httpx.Client(base_url=self.base_url, headers=self.headers, transport=transport, trust_env=False)
        self._clients.append(client)
        return client

    def async_client(self) -> "httpx.AsyncClient":
        """Return a new asynchronous httpx client of the world, for `async with`; needs httpx."""
        _require_httpx()
        import httpx

        transport = self.server.transport
        return httpx.AsyncClient(base_url=self.base_url, headers=self.headers, transport=transport, trust_env=False)

    def state(self, *, full: bool = False) -> Json:
        """Return the state of the world as the data of a seed file; `full` writes every default out."""
        return self.call("GET", "/state?full=true" if full else "/state")

    def seed(self, seed: Seed) -> None:
        """Add the records of a seed (a mapping, a path, a shipped seed's name) to the world."""
        self.call("PATCH", "/state", _mapping(seed))

    def reset(self, seed: Seed | None = None) -> None:
        """Reset the world to its seed, or this once to another; unexpected requests before it still count."""
        self._collect_unexpected()
        self.call("POST", "/reset", {} if seed is None else {"seed": _seed_data(seed)})
        self._last_checked = 0

    def snapshot(self, name: str = "snapshot") -> "MockSnapshot":
        """Save a snapshot of the state, to restore or to compare with."""
        self.call("POST", "/snapshots", {"name": name})
        return MockSnapshot(self, name)

    def diff(self, since: "str | MockSnapshot | None" = None) -> Json:
        """Return what was created, updated and deleted since the seed, or since a snapshot."""
        name = since.name if isinstance(since, MockSnapshot) else since
        return self.call("GET", f"/diff{query({'since': name})}")

    def requests(self, **filters: str | int | None) -> list[Json]:
        """Return the journal, filtered by `operation`, `method`, `path`, `status`, `since` and `unexpected`."""
        entries: list[Json] = self.call("GET", f"/requests{query(filters)}")["requests"]
        return entries

    def check(self) -> None:
        """Fail the test if the world is strict and got unexpected requests."""
        self._collect_unexpected()
        found, self._unexpected = self._unexpected, []
        if found:
            pytest.fail("\n".join(["strict mode: unexpected requests:", *found]), pytrace=False)

    def _collect_unexpected(self) -> None:
        """Collect a line for each problem of an unexpected request since the last check."""
        if not self.strict or not self.used:
            return
        try:
            entries = cast("list[EntryResponse]", self.requests(since=self._last_checked, unexpected="true"))
        except (OSError, HTTPException) as error:
            pytest.fail(f"the mock server at {self.base_url} does not answer: {error}", pytrace=False)
        for entry in entries:
            self._last_checked = entry["number"]
            self._unexpected += [f"  {report.request(entry)}: {why}" for why in report.unexpected(entry)]
            if entry["traceback"] is not None:
                self._unexpected.append(entry["traceback"])

    def call(self, method: str, path: str, body: object = None) -> Json:
        """Call the control plane for this world; raises ControlError for a refusal."""
        answer: Json = self.server.control.call(method, f"/worlds/{segment(self._name)}{path}", body)
        return answer

    def close(self) -> None:
        """Close the world's client; the world stays, for reports."""
        for client in self._clients:
            client.close()


class MockSnapshot:
    """A saved state of a world."""

    def __init__(self, world: MockWorld, name: str) -> None:
        self._world = world
        self.name = name

    def restore(self) -> None:
        """Return to the saved state."""
        self._world.call("POST", f"/snapshots/{segment(self.name)}/restore", {})

    def diff(self) -> Json:
        """Return what has changed since then."""
        return self._world.diff(since=self.name)


def _require_httpx() -> None:
    if importlib.util.find_spec("httpx") is None:
        pytest.fail("the client of a world needs httpx: pip install httpx", pytrace=False)


def _first_credentials(state: Json) -> Credentials:
    """Return the first unrestricted key of a state that has not expired, with its account and that account's agent."""
    for account in state["accounts"]:
        for key in account.get("apiKeys", []):
            if not key.get("expired") and not key.get("expiresAt") and "agents" not in key:
                agents = account.get("agents") or [{"agentId": ""}]
                return Credentials(account["accountId"], key["key"], agents[0]["agentId"])
    return Credentials()


def _seed_data(seed: Seed) -> object:
    """Return a seed as the control plane accepts it: a shipped seed's name, or data."""
    if isinstance(seed, str) and re.fullmatch(r"\w+", seed):
        return seed
    return _mapping(seed)


def _mapping(seed: Seed) -> object:
    """Return the data of a seed; raises SeedError for an invalid file."""
    if isinstance(seed, Mapping):
        return seed
    from mockserver import seeds

    return seeds.export(seeds.load(seed_file(str(seed))))
