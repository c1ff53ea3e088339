"""Worlds by key, and worlds under control."""

import pytest

from mockserver.world import worlds
from tests.client import assert_refused
from tests.control.mock import Mock

NUMBER = "/phone-numbers/+442071234567"


def test_a_key_with_a_world_acts_there_with_the_same_rights(mock: Mock) -> None:
    private = mock.api("checkout-42")
    assert private.get("/connectors").json() == mock.api().get("/connectors").json()
    limited = mock.api("checkout-42", key="support-only")
    assert limited.get("/connectors").status_code == 200
    elsewhere = limited.get("http://mock/v1/agents/acme-sales/telephony/connectors")
    assert_refused(elsewhere, 403, "USER_ACCESS_FORBIDDEN")


def test_what_happens_in_one_world_is_not_seen_in_another(mock: Mock) -> None:
    one, other = mock.api("one"), mock.api("other")
    one.delete("/connectors/conn_abc123")
    assert_refused(one.get(NUMBER), 404, "PHONE_NUMBERS_NOT_FOUND")
    assert other.get(NUMBER).status_code == 200
    assert mock.api().get(NUMBER).status_code == 200


def test_the_default_world_may_be_named(mock: Mock) -> None:
    mock.api("default").delete(NUMBER)
    assert_refused(mock.api().get(NUMBER), 404, "PHONE_NUMBERS_NOT_FOUND")


@pytest.mark.parametrize("name", ["a", "A.b_c-1", "x" * 80])
def test_names_of_letters_digits_and_some_signs_are_worlds(mock: Mock, name: str) -> None:
    assert mock.api(name).get("/connectors").status_code == 200


@pytest.mark.parametrize("name", ["", ".", "..", "x" * 81, "a b", "a/b", "a~b", "é"])
def test_with_any_other_name_the_key_is_unknown(mock: Mock, name: str) -> None:
    answer = mock.api().get("/connectors", headers=[(b"x-api-key", f"demo-key~{name}".encode("latin-1"))])
    assert_refused(answer, 401, "AUTH_USER_INVALID_TOKEN")
    assert len(mock.worlds) == 1


def test_a_new_world_lives_by_its_own_clock() -> None:
    with Mock("demo") as mock:
        mock.post("/worlds/default/clock", {"advance": "30000d"})
        assert mock.api("fresh", key="ending-key").get("/connectors").status_code == 200
        assert_refused(mock.api(key="ending-key").get("/connectors"), 401, "AUTH_USER_INVALID_TOKEN")


@pytest.mark.parametrize("key", ["unheard-of", "old-key"])
def test_a_key_that_opens_nothing_makes_no_world(mock: Mock, key: str) -> None:
    assert_refused(mock.api("private", key=key).get("/connectors"), 401, "AUTH_USER_INVALID_TOKEN")
    assert mock.worlds.get("private") is None


def test_the_same_requests_give_the_same_ids_in_every_world(mock: Mock) -> None:
    def session(world: str) -> list[dict[str, object]]:
        client = mock.api(world)
        answers = [
            client.post("/phone-numbers/+442079460301", json={"clientEnv": "sandbox"}),
            client.get("/phone-numbers/+442079460301"),
            client.post("/outbound-calls", json={"toNumber": "+442079460999", "environment": "live"}),
            client.get("/connectors/conn_nowhere"),
        ]
        return [{name: value for name, value in answer.json().items() if name != "error_id"} for answer in answers]

    first = session("one")
    mock.api().get("/connectors")
    assert session("other") == first


def test_at_the_bound_a_new_world_is_refused() -> None:
    with Mock(max_worlds=1) as mock:
        mock.api("one").get("/connectors")
        assert_refused(mock.api("two").get("/connectors"), 503, "MOCK_WORLDS_EXHAUSTED")
        assert_refused(mock.http.delete("/worlds/two/requests"), 503, "MOCK_WORLDS_EXHAUSTED")
        assert mock.api("one").get("/connectors").status_code == 200
        assert mock.http.delete("/worlds/one").status_code == 200
        assert mock.api("two").get("/connectors").status_code == 200


def test_where_so_configured_the_least_recently_used_world_makes_room(caplog: pytest.LogCaptureFixture) -> None:
    with Mock(max_worlds=2, drop_oldest_world=True) as mock:
        for world in ("one", "two", "one", "three"):
            mock.api(world).get("/connectors")
        assert [world["name"] for world in mock.get("/worlds")["worlds"]] == ["default", "one", "three"]
        assert mock.get("/health")["droppedWorlds"] == 1
    assert "dropped the world two" in caplog.text


def test_health_tells_version_uptime_and_worlds(mock: Mock) -> None:
    from mockserver import __version__

    mock.api("one").get("/connectors")
    health = mock.get("/health")
    assert health.pop("uptimeSeconds") >= 0
    assert health == {
        "status": "ok",
        "version": __version__,
        "instance": None,
        "worlds": 2,
        "maxWorlds": 10_000,
        "droppedWorlds": 0,
    }


def test_worlds_are_listed_looked_at_and_dropped(mock: Mock) -> None:
    mock.api("one").delete(NUMBER)
    one = {"name": "one", "requests": 1, "faults": 0, "snapshots": []}
    assert mock.get("/worlds")["worlds"][1] == one
    assert mock.get("/worlds/one") == one
    assert mock.http.delete("/worlds/one").json() == one
    assert_refused(mock.http.get("/worlds/one"), 404, "MOCK_NOT_FOUND")
    assert_refused(mock.http.delete("/worlds/one"), 404, "MOCK_NOT_FOUND")
    assert mock.api("one").get(NUMBER).status_code == 200


def test_dropping_the_default_world_begins_it_anew(mock: Mock) -> None:
    mock.api().delete(NUMBER)
    assert mock.http.delete("/worlds/default").status_code == 200
    assert mock.api().get(NUMBER).status_code == 200


def test_a_world_can_be_made_from_a_named_or_an_inline_seed(mock: Mock) -> None:
    mock.post("/worlds", {"name": "bare", "seed": "empty"})
    assert_refused(mock.api("bare").get("/connectors"), 404, "PROJECT_NOT_FOUND")
    inline = {"accounts": [{"accountId": "ws-1", "apiKeys": [{"key": "k"}], "agents": [{"agentId": "A-1"}]}]}
    mock.post("/worlds", {"name": "inline", "seed": inline})
    assert mock.api("inline", key="k", agent="A-1").get("/connectors").json() == {"connectors": []}
    assert_refused(mock.api("inline").get("/connectors"), 401, "AUTH_USER_INVALID_TOKEN")


def test_a_world_that_is_made_without_a_name_gets_one(mock: Mock) -> None:
    names = [mock.post("/worlds")["name"] for _ in range(2)]
    assert len(set(names)) == 2
    assert mock.api(names[0]).get("/connectors").status_code == 200


def test_a_name_that_is_taken_is_a_conflict(mock: Mock) -> None:
    mock.post("/worlds", {"name": "one"})
    assert_refused(mock.http.post("/worlds", json={"name": "one"}), 409, "MOCK_CONFLICT")
    assert_refused(mock.http.post("/worlds", json={"name": "default"}), 409, "MOCK_CONFLICT")


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ({"name": "a b"}, "is not a valid world name"),
        ({"seed": "demon"}, "did you mean demo?"),
        ({"seed": "/etc/passwd"}, "no shipped seed"),
        ({"seed": {"accounts": [{"accountId": "ws-1", "agent": []}]}}, "did you mean agents?"),
        ({"seed": 5}, "expected the name of a shipped seed or a mapping"),
        ({"sede": "demo"}, "did you mean seed?"),
        ({"name": 7}, "name"),
        ([], "the body"),
    ],
)
def test_a_world_that_cannot_be_meant_is_refused_with_a_reason(mock: Mock, body: object, said: str) -> None:
    answer = mock.http.post("/worlds", json=body)
    assert_refused(answer, 400, "MOCK_REQUEST_INVALID")
    assert said in answer.json()["error"]
    assert len(mock.worlds) == 1


def test_reset_begins_everything_anew(mock: Mock) -> None:
    client = mock.api("one")
    client.delete("/connectors/conn_abc123")
    first = client.post("/outbound-calls", json={"toNumber": "+442079460999", "environment": "live"})
    mock.fault("one", operation="getConnector", status=500)
    mock.post("/worlds/one/clock", {"freeze": "2026-07-02T10:00:00Z"})
    mock.post("/worlds/one/snapshots", {"name": "mark"})
    assert mock.post("/worlds/one/reset") == {"name": "one", "requests": 0, "faults": 0, "snapshots": []}
    assert mock.get("/worlds/one/clock")["frozen"] is False
    assert client.get("/connectors/conn_abc123").status_code == 200
    client.delete("/connectors/conn_abc123")
    again = client.post("/outbound-calls", json={"toNumber": "+442079460999", "environment": "live"})
    assert again.content == first.content


def test_reset_may_go_to_another_seed_and_the_next_one_comes_back(mock: Mock) -> None:
    mock.post("/worlds/one/reset", {"seed": "empty"})
    assert_refused(mock.api("one").get("/connectors"), 404, "PROJECT_NOT_FOUND")
    mock.api("one").get("/connectors")
    mock.post("/worlds/one/reset")
    assert mock.api("one").get("/connectors").status_code == 200


def test_correlation_ids_differ_from_world_to_world_and_from_those_of_the_control_plane(mock: Mock) -> None:
    answers = [mock.api(world).get("/connectors") for world in (None, "one", "two") for _ in range(3)]
    answers += [mock.http.get("/health"), mock.http.get("/worlds"), mock.http.get("http://localhost/openapi.json")]
    assert len({answer.headers["x-polyai-correlation-id"] for answer in answers}) == len(answers)


def test_worlds_that_nobody_used_for_the_settable_time_are_dropped_and_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    now = 1_000.0
    monkeypatch.setattr(worlds, "monotonic", lambda: now)
    with Mock(max_idle=60.0) as mock:
        mock.api("first").get("/connectors")
        mock.api("second").get("/connectors")
        now += 50
        mock.api("first").get("/connectors")
        now += 50
        assert [world["name"] for world in mock.get("/worlds")["worlds"]] == ["default", "first"]
        now += 60
        assert mock.http.get("/worlds/first").status_code == 404
        health = mock.get("/health")
        assert (health["worlds"], health["droppedWorlds"]) == (1, 2)
