"""What is common to all requests: routes, correlation ids, invalid bodies."""

import re

import httpx
import pytest

from mockserver import seeds
from mockserver.resources import OPERATIONS, UNBUILT, public_operations
from tests.client import AGENT, Client, assert_refused

UUID4 = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")

BAD_JSON = {
    "malformed": b'{"phoneNumber": ',
    "trailing text": b'{"phoneNumber": "+442071234567"} x',
    "NaN": b'{"phoneNumber": NaN}',
    "Infinity in an unknown field": b'{"phoneNumber": "+442071234567", "x": -Infinity}',
    "deep nesting": b"[" * 100_000,
    "deep nesting in objects": b'{"x":' * 100_000,
    "not UTF-8": b'{"phoneNumber": "\xff"}',
    "UTF-16": '{"phoneNumber": "+442071234567"}'.encode("utf-16"),
    "a byte order mark": b'\xef\xbb\xbf{"phoneNumber": "+442071234567"}',
    "a key twice": b'{"phoneNumber": "+442071234567", "phoneNumber": "+442079460101"}',
    "a lone surrogate": b'{"phoneNumber": "+442071234567", "x": "\\ud800"}',
    "an absurd number": b'{"phoneNumber": "+442071234567", "x": ' + b"9" * 5_000 + b"}",
    "a list": b"[]",
    "a text": b'"+442071234567"',
    "null": b"null",
    "a control character": b'{"phoneNumber": "\x01"}',
    "nothing": b"",
    "white space": b"  ",
}


def _ask_unbuilt(client: Client, method: str, path: str) -> httpx.Response:
    path = path.replace("{agentId}", AGENT).replace("{accountId}", "acme-uk")
    return client.request(method, f"http://mock{path.replace('{', '').replace('}', '')}")


def session(client: Client) -> None:
    """The part of all requests in the contract session."""
    client.get("http://mock/v1/nowhere")
    client.get("http://mock/v1/accounts/nowhere/agents")
    client.put("/connectors")
    for method, path in UNBUILT[:1]:
        _ask_unbuilt(client, method, path)
    client.patch("/connectors/conn_abc123", json={"clientEnv": "sandbox"})
    client.patch("/connectors/conn_abc123", content=b" " * (2 * 1024 * 1024))


@pytest.mark.parametrize("body", BAD_JSON.values(), ids=BAD_JSON.keys())
def test_a_body_that_is_not_a_json_object_is_a_bad_request(client: Client, body: bytes) -> None:
    before = seeds.export(client.state)
    answer = client.post("/connectors/lookup", content=body)
    assert_refused(answer, 400, "SCHEMA_VALIDATION_FAILED")
    assert seeds.export(client.state) == before


def test_a_body_needs_no_content_type(client: Client) -> None:
    answer = client.post("/connectors/lookup", content=b'{"phoneNumber": "+442071234567"}')
    assert answer.status_code == 200


def test_a_surrogate_pair_is_a_character(client: Client) -> None:
    answer = client.post("/connectors/batch", content=b'{"connectorIds": ["\\ud83d\\ude00"]}')
    assert answer.json()["notFound"] == ["\N{GRINNING FACE}"]


def test_a_body_over_the_limit_is_refused_and_one_at_the_limit_is_read() -> None:
    with Client(max_body_bytes=100) as client:
        fits = b'{"phoneNumber": "+442071234567"}'.ljust(100)
        assert client.post("/connectors/lookup", content=fits).status_code == 200
        assert_refused(client.post("/connectors/lookup", content=fits + b" "), 413, "PAYLOAD_TOO_LARGE")
        chunks = (b" " * 60 for _ in range(2))
        assert_refused(client.post("/connectors/lookup", content=chunks), 413, "PAYLOAD_TOO_LARGE")


@pytest.mark.parametrize(
    "path", ["/", "/v1", "/v1/agents", "/v2/agents", "/favicon.ico", "/v1//agents", "/V1/agents/x"]
)
def test_an_unknown_route_is_a_404_in_the_envelope(client: Client, path: str) -> None:
    assert_refused(client.get(f"http://mock{path}"), 404, "NOT_FOUND")


@pytest.mark.parametrize("suffix", ["/", "//", "/x/y", "%2F"])
def test_a_path_must_match_exactly(client: Client, suffix: str) -> None:
    answer = client.get(f"/connectors{suffix}" if suffix != "/x/y" else "/connectors/x/y")
    assert answer.status_code == 404
    assert set(answer.json()) == {"success", "error", "error_id", "error_code", "error_message", "data"}
    assert not answer.has_redirect_location


@pytest.mark.parametrize("method", ["PUT", "POST", "PATCH", "DELETE", "OPTIONS"])
def test_a_wrong_method_is_a_405_that_names_the_right_ones(client: Client, method: str) -> None:
    answer = client.request(method, "/connectors")
    assert_refused(answer, 405, "METHOD_NOT_ALLOWED")
    assert answer.headers["allow"] == "GET"


def test_the_methods_of_a_literal_route_and_of_the_placeholder_are_both_allowed(client: Client) -> None:
    answer = client.put("/connectors/batch")
    assert_refused(answer, 405, "METHOD_NOT_ALLOWED")
    assert answer.headers["allow"] == "DELETE, GET, PATCH, POST"


def test_a_wrong_method_outside_the_api_is_a_405_too(client: Client) -> None:
    answer = client.post("http://mock/openapi.json")
    assert_refused(answer, 405, "METHOD_NOT_ALLOWED")
    assert answer.headers["allow"] == "GET, HEAD"


def test_a_literal_route_beats_the_placeholder_only_for_its_methods(client: Client) -> None:
    assert_refused(client.get("/connectors/lookup"), 404, "CONNECTORS_NOT_FOUND")
    assert_refused(client.get("/phone-numbers/batch"), 404, "PHONE_NUMBERS_NOT_FOUND")


@pytest.mark.parametrize(("method", "path"), UNBUILT)
def test_an_operation_that_is_not_built_answers_501(client: Client, method: str, path: str) -> None:
    assert_refused(_ask_unbuilt(client, method, path), 501, "NOT_IMPLEMENTED")


def test_every_operation_of_the_public_document_is_built_or_answers_501() -> None:
    built = {(operation.method, operation.path) for operation in OPERATIONS}
    assert len(built) == len(OPERATIONS)
    assert built.isdisjoint(UNBUILT)
    assert built | set(UNBUILT) == set(public_operations())


@pytest.mark.parametrize(
    "path", ["/connectors", "/connectors/conn_nowhere", "http://mock/nowhere", "http://mock/openapi.json"]
)
def test_every_response_has_a_correlation_id_of_its_own(client: Client, path: str) -> None:
    first, second = (client.get(path).headers["x-polyai-correlation-id"] for _ in range(2))
    assert UUID4.fullmatch(first)
    assert UUID4.fullmatch(second)
    assert first != second


@pytest.mark.parametrize("path", ["/connectors", "/connectors/conn_nowhere", "http://mock/nowhere"])
def test_a_correlation_id_that_is_sent_comes_back_unchanged(client: Client, path: str) -> None:
    answer = client.get(path, headers=[(b"X-PolyAI-Correlation-Id", b"adk-1/\xe9")])
    assert answer.headers["x-polyai-correlation-id"] == "adk-1/\xe9"
    if answer.is_error:
        assert_refused(answer, answer.status_code, answer.json()["error_code"])


@pytest.mark.parametrize("path", ["/connectors", "/connectors/conn_nowhere"])
def test_answers_look_as_those_of_the_services_python_back_end(client: Client, path: str) -> None:
    answer = client.get(path)
    assert answer.headers["content-type"] == "application/json"
    assert answer.headers["access-control-allow-origin"] == "*"
    assert answer.content.endswith(b"}\n")
    keys = list(answer.json())
    assert keys == sorted(keys)


def test_headers_that_other_clients_send_are_ignored(client: Client) -> None:
    headers = {"X-Poly-Source": "adk", "X-PolyAI-Email": "a@example.com", "Content-Type": "application/json"}
    assert client.get("/connectors", headers=headers).status_code == 200


def test_a_defect_is_a_500_in_the_envelope(
    client: Client, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr("mockserver.state.connectors.list_connectors", _broken)
    answer = client.get("/connectors")
    assert_refused(answer, 500, "INTERNAL_ERROR")
    assert "a planted defect" in caplog.text
    monkeypatch.undo()
    assert client.get("/connectors").status_code == 200


def _broken(*_args: object) -> httpx.Response:
    raise AssertionError("a planted defect")
