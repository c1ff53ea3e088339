"""OpenAPI document, made from the operations, their wire models and the records that they answer with."""

import inspect
from collections.abc import Iterator, Mapping
from functools import cache

from pydantic import TypeAdapter

from mockserver.api.operation import Operation, path_parameters
from mockserver.control import app as control
from mockserver.control.request import YAML, ControlOperation
from mockserver.errors import Err
from mockserver.http.exchange import JSON, Content
from mockserver.http.json import TypedDict
from mockserver.openapi.schemas import path_schema, schema_of, schemas_of
from mockserver.resources import OPERATIONS
from mockserver.version import __version__

_SHARED_ERRORS = (
    Err.MOCK_FORBIDDEN,
    Err.MOCK_WORLDS_EXHAUSTED,
    Err.INTERNAL_ERROR,
    Err.AUTH_USER_UNAUTHORISED,
    Err.AUTH_USER_INVALID_TOKEN,
)
_CONTROL_ERRORS = (Err.MOCK_REQUEST_INVALID, Err.MOCK_FORBIDDEN, Err.SCHEMA_VALIDATION_FAILED, Err.INTERNAL_ERROR)
_BODY_ERRORS = (Err.SCHEMA_VALIDATION_FAILED, Err.PAYLOAD_TOO_LARGE)
_EVERYTHING: tuple[Operation, ...] = (*OPERATIONS, *control.OPERATIONS)


class Error(TypedDict):
    """The body of every refusal."""

    success: bool
    error: str
    error_id: str
    error_code: str
    error_message: str
    data: None


@cache
def document() -> dict[str, object]:
    """Return the OpenAPI 3.1 document of this server."""
    paths: dict[str, dict[str, object]] = {}
    for operation in _EVERYTHING:
        paths.setdefault(operation.path, {})[operation.method.lower()] = _operation(operation)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "polyai-mockserver",
            "version": __version__,
            "description": "An unofficial fake of PolyAI's Agents API: the operations that this server has built.",
        },
        "security": [{"apiKey": []}],
        "paths": paths,
        "components": {
            "securitySchemes": {
                "apiKey": {"type": "apiKey", "in": "header", "name": "X-API-KEY"},
                "controlToken": {"type": "http", "scheme": "bearer"},
            },
            "schemas": schemas_of([Error, *(it.answer for it in _EVERYTHING if it.answer is not Content)], _bodies()),
        },
    }


def statuses(operation: Operation) -> set[int]:
    """Return every status that an operation answers with when no fault is involved."""
    return {operation.success, *(err.status for err in _errors(operation))}


def _bodies() -> Mapping[type, bool]:
    """Return the models of JSON bodies, and whether each is closed to unknown keys."""
    return {
        operation.body.model: _is_control(operation) or operation.body.rules.unknown_keys == "refuse"
        for operation in _EVERYTHING
        if operation.body is not None and operation.body.is_json
    }


def _errors(operation: Operation) -> list[Err]:
    shared = _CONTROL_ERRORS if _is_control(operation) else (*_SHARED_ERRORS, *operation.scope.errors)
    body_errors = (*_BODY_ERRORS, operation.invalid) if operation.body else ()
    query_errors = (operation.invalid_query,) if operation.query else ()
    creates = "{world}/" in operation.path and operation.method != "GET"
    world_errors = (Err.MOCK_WORLDS_EXHAUSTED,) if creates else ()
    typed = _is_control(operation) and operation.method in ("POST", "PUT", "PATCH")
    media_errors = (Err.MOCK_MEDIA_TYPE,) if typed else ()
    errors = {*shared, *body_errors, *query_errors, *world_errors, *media_errors, *operation.errors}
    return sorted(errors, key=lambda err: (err.status, err.name))


def _operation(operation: Operation) -> dict[str, object]:
    described: dict[str, object] = {
        "operationId": operation.name,
        "summary": inspect.getdoc(operation.handler),
        "tags": ["Mock Control" if _is_control(operation) else _resource(operation)],
        "parameters": [
            *(
                {"name": name, "in": "path", "required": True, "schema": path_schema(name)}
                for name in path_parameters(operation.path)
            ),
            *_query_parameters(operation),
        ],
        "responses": _responses(operation),
    }
    if operation.body is not None:
        body = operation.body
        schema = schema_of(body.model) if body.described is None else body.described.schema()
        content = _json_or_yaml(operation, "body", schema) if body.is_json else {operation.accepts: {}}
        described["requestBody"] = {"required": body.required, "content": content}
    if _is_control(operation):
        described["security"] = [{}, {"controlToken": []}]
    return described


def _is_control(operation: Operation) -> bool:
    return isinstance(operation, ControlOperation)


def _resource(operation: Operation) -> str:
    return operation.handler.__module__.rpartition(".")[2].replace("_", " ").title()


def _query_parameters(operation: Operation) -> Iterator[dict[str, object]]:
    if operation.query is None:
        return
    schema = TypeAdapter(operation.query).json_schema()
    for name, field in schema.get("properties", {}).items():
        description = field.pop("description", None)
        field.pop("title", None)
        required = name in schema.get("required", ())
        yield {"name": name, "in": "query", "required": required, "description": description, "schema": field}


def _responses(operation: Operation) -> dict[str, object]:
    responses: dict[str, object] = {str(operation.success): _success(operation)}
    by_status: dict[int, list[str]] = {}
    for err in _errors(operation):
        by_status.setdefault(err.status, []).append(err.name)
    for status, codes in by_status.items():
        responses[str(status)] = {
            "description": f"Refused: {', '.join(codes)}.",
            "content": {JSON: {"schema": schema_of(Error)}},
        }
    if not _is_control(operation):
        responses["429"] = {
            "description": "Refused: TOO_MANY_REQUESTS, by a rate limit or a magic value; "
            "faults may answer any other status.",
            "headers": {"Retry-After": {"schema": {"type": "integer"}, "description": "Seconds to wait."}},
            "content": {JSON: {"schema": schema_of(Error)}},
        }
    return responses


def _success(operation: Operation) -> dict[str, object]:
    if operation.answer is None:
        return {"description": "Success, without a body."}
    if operation.answer is Content:
        return {"description": "Success.", "content": {operation.produces: {}}}
    return {"description": "Success.", "content": _json_or_yaml(operation, "answer", schema_of(operation.answer))}


def _json_or_yaml(operation: Operation, part: str, schema: object) -> dict[str, object]:
    """Return the content of a body or an answer in JSON, and in YAML where that is a seed."""
    seed = isinstance(operation, ControlOperation) and operation.yaml == part
    return {media_type: {"schema": schema} for media_type in ((JSON, YAML[0]) if seed else (JSON,))}
