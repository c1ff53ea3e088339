"""Records as JSON that is written once: they are frozen, and read far more often than they change.

Answers are put together from the texts of their records. What writes a record is a template of text, names in order,
because it takes a fifth of what packing the record into an object and encoding that would take.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from json.encoder import encode_basestring_ascii
from typing import TYPE_CHECKING, Generic, TypeVar, get_args

from mockserver.http.json import JsonObject, encode
from mockserver.state.records import Agent, Record

if TYPE_CHECKING:
    from pydantic import GetCoreSchemaHandler
    from pydantic_core import CoreSchema

T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)
R = TypeVar("R", bound=Record)

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


class Writer(Generic[R, T]):
    """Writes the records of one kind, each beside its agent, by way of the template of their text.

    A text is kept with its record, for as long as there is the record, and holds beside the very agent it was made for.
    """

    __slots__ = ("_template",)

    def __init__(self, template: Callable[[R, Agent], Written[T]]) -> None:
        self._template = template

    def write(self, record: R, agent: Agent) -> Written[T]:
        """Return a record in its wire form."""
        look = getattr(record, "look", _UNSEEN)
        return Written(look[1] if look[0] is agent else self._look(record, agent))

    def write_all(self, records: Iterable[R], agent: Agent) -> Written[list[T]]:
        """Return records of one agent in their wire form, as a list."""
        texts = [
            look[1] if (look := getattr(record, "look", _UNSEEN))[0] is agent else self._look(record, agent)
            for record in records
        ]
        return Written(f"[{','.join(texts)}]")

    def _look(self, record: R, agent: Agent) -> str:
        text = self._template(record, agent).text
        object.__setattr__(record, "look", (agent, text))  # a frozen record stays the same by it
        return text


_UNSEEN: tuple[object, str] = (None, "")


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
