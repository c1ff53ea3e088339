"""A long session over all 17 operations, every answer of which must fit the public document."""

import re
from datetime import timedelta

import httpx

from mockserver.openapi.document import statuses
from mockserver.resources import OPERATIONS
from tests.app import public_document
from tests.client import AGENT, OTHER_AGENT, Client

AGENTS = "http://mock/v1/agents"


def _session(client: Client) -> None:
    """Do everything that a client can do, right and wrong."""
    conn, nums, calls = "/connectors", "/phone-numbers", "/outbound-calls"
    main, number = f"{conn}/conn_abc123", f"{nums}/+442071234567"
    for key in ("", "unheard-of", "old-key"):
        client.get(conn, headers={"x-api-key": key})
    for path in (conn, main, nums, number):
        client.get(path)
        client.get(f"{AGENTS}/{OTHER_AGENT}/telephony{path}", headers={"x-api-key": "support-only"})
        client.get(f"{AGENTS}/PROJECT-NOWHERE/telephony{path}")
    client.get(f"{conn}/conn_nowhere")
    client.get(nums, params={"connectorId": "conn_abc123"})
    client.get(f"{nums}/+442079460999")

    client.post(f"{conn}/batch", json={"connectorIds": ["conn_abc123", "conn_nowhere"]})
    client.post(f"{conn}/batch", json={})
    for looked_up in ("+442071234567", "+442079460190", "+442079460999", "nonsense"):
        client.post(f"{conn}/lookup", json={"phoneNumber": looked_up})
    client.post(f"{conn}/lookup", content=b"{")

    for update in ({}, {"variantId": "VARIANT-1"}, {"variantId": None}, {"voiceName": None}, {"voiceName": "nonsense"}):
        client.patch(main, json=update)
        client.patch(
            f"{conn}/batch", json={"updates": [{"connectorId": name, **update} for name in ("conn_new456", "x")]}
        )
    client.patch(f"{conn}/conn_nowhere", json={})
    client.patch(f"{conn}/batch", json={"updates": []})
    client.patch(main, json={"projectId": OTHER_AGENT}, headers={"x-api-key": "support-only"})
    client.patch(main, json={"projectId": "PROJECT-NOWHERE"})

    client.post(nums, json={"phoneNumbers": ["+442079460301", "+442079460302"]})
    client.post(nums, json={"phoneNumbers": ["+442079460301"]})
    client.post(nums, json={"phoneNumbers": ["nonsense"]})
    client.post(f"{nums}/+442079460303", json={"clientEnv": "pre-release"})
    client.post(f"{nums}/+442079460303", json={})
    client.post(f"{nums}/+442079460304", json={"connectorId": "conn_nowhere"})
    client.post(f"{nums}/nonsense", json={})
    client.post(f"{nums}/batch", json={"phoneNumbers": ["+442079460301", "+442079460999"]})
    client.post(f"{nums}/batch", json={"phoneNumbers": ["nonsense"]})
    client.patch(number, json={"connectorId": "conn_new456"})
    client.patch(number, json={"connectorId": "conn_nowhere"})
    client.patch(number, json={})
    client.patch(f"{nums}/+442079460999", json={"connectorId": "conn_new456"})
    client.delete(f"{nums}/+442079460301")
    client.delete(f"{nums}/+442079460301")
    client.request("DELETE", nums, json={"phoneNumbers": ["+442079460302", "+442079460999"]})
    client.request("DELETE", nums, json={"phoneNumbers": ["+442079460303"]})
    client.request("DELETE", nums)

    call = {"toNumber": "+442079460998", "environment": "live"}
    call_sid = client.post(calls, json=call).json()["callSid"]
    for change in ({"toNumber": "nonsense"}, {"environment": "x"}, {"variantId": "VARIANT-NOWHERE"}):
        client.post(calls, json={**call, **change})
    client.post(f"{AGENTS}/{OTHER_AGENT}/telephony{calls}", json={**call, "environment": "sandbox"})
    for _ in range(3):
        client.get(f"{calls}/{call_sid}/status", params={"environment": "live"})
        client.world.clock.advance(timedelta(seconds=20))
    client.get(f"{calls}/{call_sid}/status")
    client.get(f"{calls}/{call_sid}/status", params={"environment": "sandbox"})
    client.get(f"{calls}/nonsense/status", params={"environment": "live"})

    client.patch(f"{conn}/conn_new456", json={"projectId": OTHER_AGENT})
    client.delete(main)
    client.delete(main)


def _record() -> list[httpx.Response]:
    seen: list[httpx.Response] = []
    with Client("demo") as client:
        client.event_hooks = {"response": [lambda response: seen.append(response)]}
        _session(client)
    return seen


def _operation(response: httpx.Response) -> tuple[str, str]:
    """Return the method and the path template of the most literal operation that a request was for."""
    path = response.request.url.path
    matching = [
        operation
        for operation in OPERATIONS
        if operation.method == response.request.method and re.fullmatch(re.sub(r"{\w+}", "[^/]+", operation.path), path)
    ]
    best = min(matching, key=lambda operation: operation.path.count("{"))
    return best.method, best.path


def test_the_session_uses_every_operation_and_sees_it_succeed() -> None:
    succeeded = {_operation(response) for response in _record() if response.is_success}
    assert succeeded == {(operation.method, operation.path) for operation in OPERATIONS}


def test_every_status_of_the_session_is_in_our_own_document() -> None:
    ours = {(operation.method, operation.path): statuses(operation) for operation in OPERATIONS}
    unannounced = {
        (*_operation(response), response.status_code)
        for response in _record()
        if response.status_code not in ours[_operation(response)]
    }
    assert unannounced == set()


@public_document.needed
def test_every_answer_of_the_session_fits_the_public_document() -> None:
    document = public_document.load()
    for response in _record():
        method, path = _operation(response)
        documented = document["paths"][path][method.lower()]["responses"]
        if response.is_success:
            schema = documented[str(response.status_code)]["content"]["application/json"]["schema"]
        else:
            schema = {"$ref": "#/components/schemas/Error"}
        public_document.validate(schema, response.json())


@public_document.needed
def test_a_refusal_has_the_text_of_the_documents_example() -> None:
    document = public_document.load()
    compared = set()
    for response in _record():
        method, path = _operation(response)
        documented = document["paths"][path][method.lower()]["responses"].get(str(response.status_code), {})
        example = documented.get("content", {}).get("application/json", {}).get("example")
        if example and example["error_code"] == response.json()["error_code"]:
            assert response.json() == {**example, "error_id": response.headers["x-polyai-correlation-id"]}
            compared.add(example["error_code"])
    assert compared == {
        "CONNECTORS_NOT_FOUND",
        "CONNECTORS_VALIDATION_FAILED",
        "PHONE_NUMBERS_INVALID_PHONE_NUMBER_FORMAT",
        "PHONE_NUMBERS_NOT_FOUND",
    }


def test_the_documented_examples_of_the_telephony_guide_work_on_the_demo_world() -> None:
    with Client("demo") as client:
        number = f"{AGENTS}/{AGENT}/telephony/phone-numbers/+442071234567"
        assert client.get(number).json()["connectorId"] == "conn_abc123"
        assert client.post(number, json={"connectorId": "conn_abc123"}).status_code == 201
        assert client.patch(number, json={"connectorId": "conn_new456"}).json()["connectorId"] == "conn_new456"
        assert client.delete(number).json() == {"deleted": "+442071234567"}
        assert client.post(number, json={"connectorId": "conn_abc123"}).status_code == 201
