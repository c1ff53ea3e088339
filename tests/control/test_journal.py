"""The journal: what a world was asked, and what came of it."""

import gc
import json
import tracemalloc
from collections.abc import Sequence
from difflib import SequenceMatcher

import pytest

from mockserver.state.schema import Record
from mockserver.state.table import Table
from mockserver.world.journal import MAX_BODY_BYTES, MAX_CHANGES, MAX_KEPT_NEAR_MISSES
from tests.client import assert_refused
from tests.control.mock import Mock

LONG = "x" * 900_000  # as long as a body may be


def test_an_entry_tells_request_answer_and_what_changed(mock: Mock) -> None:
    mock.post("/worlds/default/clock", {"freeze": "2026-07-02T10:00:00Z"})
    answer = mock.api().patch("/connectors/conn_abc123", json={"variantId": "VARIANT-1"})
    (entry,) = mock.requests()
    assert entry.pop("durationMs") >= 0
    assert entry == {
        "number": 1,
        "time": "2026-07-02T10:00:00Z",
        "method": "PATCH",
        "path": "/v1/agents/PROJECT-58RP822I/telephony/connectors/conn_abc123",
        "operation": "updateConnector",
        "status": 200,
        "errorCode": None,
        "correlationId": answer.headers["x-polyai-correlation-id"],
        "requestBody": {"variantId": "VARIANT-1"},
        "requestBytes": 25,
        "requestMediaType": "application/json",
        "responseBody": answer.json(),
        "responseBytes": len(answer.content),
        "responseMediaType": "application/json",
        "changed": [{"table": "connectors", "key": "conn_abc123", "change": "updated"}],
        "moreChanged": 0,
        "faults": [],
        "mistakes": [],
        "unknownFields": [],
        "nearest": None,
        "traceback": None,
    }


@pytest.mark.parametrize(
    ("content", "media_type", "shown"),
    [
        (b"RIFF\x00\xff", "audio/wav", {"bytes": 6, "base64": "UklGRgD/"}),
        (b"x" * 100, "application/octet-stream", {"bytes": 100, "base64": "eHh4" * 16}),
        (b'{"a": 1}', "application/octet-stream", {"a": 1}),
        (b"\xffnot json", "application/json", "\ufffdnot json"),
        (b"a=b", "application/x-www-form-urlencoded", "a=b"),
        (b'{"a": 1}', "", {"a": 1}),
    ],
)
def test_a_body_is_shown_as_json_or_text_or_as_the_length_and_head_of_binary_data(
    mock: Mock, content: bytes, media_type: str, shown: object
) -> None:
    headers = {"content-type": media_type} if media_type else {}
    mock.api().post("/connectors/lookup", content=content, headers=headers)
    (entry,) = mock.requests()
    assert entry["requestBody"] == shown
    assert entry["requestMediaType"] == (media_type or None)


def test_a_cascade_is_one_request_with_all_that_it_changed(mock: Mock) -> None:
    mock.api().delete("/connectors/conn_abc123")
    (entry,) = mock.requests()
    assert [(change["table"], change["key"], change["change"]) for change in entry["changed"]] == [
        ("phoneNumbers", "+442071234567", "deleted"),
        ("phoneNumbers", "+442079460101", "deleted"),
        ("connectors", "conn_abc123", "deleted"),
    ]


def test_what_was_undone_within_a_request_has_not_changed(mock: Mock) -> None:
    updates = [{"connectorId": "conn_abc123", "variantId": value} for value in ("VARIANT-1", None)]
    mock.api().patch("/connectors/batch", json={"updates": updates})
    assert mock.requests()[0]["changed"] == []


def test_keys_are_never_stored(mock: Mock) -> None:
    mock.api("one").get("/connectors")
    mock.api("one", key="unheard-of-key").get("/connectors")
    text = mock.http.get("/worlds/one/requests").text
    assert [entry["status"] for entry in mock.requests("one")] == [200, 401]
    assert "demo-key" not in text
    assert "unheard-of-key" not in text


def test_a_request_belongs_to_the_world_of_its_key(mock: Mock) -> None:
    mock.api("one").get("/connectors")
    mock.api().get("/phone-numbers")
    assert [entry["operation"] for entry in mock.requests("one")] == ["listConnectors"]
    assert [entry["operation"] for entry in mock.requests()] == ["listPhoneNumbers"]


@pytest.mark.parametrize(
    ("filters", "numbers"),
    [
        ({"operation": "getConnector"}, [2, 3]),
        ({"method": "post"}, [4]),
        ({"path": "/v1/agents/*/telephony/connectors/*"}, [2, 3, 4]),
        ({"path": "/v1/agents/PROJECT-58RP822I/telephony/connectors"}, [1]),
        ({"status": 404}, [3]),
        ({"since": 2}, [3, 4]),
        ({"since": "2026-07-02T10:00:01Z"}, [4]),
        ({"operation": "getConnector", "status": 200}, [2]),
        ({"operation": "deleteConnector"}, []),
    ],
)
def test_entries_can_be_filtered(mock: Mock, filters: dict[str, str | int], numbers: list[int]) -> None:
    client = mock.api()
    mock.post("/worlds/default/clock", {"freeze": "2026-07-02T10:00:00Z"})
    client.get("/connectors")
    client.get("/connectors/conn_abc123")
    client.get("/connectors/conn_nowhere")
    mock.post("/worlds/default/clock", {"advance": "1s"})
    client.post("/connectors/batch", json={"connectorIds": ["conn_abc123"]})
    assert [entry["number"] for entry in mock.requests(**filters)] == numbers


def test_unexpected_requests_can_be_told_from_the_others(mock: Mock) -> None:
    client = mock.api()
    client.get("/connectors")
    client.get("/connectors/conn_nowhere")
    client.get("/connecters")
    client.put("/connectors")
    client.get("http://mock/v1/accounts/ws-fd112d8f/voice-library")
    client.patch("/connectors/conn_abc123", json={"voicename": "en-GB-Wavenet-B"})
    client.patch("/connectors/conn_abc123", json={"variantId": 5, "voicename": "en-GB-Wavenet-B"})
    client.patch("/connectors/conn_abc123", json={"variantId": 5})
    assert [entry["number"] for entry in mock.requests(unexpected="true")] == [3, 4, 5, 6, 7]
    assert [entry["number"] for entry in mock.requests(unexpected="false")] == [1, 2, 8]


@pytest.mark.parametrize(
    "filters",
    [
        {"status": "ok"},
        {"status": "\u00b2"},
        {"status": "9" * 5_000},
        {"since": "yesterday"},
        {"since": "2026-07-02T10:00:00"},
        {"since": "\u00b2"},
        {"since": "9" * 5_000},
        {"operation": "listConnecters"},
        {"unexpected": "yes"},
        {"statsu": "404"},
    ],
)
def test_a_filter_that_makes_no_sense_is_refused(mock: Mock, filters: dict[str, str]) -> None:
    assert_refused(mock.http.get("/worlds/default/requests", params=filters), 400, "MOCK_REQUEST_INVALID")


def test_the_ring_is_bounded_and_says_how_many_it_dropped() -> None:
    with Mock(journal_size=3) as mock:
        for _ in range(5):
            mock.api().get("/connectors")
        seen = mock.get("/worlds/default/requests")
        assert [entry["number"] for entry in seen["requests"]] == [3, 4, 5]
        assert seen["evicted"] == 2


def test_the_oldest_requests_give_way_to_the_budget_in_bytes_and_the_last_one_stays() -> None:
    with Mock(journal_bytes=20_000) as mock:
        for _ in range(50):
            mock.api().post("/connectors/batch", json={"connectorIds": ["x" * 3_000]})
        seen = mock.get("/worlds/default/requests")
        assert 1 < len(seen["requests"]) < 10
        assert seen["evicted"] == 50 - len(seen["requests"])
        assert seen["requests"][-1]["number"] == 50
        mock.api().post("/connectors/batch", json={"connectorIds": ["x" * 19_000]})
        assert [entry["number"] for entry in mock.requests()] == [51]


def test_near_misses_that_outlive_the_ring_have_a_budget_too() -> None:
    with Mock(journal_bytes=20_000) as mock:
        for _ in range(50):
            mock.api().get("/unheard-of-" + "x" * 1_900)
        assert 1 < len(mock.requests()) < 12


def test_an_entry_keeps_some_hundred_changes_and_counts_the_rest(mock: Mock) -> None:
    numbers = [f"+4420{index:08}" for index in range(MAX_CHANGES + 5)]
    mock.api().post("/phone-numbers", json={"phoneNumbers": numbers})
    entry = mock.requests()[-1]
    assert len(entry["changed"]) == MAX_CHANGES
    assert entry["moreChanged"] == 5


def test_near_misses_outlive_the_ring() -> None:
    with Mock(journal_size=2) as mock:
        for index in range(MAX_KEPT_NEAR_MISSES + 1):
            mock.api().get(f"/unheard-of-{index}")
        for _ in range(5):
            mock.api().get("/connectors")
        seen = mock.get("/worlds/default/requests")
        numbers = [entry["number"] for entry in seen["requests"]]
        assert numbers == [*range(2, MAX_KEPT_NEAR_MISSES + 2), MAX_KEPT_NEAR_MISSES + 5, MAX_KEPT_NEAR_MISSES + 6]
        assert seen["evicted"] == 4
        assert len(mock.requests(unexpected="true", since=50)) == MAX_KEPT_NEAR_MISSES + 1 - 50
        assert mock.http.delete("/worlds/default/requests").json() == {"requests": [], "evicted": 0}


def test_a_journal_that_is_cleared_counts_from_1_again(mock: Mock) -> None:
    mock.api().get("/connectors")
    assert mock.http.delete("/worlds/default/requests").json() == {"requests": [], "evicted": 0}
    mock.api().get("/connectors")
    assert mock.get("/worlds/default/requests")["evicted"] == 0
    assert [entry["number"] for entry in mock.requests()] == [1]


@pytest.mark.parametrize("prefix", ["", "/v2", "//v1", "/api/v1", "/V1"])
def test_a_wrong_base_path_is_an_unknown_route_too(mock: Mock, prefix: str) -> None:
    assert_refused(
        mock.api("one").get(f"http://mock{prefix}/agents/acme-support/telephony/connectors"), 404, "NOT_FOUND"
    )
    (entry,) = mock.requests("one", unexpected="true")
    assert entry["nearest"] == "GET /v1/agents/{agentId}/telephony/connectors"


@pytest.mark.parametrize(
    ("body", "mistakes"),
    [
        (b'{"phoneNumbers": "+442079460555", "clientEnv": "live"}', ['phoneNumbers: "+442079460555" given, but ']),
        (b'{"phoneNumbers": [], "clientEnv": "prod"}', ["phoneNumbers: ", 'clientEnv: "prod" given, but ']),
        (b"{}", ["phoneNumbers: field required"]),
        (b"[]", ["the body: a list given, but "]),
        (b"{", ["the body is not JSON "]),
        (b"", ["the body is missing"]),
        (b'{"phoneNumbers": [' + b"1," * 1_000 + b"1]}", [f"phoneNumbers[{index}]: 1 given" for index in range(20)]),
    ],
)
def test_a_body_that_does_not_fit_is_explained(mock: Mock, body: bytes, mistakes: list[str]) -> None:
    assert mock.api().post("/phone-numbers", content=body).status_code == 400
    (entry,) = mock.requests()
    assert len(entry["mistakes"]) == len(mistakes)
    for said, begins in zip(entry["mistakes"], mistakes, strict=True):
        assert said.startswith(begins), said


def test_a_missing_query_parameter_is_explained(mock: Mock) -> None:
    mock.api().get("/outbound-calls/x/status")
    (entry,) = mock.requests()
    assert (entry["status"], entry["mistakes"]) == (400, ["environment: field required"])


def test_an_unknown_query_parameter_is_marked_with_the_nearest(mock: Mock) -> None:
    mock.api().get("/phone-numbers", params={"conectorId": "conn_abc123", "x": "1"})
    mock.api().get("/phone-numbers", params={"connectorId": "conn_abc123"})
    (entry,) = mock.requests(unexpected="true")
    assert entry["unknownFields"] == [
        "?conectorId (nearest: connectorId; known: connectorId)",
        "?x (known: connectorId)",
    ]


def test_unknown_parameters_and_fields_are_marked_together(mock: Mock) -> None:
    mock.api().patch("/connectors/conn_abc123", params={"x": "1"}, json={"variant": None})
    (entry,) = mock.requests(unexpected="true")
    parameter, field = entry["unknownFields"]
    assert parameter == "?x (known: none)"
    assert field.startswith("variant (nearest: variantId; known: asrLangCode, ")


@pytest.mark.parametrize("name", ["", "a b", "test_x[eu]", ".."])
def test_a_key_with_what_can_be_no_worlds_name_is_found_in_the_default_world(mock: Mock, name: str) -> None:
    assert_refused(mock.api(name).get("/connectors"), 401, "AUTH_USER_INVALID_TOKEN")
    assert [entry["errorCode"] for entry in mock.requests()] == ["AUTH_USER_INVALID_TOKEN"]


def test_the_document_is_there_for_clients_with_a_key_too(mock: Mock) -> None:
    assert mock.api("one").get("http://mock/openapi.json").json()["openapi"].startswith("3.")
    assert mock.requests("one") == []


def test_an_unknown_route_is_marked_with_the_nearest(mock: Mock) -> None:
    mock.api().get("/connecters")
    mock.api().get("http://mock/v1/agents/acme-support/telephony/phone-number/+442071234567")
    first, second = mock.requests()
    assert (first["status"], first["operation"]) == (404, None)
    assert first["nearest"] == "GET /v1/agents/{agentId}/telephony/connectors"
    assert second["nearest"] == "GET /v1/agents/{agentId}/telephony/phone-numbers/{phoneNumber}"


def test_whoever_reads_the_journal_pays_for_near_misses(mock: Mock, monkeypatch: pytest.MonkeyPatch) -> None:
    compared: list[str] = []

    class Matcher(SequenceMatcher[str]):
        def set_seq2(self, b: Sequence[str]) -> None:
            compared.append("".join(b))
            super().set_seq2(b)

    monkeypatch.setattr("difflib.SequenceMatcher", Matcher)
    route = "http://mock/v1/" + "a" * 300
    mock.api(key="unknown").get(route)
    mock.api().get(route)
    mock.api().get("/connectors/conn_abc124")
    mock.api().get("/phone-numbers", params={"conectorId": "conn_abc123"})
    mock.api().patch("/connectors/conn_abc123", json={"a" * 300: 1})
    assert compared == []
    mock.requests()
    assert {"conn_abc124", "conectorId", "a" * 200} <= set(compared)
    assert max(map(len, compared)) < 250


def test_an_id_of_any_length_stands_for_the_placeholder_of_the_nearest_route(mock: Mock) -> None:
    mock.api().get("http://mock/v1/agent/" + "x" * 180)
    (entry,) = mock.requests()
    assert entry["nearest"] == "DELETE /v1/agents/{agentId}"


def test_an_unknown_route_is_in_the_journal_of_a_world_that_it_is_the_first_to_name(mock: Mock) -> None:
    mock.api("one").get("/connecters")
    assert [entry["status"] for entry in mock.requests("one")] == [404]
    assert mock.requests() == []


def test_a_bad_key_that_names_no_world_leaves_no_trace_in_another(mock: Mock) -> None:
    mock.api("nowhere", key="unheard-of").get("/connectors")
    assert mock.requests() == []
    with Mock() as untouched:
        ids = [it.api().get("/connectors").headers["x-polyai-correlation-id"] for it in (mock, untouched)]
    assert ids[0] == ids[1]


def test_entries_are_bounded_in_all_their_parts(mock: Mock) -> None:
    client = mock.api()
    client.patch("/connectors/conn_abc123", json={f"field{number}": 1 for number in range(1_000)})
    client.get(f"/connectors/{'x' * 10_000}", headers={"x-polyai-correlation-id": "y" * 10_000})
    first, second = mock.requests()
    assert len(first["unknownFields"]) == 20
    assert len(second["path"]) == len(second["correlationId"]) == 2_048


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/phone-numbers/+442079460100", {"connectorId": LONG}),
        ("/connectors/conn_abc123", {"variantId": LONG}),
        ("/connectors/conn_abc123", {LONG: 1}),
    ],
    ids=["id", "variant", "field"],
)
def test_of_a_long_text_only_the_beginning_is_kept(mock: Mock, path: str, body: object) -> None:
    mock.http.patch("/worlds/default/state", json={"policies": {"variantCheck": "listed"}})
    client, content = mock.api(), json.dumps(body)
    client.patch(path, content=content)
    gc.collect()
    tracemalloc.start()
    client.patch(path, content=content)
    gc.collect()
    kept, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    entry = mock.requests()[-1]
    assert kept < len(LONG) / 5
    assert max(map(len, entry["mistakes"] + entry["unknownFields"])) < 1_000


def test_what_is_no_json_for_others_is_shown_as_text(mock: Mock) -> None:
    mock.api().post("/connectors/lookup", content=b'{"phoneNumber": NaN, "x": 1e400}')
    assert mock.requests()[0]["requestBody"] == '{"phoneNumber": NaN, "x": 1e400}'


def test_fields_that_the_operation_does_not_know_are_marked_with_the_nearest(mock: Mock) -> None:
    client = mock.api()
    client.patch("/connectors/conn_abc123", json={"voice_name": "en-GB-Wavenet-A", "variantId": None})
    client.patch(
        "/connectors/batch", json={"updates": [{"connectorId": "conn_abc123"}, {"connectorId": "x", "voiceNam": 1}]}
    )
    client.post("/connectors/lookup", json={"number": "+442071234567"})
    client.post(
        "/outbound-calls", json={"toNumber": "+442012345678", "environment": "live", "metadata": {"any": "name"}}
    )
    assert [field.partition(";")[0] for entry in mock.requests() for field in entry["unknownFields"]] == [
        "voice_name (nearest: voiceName",
        "updates[1].voiceNam (nearest: voiceName",
        "number (nearest: phoneNumber",
    ]
    assert mock.requests()[2]["unknownFields"] == ["number (nearest: phoneNumber; known: phoneNumber)"]


def test_bodies_that_are_no_json_are_kept_as_text_and_cut(mock: Mock) -> None:
    mock.api().post("/connectors/lookup", content=b"{" + b"x" * 2 * MAX_BODY_BYTES)
    (entry,) = mock.requests()
    assert entry["status"] == 400
    assert entry["requestBody"] == "{" + "x" * (MAX_BODY_BYTES - 1)


def test_a_defect_leaves_its_traceback_and_an_unchanged_state(mock: Mock, monkeypatch: pytest.MonkeyPatch) -> None:
    before = mock.get("/worlds/default/state")
    pop = Table.pop

    def pop_or_break(table: Table[Record], key: str) -> Record:
        assert key != "conn_abc123", "a planted defect"
        return pop(table, key)

    monkeypatch.setattr(Table, "pop", pop_or_break)
    assert_refused(mock.api().delete("/connectors/conn_abc123"), 500, "INTERNAL_ERROR")
    monkeypatch.undo()
    (entry,) = mock.requests()
    assert "a planted defect" in entry["traceback"]
    assert entry["changed"] == []
    assert mock.get("/worlds/default/state") == before


@pytest.mark.parametrize("status", ["99", "600", "0", "x"])
def test_a_status_that_does_not_exist_is_refused_as_a_filter(mock: Mock, status: str) -> None:
    answer = mock.http.get("/worlds/default/requests", params={"status": status})
    assert_refused(answer, 400, "MOCK_REQUEST_INVALID")
    assert answer.json()["error"].startswith("status: ")


def test_an_entry_is_found_by_every_filter_with_what_the_entry_shows(mock: Mock) -> None:
    mock.api().get("/phone-numbers?connectorId=conn%5Fabc123&x=%2B1")
    mock.api().get("/connectors/a%2Fb%20c")
    mock.api().get("/connecters/x")
    for entry in mock.requests():
        for name in ("operation", "method", "path", "status"):
            if entry[name] is not None:
                assert entry in mock.requests(**{name: entry[name]}), (name, entry[name])
        assert entry in mock.requests(since=entry["number"] - 1)
        assert entry in mock.requests(since=entry["time"])
