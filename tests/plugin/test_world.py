"""A world in a test: state, snapshots, requests, faults, clock and clients; in process and over a socket."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest

from conftest_plugin.options import MockSettings
from conftest_plugin.sessions import running_server
from conftest_plugin.worlds import MockServer, MockWorld
from mockserver.control.client import ControlError

MOMENT = datetime(2026, 7, 2, 10, tzinfo=UTC)


@pytest.fixture(scope="module", params=["asgi", "thread"])
def server(request: pytest.FixtureRequest) -> Iterator[MockServer]:
    with running_server(request.config, MockSettings(mode=request.param)) as server:
        yield server


@pytest.fixture
def connector(telephony: str) -> str:
    return f"{telephony}/connectors/conn_abc123"


def test_a_world_has_the_ids_of_its_seed_and_its_own_key(server: MockServer, world: MockWorld) -> None:
    assert (world.account_id, world.agent_id) == ("ws-fd112d8f", "PROJECT-58RP822I")
    assert world.api_key == f"demo-key~{world.name}"
    assert world.headers == {"x-api-key": world.api_key}
    assert world.base_url == server.base_url
    with server.world(seed="two_agents") as other:
        assert other.name != world.name
        assert len(other.state()["accounts"][0]["agents"][0]["connectors"]) == 2


def test_a_named_world_is_the_same_world_again(server: MockServer) -> None:
    with server.world("shared") as first:
        first.client.get(f"/v1/agents/{first.agent_id}/telephony/connectors").raise_for_status()
    with server.world("shared") as second:
        assert len(second.requests()) == 1


def test_state_is_seeded_reset_saved_and_compared(world: MockWorld, connector: str, tmp_path: Path) -> None:
    world.client.patch(connector, json={"voiceName": "en-GB-Neural2-C"}).raise_for_status()
    snapshot = world.snapshot()
    assert world.diff(since=snapshot) == world.diff(since=snapshot.name) == snapshot.diff()
    world.client.delete(connector).raise_for_status()
    assert snapshot.diff()["deleted"][0]["key"] == "conn_abc123"
    snapshot.restore()
    assert snapshot.diff() == {"created": [], "updated": [], "deleted": []}
    (change,) = world.diff()["updated"]
    assert change["fields"] == {"voiceName": {"before": "en-GB-Wavenet-B", "after": "en-GB-Neural2-C"}}
    world.reset()
    assert world.diff()["updated"] == []

    addition = {"accounts": [{"accountId": "ws-own", "slug": "own", "apiKeys": [{"key": "own-key"}]}]}
    world.seed(addition)
    assert [account["accountId"] for account in world.state()["accounts"]][-1] == "ws-own"
    world.reset("empty")
    assert len(world.state()["accounts"]) == 1
    file = tmp_path / "own.yaml"
    file.write_text("accounts:\n  - accountId: ws-file\n    slug: file\n    apiKeys: [{key: file-key}]\n")
    world.seed(file)
    assert [account["accountId"] for account in world.state()["accounts"]] == ["ws-fd112d8f", "ws-file"]
    world.reset(file)
    assert [account["accountId"] for account in world.state()["accounts"]] == ["ws-file"]


def test_requests_are_filtered(world: MockWorld, telephony: str, connector: str) -> None:
    for method, url in (("GET", connector), ("GET", f"{telephony}/connectors/none"), ("DELETE", connector)):
        world.client.request(method, url)
    assert [entry["status"] for entry in world.requests()] == [200, 404, 200]
    assert len(world.requests(operation="getConnector")) == 2
    assert len(world.requests(method="DELETE")) == 1
    assert len(world.requests(status=404)) == 1
    assert len(world.requests(path=connector, method="GET", operation=None)) == 1
    assert len(world.requests(since=2)) == 1
    with pytest.raises(ControlError, match='status: "many" given'):
        world.requests(status="many")


def test_faults_fail_requests_and_are_counted(world: MockWorld, telephony: str, connector: str) -> None:
    world.faults.fail("getConnector", status=503, retry_after=7, skip=1, times=1)
    answers = [world.client.get(connector) for _ in range(3)]
    assert [answer.status_code for answer in answers] == [200, 503, 200]
    assert answers[1].headers["retry-after"] == "7"
    world.faults.fail(status=400, code="SCHEMA_VALIDATION_FAILED", connectorId="conn_new456")
    assert world.client.get(connector).status_code == 200
    assert world.client.get(f"{telephony}/connectors/conn_new456").json()["error_code"] == "SCHEMA_VALIDATION_FAILED"
    world.faults.fail(status=502, body={"own": True}, method="GET", path="/v1/agents/*/telephony/phone-numbers")
    assert world.client.get(f"{telephony}/phone-numbers").json() == {"own": True}
    assert [fault["struck"] for fault in world.faults] == [1, 1, 1]
    world.faults.clear()
    assert list(world.faults) == []
    with pytest.raises(ControlError, match="no operation is named 'getConector'; did you mean getConnector"):
        world.faults.fail("getConector", status=500)


def test_faults_delay_and_limit(world: MockWorld, connector: str) -> None:
    world.faults.delay("getConnector", ms=20, times=1)
    world.faults.delay("getConnector", uniform=(20, 30), skip=1, times=1)
    for _ in range(3):
        assert world.client.get(connector).status_code == 200
    slow = [entry["durationMs"] >= 20 for entry in world.requests()][:2]
    assert slow == [True, True]
    assert [len(entry["faults"]) for entry in world.requests()] == [1, 1, 0]
    world.clock.freeze()
    world.faults.rate_limit(2, "10s", "getConnector", times=1)
    assert [world.client.get(connector).status_code for _ in range(4)] == [200, 200, 429, 200]
    world.clock.advance("10s")
    assert world.client.get(connector).status_code == 200


def test_faults_break_connections_before_or_after_the_operation(world: MockWorld, connector: str) -> None:
    world.faults.drop("deleteConnector", times=1)
    with pytest.raises(httpx.TransportError):
        world.client.delete(connector)
    assert world.diff()["deleted"] == []
    world.faults.apply_then_lose("deleteConnector", times=1)
    with pytest.raises(httpx.TransportError):
        world.client.delete(connector)
    assert "conn_abc123" in [change["key"] for change in world.diff()["deleted"]]
    world.reset()
    world.faults.apply_then_lose("deleteConnector", status=504)
    assert world.client.delete(connector).status_code == 504
    assert world.client.get(connector).status_code == 404


def test_items_of_batches_fail_one_by_one(world: MockWorld, telephony: str) -> None:
    world.faults.fail_item("conn_abc123", "the carrier refused", times=1)
    updates = [{"connectorId": name, "voiceName": "en-GB-Neural2-C"} for name in ("conn_abc123", "conn_new456")]
    for expected in ([False, True], [True, True]):
        answer = world.client.patch(f"{telephony}/connectors/batch", json={"updates": updates})
        assert [item["success"] for item in answer.json()["results"]] == expected
    world.faults.fail_item("+442071234567", "the number is in use")
    answer = world.client.request(
        "DELETE", f"{telephony}/phone-numbers", json={"phoneNumbers": ["+442071234567", "+442079460101"]}
    )
    assert "the number is in use" in answer.text


def test_the_clock_is_frozen_advanced_and_resumed(world: MockWorld) -> None:
    world.clock.freeze(MOMENT)
    assert world.clock.now == MOMENT
    world.clock.advance(timedelta(days=1, milliseconds=500))
    world.clock.advance(1.5)
    world.clock.advance("1m")
    assert world.clock.now == MOMENT + timedelta(days=1, minutes=1, seconds=2)
    world.clock.freeze("2027-01-01T00:00:00Z")
    assert world.clock.now == datetime(2027, 1, 1, tzinfo=UTC)
    world.clock.resume()
    assert world.clock.now > datetime(2027, 1, 1, tzinfo=UTC)
    with pytest.raises(ControlError, match="is not a valid time; expected one with a zone"):
        world.clock.freeze(MOMENT.replace(tzinfo=None))


@pytest.mark.anyio
async def test_an_asynchronous_client_uses_the_same_world(world: MockWorld, connector: str) -> None:
    async with world.async_client() as client:
        assert (await client.delete(connector)).status_code == 200
        world.faults.drop("getConnector", times=1)
        with pytest.raises(httpx.TransportError):
            await client.get(connector)
        assert (await client.get(connector)).status_code == 404
    assert world.client.get(connector).status_code == 404


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


def test_leaving_a_strict_world_fails_for_unexpected_requests(server: MockServer) -> None:
    with pytest.raises(pytest.fail.Exception, match="GET /v1/nothing: no such route"), server.world() as world:
        world.client.get("/v1/nothing")
    with server.world(strict=False) as world:
        world.client.get("/v1/nothing")
    with pytest.raises(KeyError), server.world() as world:
        raise KeyError(world.client.get("/v1/nothing").status_code)


def test_credentials_are_of_the_servers_seed_whatever_became_of_the_default_world(
    request: pytest.FixtureRequest,
) -> None:
    with running_server(request.config, MockSettings(mode="asgi")) as server:
        server.control.call("POST", "/worlds/default/reset", {"seed": "empty"})
        with server.world() as world:
            assert world.agent_id == "PROJECT-58RP822I"
            assert world.client.get(f"/v1/agents/{world.agent_id}/telephony/connectors").status_code == 200
        server.control.call("DELETE", "/worlds/default")
        with server.world() as world:
            assert world.client.get(f"/v1/agents/{world.agent_id}/telephony/connectors").status_code == 200


OWN = {
    "accounts": [
        {"accountId": "ws-own", "slug": "own", "apiKeys": [{"key": "own-key"}], "agents": [{"agentId": "PROJECT-OWN"}]}
    ]
}


def test_after_a_reset_to_another_seed_the_world_has_its_credentials(world: MockWorld) -> None:
    before = (world.account_id, world.agent_id, world.api_key)
    world.reset(OWN)
    assert (world.account_id, world.agent_id) == ("ws-own", "PROJECT-OWN")
    assert world.api_key == f"own-key~{world.name}"
    assert httpx.Headers(world.headers)["x-api-key"] == world.api_key
    world.reset()
    assert (world.account_id, world.agent_id, world.api_key) == before


def test_a_world_that_was_opened_with_a_seed_is_reset_to_it(server: MockServer) -> None:
    with server.world(seed=OWN) as world:
        world.reset("two_agents")
        world.reset()
        assert (world.account_id, world.agent_id) == ("ws-own", "PROJECT-OWN")
        assert world.state()["accounts"][0]["accountId"] == "ws-own"


@pytest.mark.parametrize(
    "key",
    [
        {"key": "old", "expired": True},
        {"key": "soon", "expiresAt": "2030-01-01T00:00:00Z"},
        {"key": "limited", "agents": ["PROJECT-OWN"]},
    ],
    ids=lambda key: str(key["key"]),
)
def test_a_seed_without_a_key_that_a_test_can_use_is_an_error_on_access(
    server: MockServer, key: dict[str, object]
) -> None:
    agents = [{"agentId": "PROJECT-OWN"}]
    seed = {"accounts": [{"accountId": "ws-own", "slug": "own", "apiKeys": [key], "agents": agents}]}
    with server.world(seed=seed) as world:
        assert (world.account_id, world.agent_id) == ("ws-own", "PROJECT-OWN")
        with pytest.raises(LookupError, match="has no API key that a test can use"):
            world.api_key  # noqa: B018
        with pytest.raises(LookupError, match="has no API key that a test can use"):
            world.client  # noqa: B018


def test_objects_of_the_plugin_say_what_they_are(server: MockServer, world: MockWorld) -> None:
    assert repr(server) == f"<MockServer {server.base_url}>"
    assert repr(world) == f"<MockWorld {world.name} on {server.base_url}>"
    assert repr(world.faults) == f"<MockFaults of {world!r}>"
    assert repr(world.clock) == f"<MockClock of {world!r}>"
    assert repr(world.snapshot("before")) == f"<MockSnapshot 'before' of {world!r}>"


def test_what_a_test_meets_is_exported_and_documented() -> None:
    import conftest_plugin

    for name in conftest_plugin.__all__:
        assert getattr(conftest_plugin, name).__doc__
    with pytest.raises(AttributeError, match="has no attribute 'MockWorlds'"):
        conftest_plugin.MockWorlds  # noqa: B018
