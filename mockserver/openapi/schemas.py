"""JSON Schemas of the OpenAPI document: of bodies and answers, and of path parameters."""

from collections.abc import Iterable, Mapping
from typing import Any, get_args, get_origin

from pydantic import TypeAdapter
from pydantic.json_schema import GenerateJsonSchema
from pydantic_core.core_schema import DataclassSchema

from mockserver.api.models import models_in
from mockserver.http.json import is_typeddict
from mockserver.state.catalogue import id_kinds, record_types
from mockserver.state.encoding import answer_columns
from mockserver.state.schema import Record
from mockserver.values.kinds import ID
from mockserver.world.worlds import WORLD_NAME

Schema = dict[str, object]

_REF = "#/components/schemas/{model}"
_TEXT: Schema = {"type": "string"}

# What the schema of a record is called.
_ANSWERS = {it.__name__: it.TABLE.answer for it in record_types() if it.TABLE.answer}


def schemas_of(answers: Iterable[Any], bodies: Mapping[type, bool]) -> dict[str, Schema]:
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


def schema_of(annotation: object) -> Schema:
    """Return the schema of an answer or of a JSON body: a reference for a model or record, an array for a list."""
    if get_origin(annotation) is list:
        return {"type": "array", "items": schema_of(get_args(annotation)[0])}
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
