"""What crosses the wire: JSON in and out, and the base of the wire models.

Wire models are typed dicts in the API's own camelCase: absent and null stay two things (`"variantId" in body`), and a
server that has not yet had to validate a body has not paid for importing pydantic.
"""

import json
import math
import sys
from collections.abc import Callable, Iterable, Mapping
from functools import cache
from typing import TYPE_CHECKING, Annotated, TypeAlias, TypeVar, cast

from mockserver.errors import ApiError, Err

if sys.version_info >= (3, 12):
    from typing import NotRequired, TypedDict, is_typeddict
else:  # pydantic cannot read the typed dicts of older versions
    from typing import NotRequired

    from typing_extensions import TypedDict, is_typeddict

if TYPE_CHECKING:
    from pydantic import GetCoreSchemaHandler
    from pydantic_core import CoreSchema

__all__ = [
    "MAX_DEPTH",
    "Bounds",
    "Json",
    "JsonObject",
    "NonEmpty",
    "NotRequired",
    "TypedDict",
    "dump_json",
    "encode",
    "is_typeddict",
    "parse_json",
    "validator",
]

T = TypeVar("T")
Json: TypeAlias = "str | int | float | bool | list[Json] | dict[str, Json] | None"
JsonObject = Mapping[str, object]


class Bounds:
    """What a value has to keep to, in the words of pydantic's core schemas: `ge`, `le`, `min_length`, `max_length`."""

    def __init__(self, **bounds: float) -> None:
        self._bounds = bounds

    def __get_pydantic_core_schema__(self, source: object, handler: "GetCoreSchemaHandler") -> "CoreSchema":
        """Add the bounds to the schema of the type."""
        return cast("CoreSchema", {**handler(source), **self._bounds})


NonEmpty = Annotated[list[T], Bounds(min_length=1)]

MAX_DEPTH = 100


def parse_json(body: bytes) -> Json:
    """Return the JSON value of a body.

    Raises SCHEMA_VALIDATION_FAILED for all that is not strictly JSON in UTF-8: NaN, infinities, duplicate keys, lone
    surrogates, numbers of absurd length, nesting deeper than MAX_DEPTH (assumed: only 400 is documented).
    """
    try:
        text = body.decode("utf-8").strip(" \t\n\r")
        value, end = _DECODER.raw_decode(text)
        if b"\\" in body:
            json.dumps(value, ensure_ascii=False).encode("utf-8")  # which lone surrogates fail
        if body.count(b"[") + body.count(b"{") > MAX_DEPTH:
            _check_depth(value)
    except (ValueError, RecursionError):
        raise ApiError(Err.SCHEMA_VALIDATION_FAILED) from None
    if end != len(text):
        raise ApiError(Err.SCHEMA_VALIDATION_FAILED)
    return cast("Json", value)


def dump_json(value: JsonObject) -> bytes:
    """Return a value as the service writes it: compact, keys in order, a newline at the end (assumed: as its twins)."""
    return encode(value).encode("ascii") + b"\n"


encode = json.JSONEncoder(separators=(",", ":"), sort_keys=True, allow_nan=False).encode


@cache
def validator(model: type[T]) -> Callable[[Json], T]:
    """Return a function from JSON to a wire model, strict in types and blind to unknown keys.

    It raises ValueError for what does not fit.
    """
    from pydantic import TypeAdapter

    adapter: TypeAdapter[T] = TypeAdapter(model)
    validate: Callable[..., T] = adapter.validator.validate_python
    return lambda value: validate(value, strict=True)


def _unique_keys(pairs: list[tuple[str, Json]]) -> dict[str, Json]:
    mapping = dict(pairs)
    if len(mapping) != len(pairs):
        raise ValueError("a key occurs twice")
    return mapping


def _finite(text: str) -> float:
    number = float(text)
    if math.isinf(number):
        raise ValueError(f"{text} is too large")
    return number


def _check_depth(value: Json) -> None:
    """Raise ValueError for lists and objects nested so deep that a walk through them could exhaust the stack."""
    nests: list[Json] = [value]
    for _ in range(MAX_DEPTH):
        nests = [child for nest in nests for child in _children(nest) if isinstance(child, dict | list)]
        if not nests:
            return
    raise ValueError("nested too deep")


def _children(value: Json) -> Iterable[Json]:
    if isinstance(value, dict):
        return value.values()
    return value if isinstance(value, list) else ()


def _no_constant(name: str) -> Json:
    raise ValueError(f"{name} is not JSON")


_DECODER = json.JSONDecoder(object_pairs_hook=_unique_keys, parse_constant=_no_constant, parse_float=_finite)
