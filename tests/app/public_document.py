"""The service's public OpenAPI document, where it is at hand."""

import json
from functools import cache
from pathlib import Path
from typing import Any

import jsonschema
import pytest

PATH = Path(__file__).parents[3] / "shared" / "contract" / "openapi-1.0.11.json"

needed = pytest.mark.skipif(not PATH.exists(), reason=f"the public document is not at hand: {PATH}")


@cache
def load() -> Any:
    """Return the document as parsed JSON."""
    return json.loads(PATH.read_text(encoding="utf-8"))


def validate(schema: object, value: object) -> None:
    """Raise jsonschema.ValidationError unless `value` fits a schema of the document, and has nothing beside it."""
    whole = {**_closed(schema), "components": {"schemas": _closed(load()["components"]["schemas"])}}
    jsonschema.Draft202012Validator(whole).validate(value)


def _closed(schema: Any) -> Any:
    """Return a schema in which an object may have no properties beyond those that are listed."""
    if isinstance(schema, list):
        return [_closed(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    closed = {key: _closed(value) for key, value in schema.items()}
    if isinstance(schema.get("properties"), dict) and schema.get("type") == "object":
        closed.setdefault("additionalProperties", False)
    return closed
