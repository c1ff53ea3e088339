"""Operations page: what it says of each form that a body and an answer can have."""

from typing import Any

import pytest

from docs.operations_page import page

MODELS: dict[str, Any] = {
    "Error": {"type": "object", "properties": {"error": {"type": "string"}}, "required": ["error"]},
    "Topic": {
        "type": "object",
        "description": "A topic.",
        "properties": {
            "id": {"type": "string", "description": "The id.", "pattern": "^(a|b)$"},
            "state": {"enum": ["on", "off"]},
            "notes": {"anyOf": [{"type": "array", "items": {"$ref": "#/components/schemas/Note"}}, {"type": "null"}]},
        },
        "required": ["id"],
    },
    "Note": {"type": "object", "properties": {"text": {"type": "string"}}},
    "Lonely": {"type": "object"},
}


def _json(schema: object) -> dict[str, Any]:
    return {"application/json": {"schema": schema}}


def _page(operation: dict[str, Any], other: dict[str, Any] | None = None) -> str:
    common = {"summary": "Do it.", "tags": ["Topics"], "parameters": [], "responses": {}}
    methods = {"post": {**common, "operationId": "first", **operation}}
    if other is not None:
        methods["get"] = {**common, "operationId": "second", **other}
    return page({"paths": {"/v1/topics": methods}, "components": {"schemas": MODELS}})


@pytest.mark.parametrize(
    ("content", "shown"),
    [
        ({}, "none"),
        (_json({"$ref": "#/components/schemas/Topic"}), "[Topic](#topic)"),
        (_json({"type": "array", "items": {"$ref": "#/components/schemas/Topic"}}), "array of [Topic](#topic)"),
        ({"audio/wav": {"schema": {"type": "string", "format": "binary"}}}, "string as `audio/wav`"),
    ],
)
def test_an_answer_is_shown_with_its_form(content: dict[str, Any], shown: str) -> None:
    text = _page({"responses": {"200": {"description": "Success.", "content": content}}})
    assert f"| 200 | {shown} | Success. |" in text


def test_a_body_is_shown_with_its_fields() -> None:
    text = _page({"requestBody": {"required": True, "content": _json({"$ref": "#/components/schemas/Topic"})}})
    assert "Body (required): object\n\nA topic.\n" in text
    assert "| `id` | string | required | The id. pattern `^(a\\|b)$` |" in text
    assert "| `state` | `on`, `off` | optional |  |" in text
    assert "| `notes` | array of [Note](#note) or null | optional |  |" in text


def test_a_body_that_is_not_json_is_shown_with_its_media_type() -> None:
    text = _page({"requestBody": {"content": {"audio/wav": {"schema": {"type": "string", "format": "binary"}}}}})
    assert "Body (optional): string as `audio/wav`" in text


def test_models_are_shown_where_a_link_leads_to_them() -> None:
    text = _page({"responses": {"200": {"description": "", "content": _json({"$ref": "#/components/schemas/Topic"})}}})
    assert "### Topic\n" in text
    assert "### Note\n" in text
    assert "### Lonely\n" not in text


def test_path_parameters_are_shown_where_there_is_something_to_say() -> None:
    plain = {"name": "world", "in": "path", "required": True, "schema": {"type": "string"}}
    query = {"name": "limit", "in": "query", "schema": {"type": "integer", "minimum": 1}, "description": "How many."}
    text = _page({"parameters": [plain, query]})
    assert "| `limit` | query | optional | How many. minimum `1` |" in text
    assert "`world`" not in text


def test_an_answer_that_all_operations_give_is_shown_once() -> None:
    refused = {"401": {"description": "Refused.", "content": _json({"$ref": "#/components/schemas/Error"})}}
    gone = {"404": {"description": "Gone."}}
    text = _page({"responses": refused}, {"responses": {**refused, **gone}})
    assert text.count("| 401 | [Error](#error) | Refused. |") == 1
    assert text.count("| 404 | none | Gone. |") == 1
