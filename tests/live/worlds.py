"""A client of one world of a running server: its API, and the control plane over it."""

from collections.abc import Callable
from contextlib import ExitStack
from time import monotonic
from typing import Any, Self

import httpx

from tests.client import AGENT
from tests.live.process import DEADLINE, Server, head

TELEPHONY = f"/v1/agents/{AGENT}/telephony"


class LiveWorld:
    """One world: `api` acts in it, the methods call the control plane."""

    def __init__(self, server: Server, name: str, agent: str = AGENT) -> None:
        self.server = server
        self.name = name
        self.key = f"demo-key~{name}"
        self._closing = ExitStack()
        self.api = self._client(f"/v1/agents/{agent}/telephony", {"x-api-key": self.key})
        self.control = self._client(f"/_mock/worlds/{name}", {"content-type": "application/json"})

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_details: object) -> None:
        self._closing.close()

    def _client(self, path: str, headers: dict[str, str]) -> httpx.Client:
        client = httpx.Client(base_url=self.server.url + path, headers=headers, timeout=DEADLINE, trust_env=False)
        return self._closing.enter_context(client)

    def fault(self, **fault: object) -> str:
        """Add a fault and return its id."""
        answer = self.control.post("/faults", json=fault)
        assert answer.status_code == 201, answer.text
        fault_id: str = answer.json()["id"]
        return fault_id

    def get(self, path: str) -> Any:
        """Return what the control plane has of this world."""
        answer = self.control.get(path)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def entry(self) -> dict[str, Any]:
        """Return the latest entry of the journal."""
        latest: dict[str, Any] = self.get("/requests")["requests"][-1]
        return latest

    def changed(self) -> list[str]:
        """Return the keys of all records that differ from the seed."""
        return sorted(change["key"] for kind in self.get("/diff").values() for change in kind)

    def wait_for(self, condition: Callable[[], bool]) -> None:
        """Ask until a condition holds."""
        deadline = monotonic() + DEADLINE
        while not condition():
            assert monotonic() < deadline, "the condition did not come to hold"

    def request(self, line: str, *headers: str) -> bytes:
        """Return a request of this world, as it stands on the wire."""
        method, path = line.split(" ")
        return head(f"{method} {TELEPHONY}{path}", *headers, key=self.key)
