"""OpenAPI document, made from the operations, their wire models and the records that they answer with."""

import inspect
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from itertools import groupby
from typing import Any, get_args, get_origin

from pydantic import TypeAdapter
from pydantic.json_schema import GenerateJsonSchema
from pydantic_core.core_schema import DataclassSchema

from mockserver.api.models import models_in
from mockserver.api.operation import Operation, path_parameters
from mockserver.control import app as control
from mockserver.control.request import YAML, ControlOperation
from mockserver.errors import Err
from mockserver.http.exchange import JSON, Content
from mockserver.http.json import TypedDict, is_typeddict
from mockserver.resources import OPERATIONS
from mockserver.state.catalogue import id_kinds, record_types
from mockserver.state.encoding import answer_columns
from mockserver.state.schema import Record
from mockserver.values.kinds import ID
from mockserver.version import __version__
from mockserver.world.worlds import WORLD_NAME

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

Schema = dict[str, object]

_REF = "#/components/schemas/{model}"
_TEXT: Schema = {"type": "string"}

# What the schema of a record is called.
_ANSWERS = {it.__name__: it.TABLE.answer for it in record_types() if it.TABLE.answer}


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
            "schemas": _schemas_of([Error, *(it.answer for it in _EVERYTHING if it.answer is not Content)], _bodies()),
        },
    }


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
    resource = operation.handler.__module__.rpartition(".")[2].replace("_", " ").title()
    described: dict[str, object] = {
        "operationId": operation.name,
        "summary": inspect.getdoc(operation.handler),
        "tags": ["Mock Control" if _is_control(operation) else resource],
        "parameters": [*_parameters(operation)],
        "responses": _responses(operation),
    }
    if operation.body is not None:
        body = operation.body
        schema = _schema_of(body.model) if body.described is None else body.described.schema()
        content = _json_or_yaml(operation, "body", schema) if body.is_json else {operation.accepts: {}}
        described["requestBody"] = {"required": body.required, "content": content}
    if _is_control(operation):
        described["security"] = [{}, {"controlToken": []}]
    return described


def _is_control(operation: Operation) -> bool:
    return isinstance(operation, ControlOperation)


def _parameters(operation: Operation) -> Iterator[dict[str, object]]:
    for name in path_parameters(operation.path):
        yield {"name": name, "in": "path", "required": True, "schema": path_schema(name)}
    schema = {} if operation.query is None else TypeAdapter(operation.query).json_schema(schema_generator=_Schemas)
    for name, field in schema.get("properties", {}).items():
        described = {"description": field.pop("description", None), "schema": field}
        yield {"name": name, "in": "query", "required": name in schema.get("required", ()), **described}


def _responses(operation: Operation) -> dict[str, object]:
    if operation.answer is None:
        success: dict[str, object] = {"description": "Success, without a body."}
    elif operation.answer is Content:
        success = {"description": "Success.", "content": {operation.produces: {}}}
    else:
        content = _json_or_yaml(operation, "answer", _schema_of(operation.answer))
        success = {"description": "Success.", "content": content}
    refused = {"content": {JSON: {"schema": _schema_of(Error)}}}
    responses: dict[str, object] = {str(operation.success): success}
    for status, errors in groupby(_errors(operation), key=lambda err: err.status):
        codes = ", ".join(err.name for err in errors)
        responses[str(status)] = {"description": f"Refused: {codes}.", **refused}
    if not _is_control(operation):
        responses["429"] = {
            "description": "Refused: TOO_MANY_REQUESTS, by a rate limit or a magic value; "
            "faults may answer any other status.",
            "headers": {"Retry-After": {"schema": {"type": "integer"}, "description": "Seconds to wait."}},
            **refused,
        }
    return responses


def _json_or_yaml(operation: Operation, part: str, schema: object) -> dict[str, object]:
    """Return the content of a body or an answer in JSON, and in YAML where that is a seed."""
    seed = isinstance(operation, ControlOperation) and operation.yaml == part
    return {media_type: {"schema": schema} for media_type in ((JSON, YAML[0]) if seed else (JSON,))}


def _schemas_of(answers: Iterable[Any], bodies: Mapping[type, bool]) -> dict[str, Schema]:
    """Return the component schemas of answers and bodies, by name.

    `bodies` says of each body whether it is closed to unknown keys, and with it the models inside it.
    """
    _, definitions = TypeAdapter.json_schemas(
        [(index, "validation", TypeAdapter(hint)) for index, hint in enumerate((*answers, *bodies))],
        ref_template=_REF,
        schema_generator=_Schemas,
    )
    schemas: dict[str, Schema] = definitions["$defs"]
    for body, closed in bodies.items():
        for model in models_in(body) if closed else ():
            schemas[model.__name__]["additionalProperties"] = False
    return schemas


def _schema_of(annotation: object) -> Schema:
    """Return the schema of an answer or of a JSON body: a reference for a model or record, an array for a list."""
    if get_origin(annotation) is list:
        return {"type": "array", "items": _schema_of(get_args(annotation)[0])}
    if isinstance(annotation, type) and (issubclass(annotation, Record) or is_typeddict(annotation)):
        return {"$ref": _REF.format(model=_ANSWERS.get(annotation.__name__, annotation.__name__))}
    return {"type": "object"}


def path_schema(name: str) -> Schema:
    """Return the schema of a path parameter; ids are opaque text (documented) unless their form is checked."""
    if name == "world":
        return {**_TEXT, "pattern": f"^{WORLD_NAME}$", "examples": ["default"]}
    kind = id_kinds().get(name, ID)
    return {**_TEXT} if kind is ID else dict(kind.schema)


class _Schemas(GenerateJsonSchema):
    """Describes a record by the columns that answers show, and gives no title to a field."""

    def dataclass_schema(self, schema: DataclassSchema) -> Schema:
        declared: type[Record] = schema["cls"]
        shown = answer_columns(declared)
        # Ids and times are opaque text in answers (documented), whatever their form.
        kinds = {
            it: {key: value for key, value in it.kind.schema.items() if key not in ("pattern", "format")}
            for it in shown
        }
        return {
            "description": declared.__doc__,
            "properties": {it.name: {**kinds[it], "description": it.doc} for it in shown},
            "required": [it.name for it in shown if not it.optional],
            "title": declared.TABLE.answer,
            "type": "object",
        }

    def normalize_name(self, name: str) -> str:
        return _ANSWERS.get(name) or super().normalize_name(name)

    def field_title_should_be_set(self, _schema: object) -> bool:
        return False
