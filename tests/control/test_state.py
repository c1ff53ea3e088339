"""State under control: saved, loaded, added to, compared, marked and returned to."""

from typing import Any

import pytest
import yaml

from mockserver import seeds
from tests.client import AGENT, OTHER_AGENT, Client, assert_refused
from tests.control.mock import Mock

STATE = "/worlds/default/state"


def _act(client: Client) -> None:
    """Leave a world in a state that no short seed would have."""
    client.post("/phone-numbers/+442079460301", json={"connectorId": "conn_new456"})
    client.patch("/phone-numbers/+442071234567", json={"connectorId": "conn_new456"})
    client.post("/phone-numbers", json={"phoneNumbers": ["+442079460302"], "clientEnv": "pre-release"})
    client.patch("/connectors/conn_abc123", json={"projectId": OTHER_AGENT, "variantId": "VARIANT-1"})
    client.patch("/connectors/conn_new456", json={"voiceName": None})
    client.post("/outbound-calls", json={"toNumber": "+442079460999", "environment": "live"})
    client.delete("/phone-numbers/+442079460100")


def _seen(client: Client) -> list[bytes]:
    """Return all that can be read of a world, and what a few more changes answer, byte for byte."""
    client.headers["x-polyai-correlation-id"] = "fixed"
    there = f"http://mock/v1/agents/{OTHER_AGENT}/telephony"
    paths = ["/connectors", "/phone-numbers", "/phone-numbers?connectorId=conn_new456"]
    answers = [client.get(f"{base}{path}") for base in ("", there) for path in paths]
    answers += [
        client.post("/connectors/lookup", json={"phoneNumber": "+442071234567"}),
        client.post("/phone-numbers/+442079460303", json={"clientEnv": "sandbox"}),
        client.get("/phone-numbers/+442079460303"),
        client.post("/outbound-calls", json={"toNumber": "+442079460999", "environment": "live"}),
        client.delete("/connectors/conn_new456"),
        client.get("/connectors"),
    ]
    return [answer.content for answer in answers]


@pytest.mark.parametrize("media_type", ["application/json", "application/yaml"])
def test_a_saved_state_loaded_by_another_server_answers_the_same_byte_for_byte(mock: Mock, media_type: str) -> None:
    _act(mock.api())
    mock.post("/worlds/default/clock", {"freeze": "2026-07-02T10:00:00Z"})
    saved = mock.http.get(STATE, headers={"accept": media_type})
    assert saved.headers["content-type"] == media_type
    data = saved.json() if media_type.endswith("json") else yaml.safe_load(saved.text)
    with Mock("empty") as other:
        answer = other.http.put(STATE, json=data)
        assert answer.status_code == 200, answer.text
        assert other.get(STATE) == mock.get(STATE)
        assert _seen(other.api()) == _seen(mock.api())


def test_a_saved_state_is_a_seed_file(mock: Mock, tmp_path: Any) -> None:
    _act(mock.api())
    path = tmp_path / "saved.yaml"
    path.write_text(mock.http.get(STATE, headers={"accept": "application/yaml"}).text, encoding="utf-8")
    assert seeds.export(seeds.load_file(path)) == mock.get(STATE)


def test_replacing_the_state_keeps_the_seed_to_go_back_to(mock: Mock) -> None:
    assert mock.http.put(STATE, json={"accounts": []}).status_code == 200
    assert_refused(mock.api().get("/connectors"), 401, "AUTH_USER_INVALID_TOKEN")
    assert len(mock.get("/worlds/default/diff")["deleted"]) > 5
    mock.post("/worlds/default/reset")
    assert mock.api().get("/connectors").status_code == 200


def test_a_state_with_mistakes_is_refused_and_changes_nothing(mock: Mock) -> None:
    before = mock.get(STATE)
    wrong = {"accounts": [{"accountId": "ws-1", "apiKeys": [{"key": "a~b"}], "agentz": []}]}
    answer = mock.http.put(STATE, json=wrong)
    assert_refused(answer, 400, "MOCK_REQUEST_INVALID")
    assert "accounts[0].apiKeys[0].key" in answer.json()["error"]
    assert "did you mean agents?" in answer.json()["error"]
    assert mock.get(STATE) == before


def test_records_can_be_added_to_a_state(mock: Mock) -> None:
    added = {
        "accounts": [
            {
                "accountId": "ws-fd112d8f",
                "agents": [
                    {
                        "agentId": "PROJECT-58RP822I",
                        "connectors": [{"connectorId": "conn_added1", "phoneNumbers": ["+442079460301"]}],
                    },
                    {"agentId": "PROJECT-NEWAGENT"},
                ],
            },
            {"accountId": "ws-2", "apiKeys": [{"key": "second-key"}]},
        ],
        "outboundCalls": {"+442079460999": {"status": "FAILURE"}},
    }
    assert mock.http.patch(STATE, json=added).status_code == 200
    listed = mock.api().get("/connectors").json()["connectors"]
    assert [row["connectorId"] for row in listed] == ["conn_abc123", "conn_new456", "conn_added1"]
    created = [(change["table"], change["key"]) for change in mock.get("/worlds/default/diff")["created"]]
    assert created == [
        ("accounts", "ws-2"),
        ("apiKeys", "second-key"),
        ("agents", "PROJECT-NEWAGENT"),
        ("connectors", "conn_added1"),
        ("phoneNumbers", "+442079460301"),
        ("callOutcomes", "+442079460999"),
    ]


def test_adding_what_is_there_already_is_refused_and_changes_nothing(mock: Mock) -> None:
    before = mock.get(STATE)
    agent = {"agentId": "PROJECT-58RP822I", "phoneNumbers": ["+442071234567"]}
    answer = mock.http.patch(STATE, json={"accounts": [{"accountId": "ws-fd112d8f", "agents": [agent]}]})
    assert_refused(answer, 400, "MOCK_REQUEST_INVALID")
    assert "+442071234567" in answer.json()["error"]
    assert mock.get(STATE) == before


def test_numbers_can_be_added_to_a_connector(mock: Mock) -> None:
    connector = {"connectorId": "conn_abc123", "phoneNumbers": ["+442079460301"]}
    agent = {"agentId": "PROJECT-58RP822I", "connectors": [connector]}
    assert mock.http.patch(STATE, json={"accounts": [{"accountId": "ws-fd112d8f", "agents": [agent]}]}).is_success
    listed = mock.api().get("/phone-numbers").json()["phoneNumbers"]
    assert listed[-1]["number"] == "+442079460301"
    assert listed[-1]["connectorId"] == "conn_abc123"
    assert len(mock.get("/worlds/default/diff")["created"]) == 1


def test_a_large_world_is_saved_and_loaded_after_its_numbers_have_changed_their_order(mock: Mock) -> None:
    connectors = [
        {"connectorId": f"conn_{one}", "phoneNumbers": [f"+4420{one:03}{other:05}" for other in range(5_000)]}
        for one in range(16)
    ]
    agents = [{"agentId": AGENT, "connectors": connectors}]
    accounts = [{"accountId": "ws-1", "apiKeys": [{"key": "demo-key"}], "agents": agents}]
    assert mock.http.put(STATE, json={"accounts": accounts}).is_success
    moved = mock.api().patch("/phone-numbers/+442000000000", json={"connectorId": "conn_7"})
    assert moved.status_code == 200
    saved = mock.get(STATE)
    assert mock.http.put(STATE, json=saved).is_success
    assert mock.http.patch(STATE, json={"rejectedVoices": ["en-GB-Bad"]}).is_success
    assert mock.get(STATE) == {**saved, "rejectedVoices": ["en-GB-Bad"]}


def test_a_clock_can_be_set_with_what_is_added(mock: Mock) -> None:
    assert mock.http.patch(STATE, json={"clock": {"frozenAt": "2030-01-01T00:00:00Z"}}).is_success
    assert mock.get("/worlds/default/clock") == {"now": "2030-01-01T00:00:00Z", "frozen": True}
    assert mock.http.patch(STATE, json={"rejectedVoices": ["en-GB-Bad"]}).is_success
    assert mock.get("/worlds/default/clock") == {"now": "2030-01-01T00:00:00Z", "frozen": True}


@pytest.mark.parametrize("moment", ["1970-01-02T00:00:00Z", "8999-12-30T00:00:00Z"])
def test_a_clock_resumed_at_either_end_of_time_is_saved_and_loaded(mock: Mock, moment: str) -> None:
    for change in ({"freeze": moment}, {"resume": True}):
        mock.post("/worlds/default/clock", change)
    saved = mock.get(STATE)
    assert mock.http.put(STATE, json=saved).is_success
    assert mock.http.patch(STATE, json={"rejectedVoices": ["en-GB-Bad"]}).is_success
    assert mock.get(STATE)["clock"] == saved["clock"]


def test_adding_nothing_takes_nothing_away(mock: Mock) -> None:
    before = mock.get(STATE)
    nothing = {"policies": None, "clock": None, "accounts": [{"accountId": "ws-fd112d8f", "apiKeys": None}]}
    assert mock.http.patch(STATE, json=nothing).is_success
    assert mock.get(STATE) == before


@pytest.mark.parametrize(
    "odd",
    [
        {"accounts": [{"accountId": []}]},
        {"accounts": {}},
        {"clock": {"aheadSeconds": 3e11}},
        {"clock": {"aheadSeconds": -3e11}},
        {"clock": {"frozenAt": "9999-12-31T23:59:59Z"}},
    ],
)
def test_odd_states_are_refused_and_change_nothing(mock: Mock, odd: object) -> None:
    before = mock.get(STATE)
    assert_refused(mock.http.patch(STATE, json=odd), 400, "MOCK_REQUEST_INVALID")
    assert mock.get(STATE) == before


def test_magic_goes_with_the_policies_of_the_state() -> None:
    with Mock("demo") as demo, Mock("empty") as other:
        assert other.http.put(STATE, json=demo.get(STATE)).is_success
        for mock in (demo, other):
            assert_refused(mock.api().get("/connectors/conn_magic_limited"), 429, "TOO_MANY_REQUESTS")
        assert other.http.patch(STATE, json={"policies": {"magicValues": "ordinary"}}).is_success
        assert other.api().get("/connectors/conn_magic_limited").status_code == 200


def test_a_full_state_fills_in_every_default(mock: Mock) -> None:
    brief, full = mock.get(STATE), mock.get(STATE, full="true")
    assert brief == mock.get(STATE, full="false")
    assert "policies" not in brief
    assert full["policies"]["repeatedImport"] == "conflict"
    mock.http.put(f"{STATE}", json=full)
    assert mock.get(STATE) == brief
    assert mock.http.get(STATE, params={"full": "yes"}).status_code == 400


def test_the_diff_shows_created_updated_and_deleted_records(mock: Mock) -> None:
    client = mock.api()
    assert mock.get("/worlds/default/diff") == {"created": [], "updated": [], "deleted": []}
    client.patch("/connectors/conn_abc123", json={"variantId": "VARIANT-1"})
    client.delete("/phone-numbers/+442079460101")
    client.post("/phone-numbers/+442079460301", json={})
    owners = {"projectId": "PROJECT-58RP822I", "accountId": "ws-fd112d8f"}
    number = {"number": "+442079460301", **owners, "clientEnv": "live"}
    assert mock.get("/worlds/default/diff") == {
        "created": [
            {
                "table": "phoneNumbers",
                "key": "+442079460301",
                "record": {**number, "connectorId": "conn_new456"},
            }
        ],
        "updated": [
            {
                "table": "connectors",
                "key": "conn_abc123",
                "fields": {"variantId": {"before": "", "after": "VARIANT-1"}},
            }
        ],
        "deleted": [
            {
                "table": "phoneNumbers",
                "key": "+442079460101",
                "record": {**number, "number": "+442079460101", "connectorId": "conn_abc123"},
            }
        ],
    }
    client.patch("/connectors/conn_abc123", json={"variantId": None})
    assert mock.get("/worlds/default/diff")["updated"] == []


def test_a_snapshot_can_be_returned_to_any_number_of_times(mock: Mock) -> None:
    client = mock.api()
    client.delete("/phone-numbers/+442079460101")
    marked = mock.get(STATE)
    assert mock.post("/worlds/default/snapshots", {"name": "mark"}) == {"snapshots": ["mark"]}
    for _ in range(2):
        client.delete("/connectors/conn_abc123")
        (updated,) = mock.get("/worlds/default/diff", since="mark")["deleted"][:1]
        assert updated["key"] == "conn_abc123"
        mock.post("/worlds/default/snapshots/mark/restore")
        assert mock.get(STATE) == marked
        assert mock.get("/worlds/default/diff", since="mark") == {"created": [], "updated": [], "deleted": []}


def test_a_restored_state_mints_the_same_ids_again(mock: Mock) -> None:
    call = {"toNumber": "+442079460999", "environment": "live"}
    mock.post("/worlds/default/snapshots", {"name": "mark"})
    first = mock.api().post("/outbound-calls", json=call).json()
    mock.post("/worlds/default/snapshots/mark/restore")
    assert mock.api().post("/outbound-calls", json=call).json() == first


def test_snapshots_are_listed_and_dropped(mock: Mock) -> None:
    for name in ("one", "two"):
        mock.post("/worlds/default/snapshots", {"name": name})
    assert mock.get("/worlds/default/snapshots") == {"snapshots": ["one", "two"]}
    assert mock.http.delete("/worlds/default/snapshots/one").json() == {"snapshots": ["two"]}
    answer = mock.http.post("/worlds/default/snapshots/tow/restore", json={})
    assert_refused(answer, 404, "MOCK_NOT_FOUND")
    assert "did you mean two?" in answer.json()["error"]
    assert_refused(mock.http.get("/worlds/default/diff", params={"since": "one"}), 404, "MOCK_NOT_FOUND")


def test_snapshots_are_bounded(mock: Mock) -> None:
    for number in range(100):
        mock.post("/worlds/default/snapshots", {"name": str(number)})
    assert_refused(mock.http.post("/worlds/default/snapshots", json={"name": "more"}), 400, "MOCK_REQUEST_INVALID")
    mock.post("/worlds/default/snapshots", {"name": "0"})


@pytest.mark.parametrize("media_type", ["application/yaml", "text/yaml; charset=utf-8", "application/x-yaml"])
def test_a_state_is_taken_as_the_yaml_that_it_is_given_as(mock: Mock, media_type: str) -> None:
    _act(mock.api())
    saved = mock.http.get(STATE, headers={"accept": "application/yaml"}).content
    with Mock("empty") as other:
        assert other.http.put(STATE, content=saved, headers={"content-type": media_type}).status_code == 200
        assert other.http.get(STATE, headers={"accept": "application/yaml"}).content == saved


def test_records_are_added_as_yaml(mock: Mock) -> None:
    added = f"accounts: [{{accountId: ws-fd112d8f, agents: [{{agentId: {AGENT}, phoneNumbers: ['+442079460777']}}]}}]"
    answer = mock.http.patch(STATE, content=added, headers={"content-type": "application/yaml"})
    assert answer.status_code == 200, answer.text
    assert mock.api().get("/phone-numbers/+442079460777").status_code == 200


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"accounts: [", "2:1: "),
        (b"\xff", "1:1: not UTF-8"),
        (b"a: 1\na: 2\n", "2:1: "),
        (b"accounts: !!python/object:os.system []", "1:11: "),
        (b"accounts: [{accountId: 1 2, agents: 7}]", "].agents: expected a list"),
        (b"", "the body: null given"),
        (b"- 1\n", "the body: a list given"),
    ],
)
@pytest.mark.parametrize("method", ["PUT", "PATCH"])
def test_yaml_that_is_no_seed_is_refused_and_changes_nothing(
    mock: Mock, method: str, content: bytes, said: str
) -> None:
    before = mock.get(STATE)
    answer = mock.http.request(method, STATE, content=content, headers={"content-type": "application/yaml"})
    assert_refused(answer, 400, "MOCK_REQUEST_INVALID")
    assert said in answer.json()["error"]
    assert mock.get(STATE) == before


@pytest.mark.parametrize("method", ["PUT", "PATCH"])
@pytest.mark.parametrize("media_type", ["text/plain", "application/xml", ""])
def test_a_state_of_another_media_type_is_415(mock: Mock, method: str, media_type: str) -> None:
    answer = mock.http.request(method, STATE, content=b"{}", headers={"content-type": media_type})
    assert_refused(answer, 415, "MOCK_MEDIA_TYPE")
    assert "application/json or application/yaml" in answer.json()["error"]


def test_yaml_is_taken_for_seeds_alone(mock: Mock) -> None:
    answer = mock.http.post("/worlds", content=b"name: one", headers={"content-type": "application/yaml"})
    assert_refused(answer, 415, "MOCK_MEDIA_TYPE")


@pytest.mark.parametrize("what", ["state", "diff", "requests", "faults", "clock", "snapshots"])
@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_reading_a_world_does_not_create_it(mock: Mock, what: str, method: str) -> None:
    assert mock.http.request(method, f"/worlds/typo/{what}").status_code == 200
    assert [world["name"] for world in mock.get("/worlds")["worlds"]] == ["default"]


def test_a_world_that_does_not_exist_is_404_with_the_names_of_those_that_do(mock: Mock) -> None:
    mock.post("/worlds", {"name": "checkout-42"})
    answer = mock.http.get("/worlds/chekout-42")
    assert_refused(answer, 404, "MOCK_NOT_FOUND")
    assert answer.json()["error"] == "no world is named chekout-42 yet; did you mean checkout-42?"


def _gets() -> list[str]:
    from mockserver.control.app import OPERATIONS

    return [it.path.replace("{world}", "default") for it in OPERATIONS if it.method == "GET"]


@pytest.mark.parametrize("path", [*_gets(), "/openapi.json"])
def test_head_is_answered_as_get_without_a_body(mock: Mock, path: str) -> None:
    url = f"http://localhost{path}"
    get, head = mock.http.get(url), mock.http.head(url)
    assert (head.status_code, head.content) == (200, b"")
    volatile = {"x-polyai-correlation-id", "content-length"}  # the uptime has another length each time
    assert {it: head.headers[it] for it in head.headers if it not in volatile} == {
        it: get.headers[it] for it in get.headers if it not in volatile
    }
    assert "content-length" in head.headers
