"""Each policy: what its other choices do. The defaults are shown by the tests of the operations."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import fields
from pathlib import Path

import pytest

from mockserver.seeds import shipped
from mockserver.state.policies import Policies
from mockserver.state.schema import camel
from mockserver.state.secrets import StoredSecret
from tests.client import AGENT, OTHER_AGENT, Client, assert_refused


class Seeded:
    """Makes clients of the small seed with some policies."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / "seed.yaml"

    @contextmanager
    def __call__(self, **policies: str) -> Iterator[Client]:
        chosen = ", ".join(f"{name}: {choice}" for name, choice in policies.items())
        seed = shipped()["two_agents"].read_text(encoding="utf-8")
        seed = seed.replace("name: Support Agent\n", "name: Support Agent\n        variants: [VARIANT-1]\n")
        self._path.write_text(f"{seed}policies: {{{chosen}}}\n", encoding="utf-8")
        with Client(str(self._path)) as client:
            yield client


@pytest.fixture
def seeded(tmp_path: Path) -> Seeded:
    return Seeded(tmp_path)


def test_every_policy_is_shown_by_a_test_of_this_file() -> None:
    source = Path(__file__).read_text(encoding="utf-8")
    unshown = [policy.name for policy in fields(Policies) if f"{camel(policy.name)}=" not in source]
    assert unshown == []


def test_without_auto_creation_an_import_into_an_empty_environment_is_routed_nowhere(seeded: Seeded) -> None:
    with seeded(autoCreateConnector="never") as client:
        client.post("/phone-numbers/+442079460301", json={"clientEnv": "pre-release"})
        assert "connectorId" not in client.get("/phone-numbers/+442079460301").json()
        assert len(client.get("/connectors").json()["connectors"]) == 2


def test_imports_may_be_routed_nowhere(seeded: Seeded) -> None:
    with seeded(importRouting="none") as client:
        client.post("/phone-numbers", json={"phoneNumbers": ["+442079460301"]})
        assert "connectorId" not in client.get("/phone-numbers/+442079460301").json()


def test_the_connector_id_of_an_import_may_be_obeyed(seeded: Seeded) -> None:
    with seeded(importConnectorId="route") as client:
        assert client.post("/phone-numbers/+442079460301", json={"connectorId": "conn_new456"}).status_code == 201
        assert client.get("/phone-numbers/+442079460301").json()["connectorId"] == "conn_new456"
        client.post("/phone-numbers/+442079460302", json={"connectorId": "conn_new456", "clientEnv": "sandbox"})
        assert client.get("/phone-numbers/+442079460302").json()["clientEnv"] == "sandbox"
        for connector_id in ("conn_nowhere", "conn_sales01"):
            answer = client.post("/phone-numbers/+442079460303", json={"connectorId": connector_id})
            assert_refused(answer, 404, "PHONE_NUMBERS_CONNECTOR_DOES_NOT_EXIST")
            assert_refused(client.get("/phone-numbers/+442079460303"), 404, "PHONE_NUMBERS_NOT_FOUND")


def test_fields_without_a_value_may_be_null(seeded: Seeded) -> None:
    with seeded(absentFields='"null"', importRouting="none") as client:
        client.post("/phone-numbers", json={"phoneNumbers": ["+442079460301"]})
        number = client.get("/phone-numbers/+442079460301").json()
        assert number["connectorId"] is None
        assert number in client.get("/phone-numbers").json()["phoneNumbers"]
        assert client.post("/phone-numbers/batch", json={"phoneNumbers": ["+442079460301"]}).json()["found"] == [number]
        assert client.get("/phone-numbers/+442071234567").json()["connectorId"] == "conn_abc123"


def test_an_import_without_a_body_may_be_refused(seeded: Seeded) -> None:
    with seeded(missingImportBody="refuse") as client:
        assert_refused(client.post("/phone-numbers/+442079460301"), 400, "SCHEMA_VALIDATION_FAILED")
        assert client.post("/phone-numbers/+442079460301", json={}).status_code == 201


def test_existing_numbers_may_be_skipped_by_a_batch_import(seeded: Seeded) -> None:
    with seeded(existingImports="skip") as client:
        body = {"phoneNumbers": ["+442071234567", "+442079460301"]}
        assert client.post("/phone-numbers", json=body).json() == {"imported": ["+442079460301"]}
        assert client.post("/phone-numbers", json=body).json() == {"imported": []}


def test_an_import_onto_the_connector_that_the_number_is_on_may_be_accepted(seeded: Seeded) -> None:
    with seeded(repeatedImport="accept", importConnectorId="route") as client:
        answer = client.post("/phone-numbers/+442071234567", json={"connectorId": "conn_abc123"})
        assert (answer.status_code, answer.json()) == (201, {"imported": "+442071234567"})
        elsewhere = client.post("/phone-numbers/+442071234567", json={"connectorId": "conn_new456"})
        assert_refused(elsewhere, 409, "PHONE_NUMBERS_ALREADY_EXISTS")
        assert_refused(client.post("/phone-numbers/+442071234567"), 409, "PHONE_NUMBERS_ALREADY_EXISTS")


def test_a_number_listed_twice_may_refuse_an_import(seeded: Seeded) -> None:
    with seeded(duplicateImports="refuse") as client:
        answer = client.post("/phone-numbers", json={"phoneNumbers": ["+442079460301", "+442079460301"]})
        assert_refused(answer, 409, "PHONE_NUMBERS_ALREADY_EXISTS")
        assert_refused(client.get("/phone-numbers/+442079460301"), 404, "PHONE_NUMBERS_NOT_FOUND")


def test_an_id_listed_twice_may_be_answered_twice(seeded: Seeded) -> None:
    with seeded(duplicateGets="repeat") as client:
        got = client.post("/connectors/batch", json={"connectorIds": ["conn_abc123", "x", "conn_abc123", "x"]}).json()
        assert [row["connectorId"] for row in got["found"]] == ["conn_abc123", "conn_abc123"]
        assert got["notFound"] == ["x", "x"]


def test_a_number_listed_twice_in_a_delete_may_be_ignored(seeded: Seeded) -> None:
    with seeded(duplicateDeletes="ignore") as client:
        body = {"phoneNumbers": ["+442071234567", "+442071234567"]}
        assert client.request("DELETE", "/phone-numbers", json=body).json() == {"deleted": ["+442071234567"]}


def test_a_malformed_number_may_refuse_a_whole_delete(seeded: Seeded) -> None:
    with seeded(malformedDeletes="refuse") as client:
        answer = client.request("DELETE", "/phone-numbers", json={"phoneNumbers": ["+442071234567", "nonsense"]})
        assert_refused(answer, 400, "PHONE_NUMBERS_INVALID_PHONE_NUMBER_FORMAT")
        assert client.get("/phone-numbers/+442071234567").status_code == 200


def test_listing_by_an_unknown_connector_may_be_refused(seeded: Seeded) -> None:
    with seeded(unknownFilter="refuse") as client:
        answer = client.get("/phone-numbers", params={"connectorId": "conn_nowhere"})
        assert_refused(answer, 400, "SCHEMA_VALIDATION_FAILED")
        assert client.get("/phone-numbers", params={"connectorId": "conn_new456"}).status_code == 200


@pytest.mark.parametrize("number", ["+442079460999", "+442079460100"])
def test_a_lookup_that_finds_nothing_may_be_a_bad_request(seeded: Seeded, number: str) -> None:
    with seeded(lookupMiss="bad-request") as client:
        answer = client.post("/connectors/lookup", json={"phoneNumber": number})
        assert_refused(answer, 400, "SCHEMA_VALIDATION_FAILED")


def test_a_number_may_keep_its_environment_when_it_is_reassigned(seeded: Seeded) -> None:
    with seeded(crossEnvironmentReassign="keep") as client:
        row = client.patch("/phone-numbers/+442079460100", json={"connectorId": "conn_abc123"}).json()
        assert (row["clientEnv"], row["connectorId"]) == ("sandbox", "conn_abc123")


def test_reassigning_across_environments_may_be_refused(seeded: Seeded) -> None:
    with seeded(crossEnvironmentReassign="refuse") as client:
        answer = client.patch("/phone-numbers/+442079460100", json={"connectorId": "conn_abc123"})
        assert_refused(answer, 400, "SCHEMA_VALIDATION_FAILED")
        within = client.patch("/phone-numbers/+442071234567", json={"connectorId": "conn_new456"})
        assert within.status_code == 200


def test_numbers_may_stay_unrouted_when_their_connector_moves(seeded: Seeded) -> None:
    with seeded(movedNumbers="stay") as client:
        client.patch("/connectors/conn_abc123", json={"projectId": OTHER_AGENT})
        row = client.get("/phone-numbers/+442071234567").json()
        assert row["projectId"] == "PROJECT-58RP822I"
        assert "connectorId" not in row


def test_variants_may_be_checked_against_those_of_the_agent(seeded: Seeded) -> None:
    with seeded(variantCheck="listed") as client:
        assert client.patch("/connectors/conn_abc123", json={"variantId": "VARIANT-1"}).status_code == 200
        answer = client.patch("/connectors/conn_abc123", json={"variantId": "VARIANT-2"})
        assert_refused(answer, 400, "CONNECTORS_VALIDATION_FAILED")
        assert client.patch("/connectors/conn_abc123", json={"variantId": None}).status_code == 200


@pytest.mark.parametrize("field", ["asrLangCode", "voiceName"])
def test_a_null_language_or_voice_may_be_refused(seeded: Seeded, field: str) -> None:
    with seeded(nullLanguage="refuse") as client:
        answer = client.patch("/connectors/conn_abc123", json={field: None, "variantId": None})
        assert_refused(answer, 400, "CONNECTORS_VALIDATION_FAILED")
        assert client.patch("/connectors/conn_abc123", json={"variantId": None}).status_code == 200


def test_an_empty_update_may_be_refused(seeded: Seeded) -> None:
    with seeded(emptyUpdate="refuse") as client:
        assert_refused(client.patch("/connectors/conn_abc123", json={}), 400, "CONNECTORS_VALIDATION_FAILED")
        (result,) = client.patch("/connectors/batch", json={"updates": [{"connectorId": "conn_abc123"}]}).json()[
            "results"
        ]
        assert result["success"] is False


def test_an_unknown_call_may_be_a_bad_request(seeded: Seeded) -> None:
    with seeded(unknownCall="bad-request") as client:
        path = "/outbound-calls/OUT-00000000-0000-4000-8000-000000000000/status"
        answer = client.get(path, params={"environment": "live"})
        assert_refused(answer, 400, "OUTBOUND_CALLS_INVALID_CALL_SID")


def test_magic_values_may_misbehave(seeded: Seeded) -> None:
    with seeded(magicValues="magic") as client:
        answer = client.patch("/connectors/conn_abc123", json={"voiceName": "en-GB-Magic-Rejected"})
        assert_refused(answer, 400, "CONNECTORS_VALIDATION_FAILED")


@pytest.mark.parametrize(("choice", "status"), [("by-route", 400), ("refuse", 400), ("ignore", 200)])
def test_unknown_keys_of_a_closed_body_may_be_ignored(seeded: Seeded, choice: str, status: int) -> None:
    body = {"name": "Night desk", "responseSettings": {"greeting": "Hi"}, "colour": "red"}
    with seeded(extraKeys=choice) as client:
        assert client.post("http://mock/v1/accounts/ws-fd112d8f/agents", json=body).status_code == status


@pytest.mark.parametrize(("choice", "status"), [("by-route", 200), ("refuse", 400), ("ignore", 200)])
def test_unknown_keys_of_an_open_body_may_be_refused(seeded: Seeded, choice: str, status: int) -> None:
    with seeded(extraKeys=choice) as client:
        assert client.patch("/connectors/conn_abc123", json={"colour": "red"}).status_code == status


def test_a_second_secret_of_a_name_may_update_the_first(seeded: Seeded) -> None:
    with seeded(duplicateSecrets="overwrite") as client:
        for value in ("s3cret", "other"):
            answer = client.post(f"http://mock/v1/agents/{AGENT}/secrets", json={"name": "crm", "value": value})
            assert answer.status_code == 201
        assert [row.value for row in client.state[StoredSecret]] == ["other"]
