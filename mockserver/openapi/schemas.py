"""JSON Schemas of the OpenAPI document: of bodies and answers, and of path parameters."""

from collections.abc import Iterable, Mapping
from functools import cache
from typing import Annotated, Any, get_args, get_origin, get_type_hints

from pydantic import TypeAdapter

from mockserver.api.models import models_in
from mockserver.http.json import Described, NotRequired, TypedDict, is_typeddict
from mockserver.state.catalogue import id_kinds
from mockserver.state.encoding import answer_columns
from mockserver.state.schema import Record, by_type
from mockserver.values.kinds import ID
from mockserver.world.worlds import WORLD_NAME

Schema = dict[str, object]

_REF = "#/components/schemas/{model}"
_TEXT: Schema = {"type": "string"}


def schemas_of(answers: Iterable[object], bodies: Mapping[type, bool]) -> dict[str, Schema]:
    """Return the component schemas of answers and bodies, by name.

    `bodies` says of each body whether it is closed to unknown keys, and with it the models inside it.
    """
    models = {model.__name__: model for hint in (*answers, *bodies) for model in models_in(_shown(hint))}
    _, definitions = TypeAdapter.json_schemas(
        [(name, "validation", TypeAdapter(model)) for name, model in models.items()], ref_template=_REF
    )
    schemas: dict[str, Schema] = definitions["$defs"]
    for schema in schemas.values():
        properties = schema.get("properties", {})
        assert isinstance(properties, dict)
        for field in properties.values():
            field.pop("title", None)
    for body, closed in bodies.items():
        for model in models_in(body) if closed else ():
            schemas[model.__name__]["additionalProperties"] = False
    return schemas


def schema_of(annotation: object) -> Schema:
    """Return the schema of an answer or of a JSON body: a reference for a model or record, an array for a list."""
    if get_origin(annotation) is list:
        return {"type": "array", "items": schema_of(get_args(annotation)[0])}
    shown = _shown(annotation)
    if isinstance(shown, type) and is_typeddict(shown):
        return {"$ref": _REF.format(model=shown.__name__)}
    return {"type": "object"}


def path_schema(name: str) -> Schema:
    """Return the schema of a path parameter; ids are opaque text (documented) unless their form is checked."""
    if name == "world":
        return {**_TEXT, "pattern": f"^{WORLD_NAME}$", "examples": ["default"]}
    kind = id_kinds().get(name, ID)
    return {**_TEXT} if kind is ID else dict(kind.schema)


def _shown(hint: Any) -> Any:
    """Return a type whose records are replaced by wire models with the columns that answers show."""
    if isinstance(hint, type) and issubclass(hint, Record):
        return _answer_model(hint)
    if isinstance(hint, type) and is_typeddict(hint):
        return _shown_model(hint)
    if get_origin(hint) in (list, Annotated, NotRequired):
        first, *others = get_args(hint)
        return get_origin(hint)[(_shown(first), *others) if others else _shown(first)]
    return hint


@by_type
def _answer_model(declared: type[Record]) -> Any:
    # Ids and times are opaque text in answers (documented), whatever their form.
    schemas = {it.name: {**it.kind.schema} for it in answer_columns(declared)}
    for schema in schemas.values():
        schema.pop("pattern", None)
        schema.pop("format", None)
    fields = {it.name: Annotated[object, Described(it.doc, **schemas[it.name])] for it in answer_columns(declared)}
    optional = {column.name for column in answer_columns(declared) if column.optional}
    model = TypedDict(  # type: ignore[misc]  # made of a declaration
        declared.TABLE.answer, {name: NotRequired[hint] if name in optional else hint for name, hint in fields.items()}
    )
    model.__doc__ = declared.__doc__
    return model


@cache
def _shown_model(model: type) -> Any:
    hints = get_type_hints(model, include_extras=True)
    shown = {name: _shown(hint) for name, hint in hints.items()}
    if shown == hints:
        return model
    replaced = TypedDict(model.__name__, shown)  # type: ignore[misc]  # made of another one
    replaced.__doc__ = model.__doc__
    return replaced
