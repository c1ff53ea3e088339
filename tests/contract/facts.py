"""Facts of the service's public OpenAPI document, and the check of an answer against them."""

import json
from collections.abc import Iterator
from functools import cache, reduce
from operator import getitem
from pathlib import Path
from typing import Any

import httpx
from jsonschema import Draft202012Validator
from jsonschema.exceptions import best_match

PATH = Path(__file__).with_name("facts.json")
METHODS = ("get", "post", "put", "patch", "delete")
ERROR = {"$ref": "#/components/schemas/Error"}

# Values that may be null although their schema does not say so: it is in the document's prose, or was observed.
_OR_NULL = (
    ("ActiveDeploymentsResponse", "properties", "activeDeployments", "additionalProperties"),
    *(
        (page, "properties", field)
        for page in ("ConfigPageResponse", "GetConfigPageResponse")
        for field in ("variables", "schema", "lastUpdated")
    ),
)


@cache
def facts() -> Any:
    """Return the facts as an OpenAPI document."""
    return json.loads(PATH.read_text(encoding="utf-8"))


def routes() -> list[tuple[str, str]]:
    """Return method and path of every operation, in the order of the document."""
    return [(method.upper(), path) for path, item in facts()["paths"].items() for method in METHODS if method in item]


def responses(method: str, path: str) -> dict[int, Any]:
    """Return the documented responses of an operation by status."""
    documented = facts()["paths"][path][method.lower()]["responses"]
    return {int(status): response for status, response in documented.items()}


def success(method: str, path: str) -> int:
    """Return the status of an operation's success."""
    (status,) = (status for status in responses(method, path) if status < 300)
    return status


def examples(method: str, path: str) -> Iterator[tuple[int, str, str]]:
    """Yield status, code and text of the refusals that the document gives as examples of an operation."""
    for status, response in responses(method, path).items():
        example = response.get("content", {}).get("application/json", {}).get("example")
        if example is not None:
            yield status, example["error_code"], example["error_message"]


def check(method: str, path: str, answer: httpx.Response) -> None:
    """Raise an AssertionError unless an answer is one that the document allows.

    A success has a documented status, media type and body. A refusal may have any other status, because the document
    does not list them all; its body is the envelope, unless the document gives another one for this status.
    """
    documented = responses(method, path).get(answer.status_code)
    assert documented is not None or answer.is_error, f"{answer.status_code} is not a success of {method} {path}"
    content = {"application/json": {"schema": ERROR}} if documented is None else documented.get("content")
    if content is None:
        assert answer.content == b""
        return
    media_type = answer.headers["content-type"].partition(";")[0]
    assert media_type in content
    if media_type == "application/json":
        problem = best_match(_validator(json.dumps(content[media_type]["schema"])).iter_errors(answer.json()))
        assert problem is None, f"{answer.status_code} of {method} {path}: {problem}"


@cache
def _validator(schema: str) -> Draft202012Validator:
    schemas = _closed(facts()["components"]["schemas"])
    for *where, last in _OR_NULL:
        parent = reduce(getitem, where, schemas)
        parent[last] = {"anyOf": [parent[last], {"type": "null"}]}
    return Draft202012Validator({**_closed(json.loads(schema)), "components": {"schemas": schemas}})


def _closed(schema: Any) -> Any:
    """Return a copy of a schema in which an object has no properties beyond those that are listed."""
    if isinstance(schema, list):
        return [_closed(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    closed = {key: _closed(value) for key, value in schema.items()}
    if schema.get("type") == "object" and "properties" in schema:
        closed.setdefault("additionalProperties", False)
    return closed
