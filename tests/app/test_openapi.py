"""Our own document: the telephony part of the public one, with what it leaves out."""

import json
import re
from typing import Any

import jsonschema
import pytest

from mockserver.openapi.document import document
from mockserver.resources import OPERATIONS
from tests.app import public_document
from tests.client import Client

OURS: Any = document()


def _resolve(whole: Any, schema: Any) -> Any:
    if "$ref" in schema:
        return whole["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
    return schema


def _types(whole: Any, schema: Any, depth: int = 0) -> Any:
    """Return what a schema says of types and required fields, without the words, nulls and enumerations."""
    schema = _resolve(whole, schema)
    for option in [*schema.get("anyOf", []), *schema.get("allOf", [])]:
        if option != {"type": "null"}:
            return _types(whole, option, depth)
    kind = schema.get("type")
    if kind == "array":
        return [_types(whole, schema["items"], depth + 1)]
    if kind == "object" and "properties" in schema:
        return {name: _types(whole, field, depth + 1) for name, field in schema["properties"].items()}
    return kind


def _required(whole: Any, schema: Any) -> set[str]:
    return set(_resolve(whole, schema).get("required", []))


def _json(content_owner: Any) -> Any:
    return content_owner["content"]["application/json"]["schema"]


OPERATION_IDS = {
    "listConnectors", "getConnector", "updateConnector", "deleteConnector", "batchGetConnectors",
    "batchUpdateConnectors", "lookupConnector", "listPhoneNumbers", "getPhoneNumber", "importPhoneNumber",
    "importPhoneNumbers", "batchGetPhoneNumbers", "reassignPhoneNumber", "deletePhoneNumber", "deletePhoneNumbers",
    "triggerOutboundCall", "getOutboundCallStatus",
}  # fmt: skip


def test_every_operation_has_a_name_of_its_own() -> None:
    operations = [operation for path in OURS["paths"].values() for operation in path.values()]
    names = [operation["operationId"] for operation in operations]
    assert len(set(names)) == len(names)
    api = {operation["operationId"] for operation in operations if operation["tags"] != ["Mock Control"]}
    assert api == OPERATION_IDS


def test_the_control_plane_has_a_tag_of_its_own() -> None:
    tags = {path: {operation["tags"][0] for operation in item.values()} for path, item in OURS["paths"].items()}
    assert {path for path, tag in tags.items() if tag == {"Mock Control"}} == {
        path for path in OURS["paths"] if path.startswith("/_mock/")
    }


def test_the_document_is_valid_openapi_with_no_loose_references() -> None:
    text = json.dumps(OURS)
    referred = set(re.findall(r"#/components/schemas/(\w+)", text))
    assert referred == set(OURS["components"]["schemas"])
    for schema in OURS["components"]["schemas"].values():
        jsonschema.Draft202012Validator.check_schema(schema)


def test_the_document_is_served_without_a_key() -> None:
    with Client(key=None) as client:
        answer = client.get("http://mock/openapi.json")
    assert answer.status_code == 200
    assert answer.json() == OURS


@public_document.needed
def test_the_telephony_paths_and_methods_are_those_of_the_public_document() -> None:
    methods = {"get", "post", "patch", "delete", "put"}
    theirs = {
        (path, method)
        for path, item in public_document.load()["paths"].items()
        for method in item
        if "/telephony/" in path and method in methods
    }
    ours = {(path, method) for path, item in OURS["paths"].items() for method in item if "/telephony/" in path}
    assert ours == theirs


@public_document.needed
@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda operation: operation.name)
def test_statuses_bodies_and_parameters_are_those_of_the_public_document(operation: Any) -> None:
    document = public_document.load()
    theirs = document["paths"][operation.path][operation.method.lower()]
    ours = OURS["paths"][operation.path][operation.method.lower()]
    assert set(theirs["responses"]) <= set(ours["responses"])
    success = str(operation.status)
    assert _types(OURS, _json(ours["responses"][success])) == _types(document, _json(theirs["responses"][success]))
    assert _required(document, _json(theirs["responses"][success])) <= _required(
        OURS, _json(ours["responses"][success])
    )
    assert ("requestBody" in ours) == ("requestBody" in theirs)
    if "requestBody" in ours:
        our_body, their_body = _json(ours["requestBody"]), _json(theirs["requestBody"])
        our_types = _types(OURS, our_body)
        if operation.name == "importPhoneNumber":
            assert our_types.pop("connectorId") == "string"  # shown by a guide only
        assert our_types == _types(document, their_body)
        assert _required(OURS, our_body) == _required(document, their_body)
    shared = document["paths"][operation.path].get("parameters", [])
    wanted = {(it["name"], it["in"], it.get("required", False)) for it in [*shared, *theirs.get("parameters", [])]}
    assert {(it["name"], it["in"], it["required"]) for it in ours["parameters"]} == wanted


def test_every_field_that_has_a_meaning_of_its_own_is_described() -> None:
    described = {
        name
        for schema in OURS["components"]["schemas"].values()
        for name, field in schema.get("properties", {}).items()
        if "description" in field
    }
    assert {"connectorId", "phoneNumbers", "variantId", "voiceName", "toNumber", "reason"} <= described
