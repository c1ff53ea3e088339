"""The document served at `/openapi.json`, made from the operations and their wire models."""

import inspect
import re
from functools import cache
from typing import get_args, get_origin

from pydantic import TypeAdapter

from mockserver.api.fragments import Written
from mockserver.api.operation import Operation, body_model
from mockserver.control import app as control
from mockserver.control.request import ControlOperation
from mockserver.errors import Err
from mockserver.http.json import TypedDict, is_typeddict
from mockserver.openapi import constraints
from mockserver.resources import OPERATIONS
from mockserver.version import __version__

_TEXT: constraints.Schema = {"type": "string"}
_REF = "#/components/schemas/{model}"

_SHARED_ERRORS = (
    Err.MOCK_FORBIDDEN,
    Err.MOCK_WORLDS_EXHAUSTED,
    Err.INTERNAL_ERROR,
    Err.AUTH_USER_UNAUTHORISED,
    Err.AUTH_USER_INVALID_TOKEN,
    Err.USER_ACCESS_FORBIDDEN,
    Err.PROJECT_NOT_FOUND,
)
_CONTROL_ERRORS = (Err.MOCK_REQUEST_INVALID, Err.MOCK_FORBIDDEN, Err.SCHEMA_VALIDATION_FAILED, Err.INTERNAL_ERROR)
_BODY_ERRORS = (Err.SCHEMA_VALIDATION_FAILED, Err.PAYLOAD_TOO_LARGE)
_EVERYTHING: tuple[Operation, ...] = (*OPERATIONS, *control.OPERATIONS)

# The same field means the same thing wherever it stands.
_FIELDS = {
    "accountId": "The account that owns it.",
    "asrLangCode": "The language that is understood, such as en-US.",
    "callSid": "The call's id: OUT- and a UUID.",
    "clientEnv": "The environment: sandbox, pre-release or live.",
    "connectorId": "The connector's id.",
    "connectorIds": "Ids of connectors.",
    "countryCode": "ISO 3166-1 alpha-2 code of the country that a national `toNumber` is read in.",
    "disableHandoff": "Whether calls cannot be handed to a person.",
    "encryption": "How the outbound leg is encrypted; any text is accepted.",
    "environment": "The environment: sandbox, pre-release or live.",
    "error": "Why it failed.",
    "metadata": "Text by name, handed to the agent; under 26 KB as base64.",
    "name": "The display name.",
    "phoneNumber": "A phone number in E.164 form.",
    "phoneNumbers": "Phone numbers in E.164 form.",
    "projectId": "The agent that owns it; in an update, the agent that it moves to, by id or slug.",
    "reason": "Why the call ended as it did; empty until it has.",
    "success": "Whether the update was applied.",
    "toNumber": "The number to dial: E.164, or national with a `countryCode`.",
    "ttsLangCode": "The language that is spoken, derived from the voice.",
    "variantId": "The variant assigned; empty for none.",
    "voiceName": "The voice, named after its language, such as en-US-Neural2-A.",
}

_FILTERS = {
    "operation": "Only requests for this operation.",
    "method": "Only requests with this method.",
    "path": "Only requests for this path, in which * stands for any one segment.",
    "status": "Only requests that were answered with this status.",
    "unexpected": "Only requests that asked for what does not exist, or that the server failed at; or only the others.",
    "since": "Only what came after: a request's number, a time, or for a diff the name of a snapshot.",
}


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
    models = _models()
    _, definitions = TypeAdapter.json_schemas(
        [(model, "validation", TypeAdapter(model)) for model in models], ref_template=_REF
    )
    schemas = definitions["$defs"]
    for model, schema in schemas.items():
        schema.update(constraints.MODELS.get(model, {}))
        for name, field in schema.get("properties", {}).items():
            field.pop("title", None)
            constrain(field, constraints.FIELDS.get((model, name), {}))
            if name in _FIELDS and "$ref" not in field:
                field["description"] = _FIELDS[name]
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
            "schemas": schemas,
        },
    }


def statuses(operation: Operation) -> set[int]:
    """Return every status that an operation answers with when nothing is broken."""
    return {operation.status, *(err.status for err in _errors(operation))}


def _models() -> list[type]:
    models: dict[type, None] = {Error: None}
    for operation in _EVERYTHING:
        if operation.takes_body:
            models[body_model(operation.handler)[0]] = None
        models[_response_model(operation)] = None
    return [model for model in models if is_typeddict(model)]


def _response_model(operation: Operation) -> type:
    annotation: type = inspect.signature(operation.handler).return_annotation
    model: type = get_args(annotation)[0] if get_origin(annotation) is Written else annotation
    return model


def _errors(operation: Operation) -> list[Err]:
    body_errors = (*_BODY_ERRORS, operation.invalid) if operation.takes_body else ()
    shared = _CONTROL_ERRORS if _controls(operation) else _SHARED_ERRORS
    return sorted({*shared, *body_errors, *operation.errors}, key=lambda err: (err.status, err.name))


def _operation(operation: Operation) -> dict[str, object]:
    described: dict[str, object] = {
        "operationId": operation.name,
        "summary": inspect.getdoc(operation.handler),
        "tags": ["Mock Control" if _controls(operation) else _resource(operation)],
        "parameters": [
            *map(_path_parameter, re.findall(r"{(\w+)}", operation.path)),
            *_query_parameters(operation),
        ],
        "responses": _responses(operation),
    }
    if operation.takes_body:
        model, optional = body_model(operation.handler)
        schema = constraints.BODIES.get(operation.name)
        content = _content(model) if schema is None else {"application/json": {"schema": schema}}
        described["requestBody"] = {"required": not optional, "content": content}
    if _controls(operation):
        described["security"] = [{}, {"controlToken": []}]
    return described


def _controls(operation: Operation) -> bool:
    return operation in control.OPERATIONS


def _resource(operation: Operation) -> str:
    return operation.handler.__module__.rpartition(".")[2].replace("_", " ").title()


def _path_parameter(name: str) -> dict[str, object]:
    return {"name": name, "in": "path", "required": True, "schema": constraints.PATH.get(name, _TEXT)}


def _query_parameters(operation: Operation) -> list[dict[str, object]]:
    return [
        {
            "name": name,
            "in": "query",
            "required": required,
            "description": _FIELDS.get(name, _FILTERS.get(name)),
            "schema": constraints.QUERY.get((operation.name, name), _TEXT),
        }
        for name, required in operation.query
    ]


def constrain(field: dict[str, object], constraint: constraints.Schema) -> None:
    """Narrow the schema of a field; a constraint that says of what type the field is takes its place."""
    if "type" in constraint or "anyOf" in constraint:
        field.clear()
    field.update(constraint)


def _responses(operation: Operation) -> dict[str, object]:
    responses: dict[str, object] = {
        str(operation.status): {"description": "Success.", "content": _content(_response_model(operation))}
    }
    if isinstance(operation, ControlOperation) and operation.yaml:
        responses[str(operation.status)] = {
            "description": "Success.",
            "content": {
                media_type: {"schema": {"type": "object"}} for media_type in ("application/json", "application/yaml")
            },
        }
    by_status: dict[int, list[str]] = {}
    for err in _errors(operation):
        by_status.setdefault(err.status, []).append(err.name)
    for status, codes in by_status.items():
        responses[str(status)] = {"description": f"Refused: {', '.join(codes)}.", "content": _content(Error)}
    if not _controls(operation):
        responses["429"] = _LIMITED
    return responses


_LIMITED = {
    "description": "Refused: TOO_MANY_REQUESTS, by a rate limit or a magic value; faults may answer any other status.",
    "headers": {"Retry-After": {"schema": {"type": "integer"}, "description": "Seconds to wait."}},
    "content": {"application/json": {"schema": {"$ref": _REF.format(model="Error")}}},
}


def _content(model: type) -> dict[str, object]:
    schema = {"$ref": _REF.format(model=model.__name__)} if is_typeddict(model) else {"type": "object"}
    return {"application/json": {"schema": schema}}
