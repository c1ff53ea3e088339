"""Answers put together from the texts of their records, which are written once."""

from __future__ import annotations

from json.encoder import encode_basestring_ascii
from typing import TYPE_CHECKING, Generic, TypeVar, get_args

from mockserver.http.json import JsonObject, encode

if TYPE_CHECKING:
    from pydantic import GetCoreSchemaHandler
    from pydantic_core import CoreSchema

T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)

quoted = encode_basestring_ascii


class Written(Generic[T_co]):
    """A value of a wire model, as the JSON text that it is on the wire."""

    __slots__ = ("text",)

    def __init__(self, text: str) -> None:
        self.text = text

    @classmethod
    def __get_pydantic_core_schema__(cls, source: type[object], handler: GetCoreSchemaHandler) -> CoreSchema:
        """Be to pydantic, which describes answers in `/openapi.json`, what is written."""
        return handler(get_args(source)[0])


def write(value: T) -> Written[T]:
    """Return a value of a wire model in its wire form; the names of its fields need no escapes."""
    return Written(_text(value))


def dump_written(value: JsonObject | Written[object]) -> bytes:
    """Return what `wire.dump_json` would, of a value of which parts may be written already."""
    return f"{_text(value)}\n".encode("ascii")


def _text(value: object) -> str:
    if isinstance(value, Written):
        return value.text
    if isinstance(value, str):
        return quoted(value)
    if isinstance(value, list):
        return "[" + ",".join([_text(item) for item in value]) + "]"
    if isinstance(value, dict):
        return "{" + ",".join([f'"{name}":{_text(value[name])}' for name in sorted(value)]) + "}"
    return encode(value)
