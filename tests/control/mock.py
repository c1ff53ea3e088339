"""A server in process, its control plane, and clients that act in its worlds."""

from contextlib import ExitStack
from typing import Any, Self

import httpx

from tests.client import AGENT, Client, InProcess, server

DEMO = "demo"


class Mock:
    """One server: `api(world)` acts in a world, the other methods call the control plane."""

    def __init__(self, seed: str = "two_agents", **settings: object) -> None:
        self.app = server(seed, **settings)
        self.worlds = self.app.state.worlds
        self._closing = ExitStack()
        self.http = self._closing.enter_context(
            httpx.Client(transport=InProcess(self.app), base_url="http://localhost/_mock")
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_details: object) -> None:
        self._closing.close()

    def api(self, world: str | None = None, key: str = "demo-key", agent: str = AGENT) -> Client:
        """Return a client that acts in a world."""
        key = key if world is None else f"{key}~{world}"
        return self._closing.enter_context(Client(self.app, key=key, agent=agent))

    def get(self, path: str, /, **params: str | int) -> Any:
        """Return what a GET answers, which must be a success."""
        answer = self.http.get(path, params=params)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def raw_get(self, path: str) -> httpx.Response:
        """Return the answer to a GET of a path that no client would send as it is."""
        request = httpx.Request("GET", httpx.URL("http://localhost").copy_with(raw_path=path.encode()))
        return self.http.send(request)

    def post(self, path: str, body: object = None) -> Any:
        """Return what a POST answers, which must be a success."""
        answer = self.http.post(path, json={} if body is None else body)
        assert answer.is_success, answer.text
        return answer.json()

    def fault(self, world: str = "default", /, **fault: object) -> Any:
        """Add a fault to a world."""
        return self.post(f"/worlds/{world}/faults", fault)

    def requests(self, world: str = "default", /, **params: str | int) -> list[Any]:
        """Return a world's journal."""
        entries: list[Any] = self.get(f"/worlds/{world}/requests", **params)["requests"]
        return entries
