"""The application inside another one."""

import httpx
import pytest
from starlette.applications import Starlette
from starlette.routing import Mount

from tests.client import AGENT, InProcess, server


@pytest.fixture
def mounted() -> httpx.Client:
    app = Starlette(routes=[Mount("/mock", server())])
    return httpx.Client(transport=InProcess(app), base_url="http://mock/mock", headers={"x-api-key": "demo-key"})


@pytest.mark.parametrize(
    ("path", "status"),
    [
        (f"/v1/agents/{AGENT}/telephony/connectors/conn_abc123", 200),
        (f"/v1/agents/{AGENT}/telephony/connecters", 404),
        ("/_mock/health", 200),
        ("/openapi.json", 200),
        ("/nowhere", 404),
        ("/mock/openapi.json", 404),
    ],
)
def test_it_can_be_mounted_under_a_path(mounted: httpx.Client, path: str, status: int) -> None:
    with mounted:
        assert mounted.get(path).status_code == status
