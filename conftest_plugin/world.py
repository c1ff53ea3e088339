"""Private world of a test: the credentials for the API, and everything that a test can inspect or control."""

import importlib.util
from contextlib import suppress
from datetime import UTC, datetime
from functools import cached_property
from typing import TYPE_CHECKING, cast

import pytest

from conftest_plugin.clock import MockClock
from conftest_plugin.credentials import Credentials, first_credentials
from conftest_plugin.faults import MockFaults
from conftest_plugin.seed_data import Json, Seed, mapping, seed_data
from conftest_plugin.strictness import complaint, problems
from mockserver.control.client import is_refusal, query, segment
from mockserver.values.text import printable

if TYPE_CHECKING:
    import httpx

    from conftest_plugin.worlds import MockServer
    from mockserver.control.journal import EntryResponse

__tracebackhide__ = is_refusal

_NO_ENTRY = 999_999_999_999  # after every number that a journal can have


class MockWorld:
    """A private world: the URL and credentials for the API, and everything that a test can inspect or control.

    `server` is the `MockServer` that the world is on. `faults` injects faults, a `MockFaults`. `clock` is the world's
    time, a `MockClock`. `strict` says whether unexpected requests fail the test, and may be set. `fresh` says that the
    world was made for this object and has no other user. `used` is set when its key or name is read; no request can
    have reached a fresh world before. `opened_at` is the real time at which it was opened. `begun` is the number of
    the last request before the running test, or None if the test has opened the world. `failed` says that a test has
    failed while it was open. `unchecked` says that it could not be asked for unexpected requests. `delay_fault`
    is the id of the fault of the setting `delay`.
    """

    def __init__(self, server: "MockServer", name: str, credentials: Credentials, strict: bool, *, fresh: bool) -> None:
        self.server = server
        self.fresh = fresh
        self.used = not fresh
        self.opened_at = datetime.now(UTC)
        self.strict = strict
        self.begun: int | None = None
        self.failed = False
        self.unchecked = False
        self.delay_fault = ""
        self.faults = MockFaults(self)
        self.clock = MockClock(self)
        self._name = name
        self._credentials = credentials
        self._own_seed: object = None
        self._own_credentials = credentials
        self._clients: list[httpx.Client] = []
        self._checked = 0
        self._unexpected: list[str] = []

    def __repr__(self) -> str:
        return f"<MockWorld {self._name} on {self.server.base_url}>"

    @property
    def name(self) -> str:
        """The name of the world."""
        self.used = True
        return self._name

    @property
    def base_url(self) -> str:
        """The URL of the server, without a path."""
        return self.server.base_url

    @property
    def api_key(self) -> str:
        """The API key of the world; raises LookupError if its seed has none that a test can use."""
        self.used = True
        return f"{self._present(self._credentials.api_key, _NO_KEY)}~{self._name}"

    @property
    def headers(self) -> dict[str, str]:
        """The headers that authenticate a client in the world."""
        return {"x-api-key": self.api_key}

    @property
    def account_id(self) -> str:
        """The id of the account that the key is of; raises LookupError if the world's seed has no account."""
        return self._present(self._credentials.account_id, "account")

    @property
    def agent_id(self) -> str:
        """The id of the account's first agent; raises LookupError if it has none."""
        return self._present(self._credentials.agent_id, f"agent in the account {self._credentials.account_id}")

    def _present(self, value: str, what: str) -> str:
        __tracebackhide__ = True
        if not value:
            raise LookupError(f"the seed of the world {self._name} has no {what}")
        return value

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
        self.call("PATCH", "/state", mapping(seed))

    def reset(self, seed: Seed | None = None) -> None:
        """Reset the world to the seed that it was opened with, or this once to another, whose credentials it then has.

        Unexpected requests before it still count.
        """
        self._collect_unexpected()
        data = self._own_seed if seed is None else seed_data(seed)
        self.call("POST", "/reset", {} if data is None else {"seed": data})
        self._checked = 0
        self.begun = None if self.begun is None else 0
        self._credentials = self._own_credentials if seed is None else self.read_credentials()
        self.delay_requests()

    def open_with(self, seed: Seed) -> None:
        """Reset the world to a seed that is its own from now on."""
        self._own_seed = seed_data(seed)
        self.call("POST", "/reset", {"seed": self._own_seed})
        self._credentials = self._own_credentials = self.read_credentials()

    def read_credentials(self) -> Credentials:
        """Return the credentials of the present state."""
        return first_credentials(self.state())

    def delay_requests(self) -> None:
        """Add the fault of the setting `delay`, if there is one."""
        if self.server.delay:
            self.delay_fault = self.faults.add(delay=dict(self.server.delay))

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

    def begin(self) -> None:
        """Leave out of checks and reports what the world has seen before the test that begins."""
        self.begun, self._unexpected, self.unchecked = 0, [], False
        with suppress(Exception):  # without an answer, the check at the test's end says so
            kept = self.call("GET", "")["requests"] if self.used else 0
            self.begun = kept + self.call("GET", f"/requests?since={_NO_ENTRY}")["evicted"] if kept else 0
        self._checked = self.begun

    def check(self) -> None:
        """Fail the test if the world is strict and got unexpected requests."""
        text = self.complaint()
        if text is not None:
            pytest.fail(text, pytrace=False)

    def complaint(self, *, again: bool = False) -> str | None:
        """Return the text about unexpected requests since the last check, or None.

        A world that cannot be asked, because a test has replaced what the server in its process needs, is `unchecked`,
        unless it is asked `again`.
        """
        self.unchecked = False
        try:
            self._collect_unexpected()
        except Exception as error:
            if not again and not isinstance(error, OSError):
                self.unchecked = True
                return None
            return printable(f"the mock server at {self.base_url} does not answer: {error}")
        found, self._unexpected = self._unexpected, []
        return complaint(self._name, found) if found else None

    def _collect_unexpected(self) -> None:
        """Collect the lines about unexpected requests since the last check."""
        if self.strict and self.used:
            for entry in cast("list[EntryResponse]", self.requests(since=self._checked, unexpected="true")):
                self._checked = entry["number"]
                self._unexpected += problems(entry)

    def call(self, method: str, path: str, body: object = None) -> Json:
        """Call the control plane for this world, with a path below the world's; raises ControlError for a refusal."""
        answer: Json = self.server.control.call(method, f"/worlds/{segment(self._name)}{path}", body)
        return answer

    def close(self) -> None:
        """Close the world's client; the world stays, for reports."""
        for client in self._clients:
            client.close()
        self.server.watch.closed(self)


class MockSnapshot:
    """A saved state of a world, by its `name`."""

    def __init__(self, world: MockWorld, name: str) -> None:
        self._world = world
        self.name = name

    def __repr__(self) -> str:
        return f"<MockSnapshot {self.name!r} of {self._world!r}>"

    def restore(self) -> None:
        """Return to the saved state."""
        self._world.call("POST", f"/snapshots/{segment(self.name)}/restore", {})

    def diff(self) -> Json:
        """Return what has changed since then."""
        return self._world.diff(since=self.name)


_NO_KEY = "API key that a test can use: one that has not expired, does not expire, and is not limited to some agents"


def _require_httpx() -> None:
    if importlib.util.find_spec("httpx") is None:
        pytest.fail("the client of a world needs httpx: pip install httpx", pytrace=False)
