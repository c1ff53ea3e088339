"""JSON on the wire, and what wire models are made of.

Wire models are typed dicts in the API's own camelCase: absent and null stay two things (`"variantId" in body`), and a
server that has not had to validate anything has not paid for importing pydantic.
"""

import json
import math
import sys
from collections.abc import Callable, Mapping
from functools import cache
from typing import TYPE_CHECKING, Annotated, TypeAlias, TypeVar, cast
from typing import NotRequired as NotRequired

from mockserver.errors import ApiError, Err

if sys.version_info >= (3, 12):
    from typing import TypedDict as TypedDict
    from typing import is_typeddict as is_typeddict
else:  # pydantic cannot read the typed dicts of older versions
    from typing_extensions import TypedDict as TypedDict
    from typing_extensions import is_typeddict as is_typeddict

if TYPE_CHECKING:
    from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler
    from pydantic_core import CoreSchema, SchemaValidator

T = TypeVar("T")
Json: TypeAlias = "str | int | float | bool | list[Json] | dict[str, Json] | None"
JsonObject = Mapping[str, object]


class Bounds:
    """Bounds of a value, in the words of pydantic's core schemas: `ge`, `le`, `min_length`, `max_length`."""

    def __init__(self, **bounds: float) -> None:
        self._bounds = bounds

    def __get_pydantic_core_schema__(self, source: object, handler: "GetCoreSchemaHandler") -> "CoreSchema":
        """Add the bounds to the schema of the type."""
        return cast("CoreSchema", {**handler(source), **self._bounds})


NonEmpty = Annotated[list[T], Bounds(min_length=1)]


class Described:
    """Annotation for the OpenAPI document alone: a description, and constraints that a handler checks by itself.

    Those constraints have error codes of their own, so that validation by the wire model cannot hold them. A constraint
    with a `type` or an `anyOf` replaces the schema of the annotated type; others are added to it.
    """

    def __init__(self, description: str = "", **constraints: object) -> None:
        self.description = description
        self.constraints = constraints

    def __get_pydantic_json_schema__(self, source: "CoreSchema", handler: "GetJsonSchemaHandler") -> dict[str, object]:
        """Return the JSON Schema with the description and the constraints."""
        replaced = "type" in self.constraints or "anyOf" in self.constraints
        return {**({} if replaced else handler(source)), **self.schema()}

    def schema(self) -> dict[str, object]:
        """Return the description and the constraints alone."""
        return {**self.constraints, "description": self.description} if self.description else dict(self.constraints)


def schema_says(**keywords: object) -> Callable[[type[T]], type[T]]:
    """Add to the JSON Schema of a wire model what a typed dict cannot say: which fields go together."""

    def add(model: type[T]) -> type[T]:
        setattr(model, "__pydantic_config__", {"json_schema_extra": keywords})  # noqa: B010  # a typed dict declares none
        return model

    return add


MAX_DEPTH = 100
NOT_JSON = "the body is not JSON (strictly: UTF-8, no NaN, no key twice)"


def parse_json(body: bytes) -> Json:
    """Return the JSON value of a body.

    Raises SCHEMA_VALIDATION_FAILED for everything that is not strictly JSON in UTF-8: NaN, infinities, duplicate keys,
    lone surrogates, numbers of absurd length, nesting deeper than MAX_DEPTH (assumed: only 400 is documented).
    """
    try:
        text = body.decode("utf-8").strip(" \t\n\r")
        value, end = _DECODER.raw_decode(text)
        if b"\\" in body:
            json.dumps(value, ensure_ascii=False).encode("utf-8")  # raises for a lone surrogate
        if body.count(b"[") + body.count(b"{") > MAX_DEPTH:
            _check_depth(value)
    except (ValueError, RecursionError):
        raise ApiError(Err.SCHEMA_VALIDATION_FAILED, why=NOT_JSON) from None
    if end != len(text):
        raise ApiError(Err.SCHEMA_VALIDATION_FAILED, why=NOT_JSON)
    return cast("Json", value)


def dump_json(value: JsonObject) -> bytes:
    """Return a value as the service writes it: compact, sorted keys, a final newline (observed on its private twin)."""
    return encode(value).encode("ascii") + b"\n"


encode = json.JSONEncoder(separators=(",", ":"), sort_keys=True, allow_nan=False).encode


@cache
def validator(model: type) -> "SchemaValidator":
    """Return the validator of a wire model, whose functions raise ValueError."""
    from pydantic import TypeAdapter

    return cast("SchemaValidator", TypeAdapter(model).validator)


def _unique_keys(pairs: list[tuple[str, Json]]) -> dict[str, Json]:
    mapping = dict(pairs)
    if len(mapping) != len(pairs):
        raise ValueError("a key occurs twice")
    return mapping


def _finite(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise ValueError(f"{text} is not a finite number")
    return number


def _check_depth(value: Json) -> None:
    """Raise ValueError for lists and objects nested so deep that a walk through them could exhaust the stack."""
    nests: list[list[Json] | dict[str, Json]] = [[value]]
    for _ in range(MAX_DEPTH + 1):
        children = [child for nest in nests for child in (nest.values() if isinstance(nest, dict) else nest)]
        nests = [child for child in children if isinstance(child, dict | list)]
        if not nests:
            return
    raise ValueError("nested too deep")


_DECODER = json.JSONDecoder(object_pairs_hook=_unique_keys, parse_constant=_finite, parse_float=_finite)
