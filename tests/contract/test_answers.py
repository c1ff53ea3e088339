"""Every answer of the contract session is one that the public document allows."""

import httpx
import pytest

from mockserver.resources import OPERATIONS
from tests.client import Client, assert_refused
from tests.contract import facts
from tests.contract.session import Answer


def test_the_session_sees_every_operation_succeed(answers: list[Answer]) -> None:
    succeeded = {(answer.method, answer.path) for answer in answers if answer.response.is_success}
    assert succeeded == {(operation.method, operation.path) for operation in OPERATIONS}


def test_every_answer_fits_the_public_document(answers: list[Answer]) -> None:
    for answer in answers:
        facts.check(*answer)


def test_every_refusal_is_the_envelope_of_six_keys(answers: list[Answer]) -> None:
    for answer in answers:
        documented = facts.responses(answer.method, answer.path).get(answer.response.status_code, {})
        schema = documented.get("content", {}).get("application/json", {}).get("schema", facts.ERROR)
        if answer.response.is_error and schema == facts.ERROR:
            assert_refused(answer.response, answer.response.status_code, answer.response.json()["error_code"])


def test_every_refusal_that_the_document_gives_as_an_example_is_seen_with_its_text(answers: list[Answer]) -> None:
    documented = {
        (operation.method, operation.path, *example)
        for operation in OPERATIONS
        for example in facts.examples(operation.method, operation.path)
    }
    seen = {
        (answer.method, answer.path, answer.response.status_code, body["error_code"], body["error_message"])
        for answer in answers
        if answer.response.is_error and "error_code" in (body := answer.response.json())
    }
    assert documented <= seen


def test_every_status_is_in_our_own_document(answers: list[Answer]) -> None:
    with Client(key=None) as client:
        paths = client.get("http://mock/openapi.json").json()["paths"]
    unannounced = {
        (answer.method, answer.path, answer.response.status_code)
        for answer in answers
        if str(answer.response.status_code) not in paths[answer.path][answer.method.lower()]["responses"]
    }
    assert unannounced == set()


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (202, b'{"imported": "+442071234567"}'),
        (201, b'{"imported": ["+442071234567"]}'),
        (201, b'{"imported": "+442071234567", "number": "+442071234567"}'),
        (201, b"{}"),
        (400, b'{"error": "nonsense"}'),
    ],
)
def test_an_answer_that_the_document_does_not_allow_is_found(status: int, body: bytes) -> None:
    answer = httpx.Response(status, content=body, headers={"content-type": "application/json"})
    with pytest.raises(AssertionError):
        facts.check("POST", "/v1/agents/{agentId}/telephony/phone-numbers/{phoneNumber}", answer)
