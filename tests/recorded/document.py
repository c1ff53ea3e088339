"""Recording of the OpenAPI document, as it is served."""

import json
from typing import Any

import httpx

from tests.client import InProcess, server
from tests.recorded import files

NAME = "openapi"


def served() -> dict[str, Any]:
    """Return the document that a server serves."""
    with httpx.Client(transport=InProcess(server()), base_url="http://mock") as http:
        document: dict[str, Any] = json.loads(http.get("/openapi.json").text)
        return document


def record() -> None:
    """Record all of it."""
    files.write(NAME, [served()])
