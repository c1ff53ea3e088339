"""What a browser sent when web pages attacked a running server: captured once from Chromium, and kept.

Each page did all that a page can do without asking: images, scripts, styles, frames, forms of all three types (one of
them in a sandbox), fetch in its modes, XMLHttpRequest, beacons, a WebSocket, an EventSource, prefetches and
navigations; and what it has to ask for first, which a browser asks by OPTIONS. Pages of `evil.example` and of another
port of `localhost` attacked from outside; that of `rebound.example` had its name point to the server (DNS rebinding),
so that to the browser all was of one origin. Ports are written as 8750 (the server's) and 8000 (the page's).
"""

import json
from pathlib import Path
from typing import NamedTuple

CAPTURED = Path(__file__).parent / "browser_requests.json"


class BrowserRequest(NamedTuple):
    """A request as Chromium sent it, and what the page did to have it sent."""

    page: str
    attack: str
    method: str
    target: str
    headers: list[tuple[str, str]]
    body: str

    @property
    def control(self) -> bool:
        """Whether it is for the control plane."""
        return self.target.startswith("/_mock/")

    def __str__(self) -> str:
        return f"{self.attack} of {self.page}"


def captured() -> list[BrowserRequest]:
    """Return all requests that were captured."""
    return [BrowserRequest(**request) for request in json.loads(CAPTURED.read_text(encoding="utf-8"))]
