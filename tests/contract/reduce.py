"""Reduction of the service's OpenAPI document to facts: what a program can check, and no prose.

    python -m tests.contract.reduce DOCUMENT

writes facts.json beside this file: an OpenAPI document again, with the paths, parameters, bodies, statuses and schemas
of DOCUMENT, and with code and text of the refusals that it gives as examples.
"""

import argparse
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tests.contract.facts import METHODS, PATH

_KEYWORDS = (
    "$ref", "type", "format", "enum", "pattern", "default", "minimum", "maximum", "minLength", "maxLength", "minItems",
    "maxItems", "required", "allOf", "items", "properties", "additionalProperties",
)  # fmt: skip


def reduce(document: Mapping[str, Any]) -> dict[str, Any]:
    """Return the facts of an OpenAPI document; those of facts are the same facts."""
    components = document["components"]
    return {
        "openapi": document["openapi"],
        "info": {name: document["info"][name] for name in ("title", "version")},
        "security": document["security"],
        "paths": {path: _path(item) for path, item in document["paths"].items()},
        "components": {
            "securitySchemes": components["securitySchemes"],
            "schemas": {name: _schema(schema) for name, schema in components["schemas"].items()},
        },
    }


def _path(item: Mapping[str, Any]) -> dict[str, Any]:
    operations = {method: _operation(item[method]) for method in METHODS if method in item}
    return {"parameters": _parameters(item), **operations}


def _operation(operation: Mapping[str, Any]) -> dict[str, Any]:
    facts: dict[str, Any] = {"operationId": operation["operationId"]} if "operationId" in operation else {}
    if operation.get("parameters"):
        facts["parameters"] = _parameters(operation)
    if "requestBody" in operation:
        body = operation["requestBody"]
        facts["requestBody"] = {"required": body.get("required", False), "content": _content(body)}
    facts["responses"] = {status: _response(response) for status, response in operation["responses"].items()}
    return facts


def _parameters(owner: Mapping[str, Any]) -> list[dict[str, Any]]:
    return [
        {**{name: it[name] for name in ("name", "in")}, "required": it["required"], "schema": _schema(it["schema"])}
        for it in owner.get("parameters", [])
    ]


def _response(response: Mapping[str, Any]) -> dict[str, Any]:
    return {"content": _content(response)} if "content" in response else {}


def _content(owner: Mapping[str, Any]) -> dict[str, Any]:
    return {media_type: _media(media) for media_type, media in owner["content"].items()}


def _media(media: Mapping[str, Any]) -> dict[str, Any]:
    facts = {"schema": _schema(media["schema"])}
    example = media.get("example", {})
    if "error_code" in example:
        facts["example"] = {name: example[name] for name in ("error_code", "error_message")}
    return facts


def _schema(schema: Mapping[str, Any]) -> dict[str, Any]:
    facts = {keyword: schema[keyword] for keyword in _KEYWORDS if keyword in schema}
    if schema.get("nullable") and "type" in facts:  # the word of OpenAPI 3.0 for it
        facts["type"] = [facts["type"], "null"]
    if isinstance(facts.get("items"), dict):
        facts["items"] = _schema(facts["items"])
    if isinstance(facts.get("additionalProperties"), dict):
        facts["additionalProperties"] = _schema(facts["additionalProperties"])
    if "properties" in facts:
        facts["properties"] = {name: _schema(field) for name, field in facts["properties"].items()}
    if "allOf" in facts:
        facts["allOf"] = [_schema(part) for part in facts["allOf"]]
    return facts


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("document", type=Path)
    text = parser.parse_args().document.read_text(encoding="utf-8")
    PATH.write_text(json.dumps(reduce(json.loads(text)), indent=1) + "\n", encoding="utf-8")
