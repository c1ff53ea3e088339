"""The shape of a seed file, as pydantic models made from the declarations: for the check, and for editors' JSON Schema.

Only checking and printing the schema import this module: pydantic costs more time than the rest of the server's start.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from functools import cache
from inspect import getdoc
from types import GenericAlias
from typing import Annotated, Any, ClassVar, Literal, Self

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    JsonValue,
    ModelWrapValidatorHandler,
    ValidationError,
    ValidationInfo,
    ValidatorFunctionWrapHandler,
    WithJsonSchema,
    WrapValidator,
    create_model,
    model_validator,
)
from pydantic.json_schema import GenerateJsonSchema

from mockserver.seeds.problems import TooManyProblemsError
from mockserver.state import catalogue
from mockserver.state.catalogue import RecordType
from mockserver.state.rules import Rules
from mockserver.state.schema import Column, Nested, Record, by_type, columns
from mockserver.values.kinds import COUNT, FLAG, Choice, Kind, ListOf, MapOf

_MAX_KEYS = 100


@dataclass(slots=True)
class ProblemBudget:
    """How many more problems are listed; the context of a validation."""

    problems: int = 10_000


class SeedModel(BaseModel):
    """What all parts of a seed share: no unknown keys, and a bound on what is said of problems.

    `secrets` names the keys whose values are never printed.
    """

    model_config = ConfigDict(
        alias_generator=lambda name: name.removesuffix("_"),
        extra="forbid",
        strict=True,
        json_schema_extra=lambda schema: schema.pop("title"),
    )
    secrets: ClassVar[frozenset[str]] = frozenset()

    @model_validator(mode="wrap")
    @classmethod
    def _listing_so_many(cls, value: JsonValue, handler: ModelWrapValidatorHandler[Self], info: ValidationInfo) -> Self:
        if isinstance(value, dict) and len(value) > _MAX_KEYS:
            raise ValueError(f"has {len(value):,} keys, which is more than there are")
        try:
            return handler(value)
        except ValidationError as error:
            budget = info.context
            assert isinstance(budget, ProblemBudget), "a seed is validated with budget"
            budget.problems -= error.error_count()
            if budget.problems < 0:
                raise TooManyProblemsError(error.errors(include_url=False)[0]["msg"]) from None
            raise


class _Untitled(GenerateJsonSchema):
    """Writes no titles, which would only repeat names."""

    def field_title_should_be_set(self, _schema: object) -> bool:
        return False


Fields = dict[str, tuple[Any, Any]]


@by_type
def model_of(declared: type) -> type[SeedModel]:
    """Return the model of a record type, or of another declared value, as a seed holds it."""
    found = columns(declared)
    lists: Fields = {}
    if issubclass(declared, Record):
        owners = catalogue.owner_columns(declared)
        keys = catalogue.key_columns(declared) if declared.TABLE.keyed else ()
        pasted = tuple(replace(it, required=False) for it in owners if declared.TABLE.pasted)
        found = (*(it for it in found if it not in owners and it not in keys), *pasted)
        lists = {it.TABLE.key_in_seeds: _rows(it, it.TABLE.doc) for it in catalogue.owned_by(declared)}
        lists |= {it.TABLE.key_in_seeds: _rows(it, it.TABLE.nested_doc) for it in catalogue.nested_in(declared)}
    model = _model(declared.__name__, getdoc(declared) or "", {**_fields(found), **lists})
    model.secrets = frozenset(column.seed for column in found if column.secret)
    return model


@cache
def seed_file() -> type[SeedModel]:
    """Return the model of a whole seed."""
    roots = {root.TABLE.key_in_seeds: _rows(root, root.TABLE.doc) for root in catalogue.roots()}
    minted: Fields = {
        it.TABLE.name: _optional(_annotation(COUNT), f"How many ids of {it.TABLE.many} were made.")
        for it in catalogue.record_types()
        if it.TABLE.minted
    }
    model = _model("Minted", "How many ids were made before the state was saved, so that none is made again.", minted)
    saved = _optional(model, "What a saved state says of ids; a seed written by hand needs none.")
    fields = {**roots, **_fields(columns(Rules)), "minted": saved}
    return _model("File", "A whole seed: the accounts of a world, and how it behaves.", fields)


def json_schema() -> dict[str, object]:
    """Return the JSON Schema of a seed file, for editors."""
    schema = seed_file().model_json_schema(schema_generator=_Untitled)
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema}


def _model(name: str, doc: str, fields: Fields) -> type[SeedModel]:
    """Return a model; an underscore after each name keeps it apart from the attributes that a model has."""
    named: dict[str, Any] = {f"{seed}_": field for seed, field in fields.items()}
    return create_model(f"{name}Seed", __base__=SeedModel, __doc__=doc, **named)


def _fields(found: Iterable[Column]) -> Fields:
    fields: Fields = {}
    for column in found:
        annotation = _annotation(column.kind)
        if column.required:
            fields[column.seed] = annotation, Field(description=column.doc)
        elif column.nullable:
            fields[column.seed] = _optional(annotation, column.doc, column.default)
        else:
            fields[column.seed] = annotation, Field(column.default, description=column.doc)
        if column.shorthand is not None:
            fields[column.shorthand.name] = _optional(_annotation(FLAG), column.shorthand.doc)
    return fields


def _optional(annotation: Any, doc: str, default: object = None) -> tuple[Any, Any]:
    known = default if isinstance(default, str | bool) else None
    return annotation | None, Field(known, description=doc)


def _rows(declared: RecordType, doc: str) -> tuple[Any, Any]:
    """Return the field of the list, or of the mapping by key, that holds the rows of a table."""
    key = catalogue.id_column(declared)
    item: Any = model_of(declared)
    if declared.TABLE.keyed:
        closed = Field(json_schema_extra={"additionalProperties": False})
        return _optional(Annotated[_mapping(key.kind, item), closed], doc)
    if declared.TABLE.bare:
        bare = _bare(key)
        item = Annotated[item, WrapValidator(bare, json_schema_input_type=item | _annotation(key.kind))]
    if declared.TABLE.required:
        return list[item], Field(description=doc)
    return _optional(list[item], doc)


def _bare(key: Column) -> Callable[[JsonValue, ValidatorFunctionWrapHandler], object]:
    """Return the check of what may be nothing but a key; most are bare and right, and checked without a mapping."""
    check_key, seed = key.kind.check, key.seed

    def check(value: JsonValue, handler: ValidatorFunctionWrapHandler) -> object:
        if isinstance(value, str):
            try:
                check_key(value)
            except ValueError:
                pass  # the handler says so
            else:
                return value
        return handler(value if isinstance(value, dict) else {seed: value})

    return check


def _annotation(kind: Kind) -> Any:
    """Return the type that pydantic checks a kind of value by."""
    match kind:
        case Nested():
            return model_of(kind.declared)
        case Choice():
            return Literal[kind.choices]
        case ListOf():
            return Annotated[GenericAlias(list, (_annotation(kind.item),)), Field(max_length=kind.MAX)]
        case MapOf():
            return _mapping(kind.keys, _annotation(kind.item))
    return Annotated[Any, BeforeValidator(_checked(kind)), WithJsonSchema(dict(kind.schema))]


def _mapping(keys: Kind, item: Any) -> Any:
    return Annotated[GenericAlias(dict, (_annotation(keys), item)), BeforeValidator(_few)]


def _checked(kind: Kind) -> Callable[[JsonValue], JsonValue]:
    def check(value: JsonValue) -> JsonValue:
        kind.check(value)
        return value

    return check


def _few(value: JsonValue) -> JsonValue:
    if isinstance(value, dict) and len(value) > ListOf.MAX:
        raise ValueError(f"has more than the {ListOf.MAX:,} keys that are allowed")
    return value
