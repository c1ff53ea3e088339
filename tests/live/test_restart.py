"""A world that is saved and served again by another process answers as it did."""

from collections.abc import Callable
from pathlib import Path

import httpx

from tests.client import AGENT, OTHER_AGENT
from tests.live.process import DEADLINE, Server
from tests.live.worlds import LiveWorld

FIXED = {"x-polyai-correlation-id": "the-same"}
CALL = {"toNumber": "+442079460300", "environment": "live"}

Serve = Callable[..., Server]


def _answers(server: Server, sid: str) -> dict[str, tuple[int, bytes]]:
    reads = {
        *(f"/v1/agents/{agent}/telephony/connectors" for agent in (AGENT, OTHER_AGENT)),
        *(f"/v1/agents/{agent}/telephony/phone-numbers" for agent in (AGENT, OTHER_AGENT)),
        f"/v1/agents/{AGENT}/telephony/phone-numbers?connectorId=conn_abc123",
        f"/v1/agents/{AGENT}/telephony/connectors/conn_abc123",
        f"/v1/agents/{AGENT}/telephony/connectors/conn_new456",
        f"/v1/agents/{OTHER_AGENT}/telephony/connectors/conn_new456",
        f"/v1/agents/{AGENT}/telephony/phone-numbers/+442079460301",
        f"/v1/agents/{AGENT}/telephony/phone-numbers/+442079460101",
        f"/v1/agents/{AGENT}/telephony/outbound-calls/{sid}/status?environment=live",
        "/v1/agents/nobody/telephony/connectors",
    }
    with httpx.Client(base_url=server.url, headers=FIXED, timeout=DEADLINE, trust_env=False) as http:
        answers = {
            f"{key} {path}": http.get(path, headers={"x-api-key": key})
            for path in sorted(reads)
            for key in ("demo-key", "support-only", "old-key")
        }
    return {request: (answer.status_code, answer.content) for request, answer in answers.items()}


def _change_something(world: LiveWorld) -> str:
    """Import, route, release, update and move; return the id of a call that is under way."""
    api = world.api
    assert world.control.post("/clock", json={"freeze": "2026-07-02T10:00:00Z"}).status_code == 200
    for answer in (
        api.post("/phone-numbers/+442079460301", json={"connectorId": "conn_abc123"}),
        api.post("/phone-numbers", json={"phoneNumbers": ["+442079460303", "+442079460302"]}),
        api.delete("/phone-numbers/+442079460101"),
        api.patch("/connectors/conn_abc123", json={"voiceName": "en-GB-Wavenet-A", "variantId": "on: yes # é電"}),
        api.patch("/connectors/conn_new456", json={"projectId": OTHER_AGENT}),
    ):
        assert answer.is_success, answer.text
    sid: str = api.post("/outbound-calls", json=CALL).json()["callSid"]
    assert world.control.post("/clock", json={"advance": "1s"}).status_code == 200
    return sid


def test_a_saved_world_is_served_again_byte_for_byte(serve: Serve, tmp_path: Path) -> None:
    saved = tmp_path / "saved.yaml"
    first = serve("--seed", "two_agents")
    with LiveWorld(first, "default") as world:
        world.api.headers["x-api-key"] = "demo-key"
        sid = _change_something(world)
        state = world.control.get("/state", headers={"accept": "application/yaml"})
        assert state.headers["content-type"] == "application/yaml"
        saved.write_bytes(state.content)
    before = _answers(first, sid)
    assert first.stop().code == 0

    second = serve("--seed", str(saved))
    assert _answers(second, sid) == before
    with LiveWorld(second, "default") as world:
        again = world.control.get("/state", headers={"accept": "application/yaml"})
        assert again.content == saved.read_bytes()
    ended = second.stop()
    assert (ended.code, ended.err) == (0, "")
    assert {status for status, _ in before.values()} >= {200, 401, 403, 404}
