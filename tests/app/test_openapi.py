"""Our own document: the telephony part of the public one, with what it leaves out."""

import json
import re
from typing import Any

import jsonschema

from mockserver.openapi.document import document
from mockserver.resources import OPERATIONS
from tests.client import Client

OURS: Any = document()


def test_every_operation_has_a_name_of_its_own() -> None:
    operations = [operation for path in OURS["paths"].values() for operation in path.values()]
    names = [operation["operationId"] for operation in operations]
    assert len(set(names)) == len(names)
    api = {operation["operationId"] for operation in operations if operation["tags"] != ["Mock Control"]}
    assert api == {operation.name for operation in OPERATIONS}


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


def test_every_field_that_has_a_meaning_of_its_own_is_described() -> None:
    described = {
        name
        for schema in OURS["components"]["schemas"].values()
        for name, field in schema.get("properties", {}).items()
        if "description" in field
    }
    assert {"connectorId", "phoneNumbers", "variantId", "voiceName", "toNumber", "reason"} <= described
