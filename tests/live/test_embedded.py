"""The application under a server that is not its own."""

import socket
import threading
from collections.abc import Iterator

import httpx
import pytest
import uvicorn

from mockserver import create_app
from mockserver.settings import Settings

pytestmark = pytest.mark.process


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    """A plain uvicorn server of the application."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        server = uvicorn.Server(uvicorn.Config(create_app(Settings(seed="two_agents")), log_config=None))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
        thread.start()
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        server.should_exit = True
        thread.join()


@pytest.mark.parametrize("kind", ["reset", "close", "truncate", "garbage"])
@pytest.mark.parametrize("when", ["instead", "afterwards"])
def test_a_connection_fault_ends_the_connection_without_an_answer(url: str, kind: str, when: str) -> None:
    fault = {"connection": kind} if when == "instead" else {"applyThen": {"connection": kind}}
    with httpx.Client(base_url=url, headers={"x-api-key": f"demo-key~{kind}-{when}"}, trust_env=False) as client:
        client.post(f"/_mock/worlds/{kind}-{when}/faults", json={**fault, "times": 1}).raise_for_status()
        with pytest.raises(httpx.RemoteProtocolError):
            client.get("/v1/agents/acme-support/telephony/connectors")
        assert client.get("/v1/agents/acme-support/telephony/connectors").status_code == 200


def test_a_dripping_answer_arrives_whole(url: str) -> None:
    with httpx.Client(base_url=url, headers={"x-api-key": "demo-key~drip"}, trust_env=False) as client:
        client.post("/_mock/worlds/drip/faults", json={"connection": "drip"}).raise_for_status()
        assert len(client.get("/v1/agents/acme-support/telephony/connectors").json()["connectors"]) == 2
