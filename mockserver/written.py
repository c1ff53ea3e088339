"""Records as JSON that is written once: they are frozen, and read far more often than they change.

Answers are put together from the texts of their records.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from json.encoder import encode_basestring_ascii
from typing import TYPE_CHECKING, Generic, TypeVar, get_args

from mockserver.state.records import Agent, Record
from mockserver.wire import JsonObject, encode

if TYPE_CHECKING:
    from pydantic import GetCoreSchemaHandler
    from pydantic_core import CoreSchema

T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)
R = TypeVar("R", bound=Record)


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
    """Writes the records of one kind, each beside its agent, by way of a function that packs them.

    A text is kept with its record, for as long as there is the record, and holds beside the very agent it was made for.
    """

    __slots__ = ("_pack",)

    def __init__(self, pack: Callable[[R, Agent], T]) -> None:
        self._pack = pack

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
        text = _text(self._pack(record, agent))
        object.__setattr__(record, "look", (agent, text))  # a frozen record stays the same by it
        return text


_UNSEEN: tuple[object, str] = (None, "")


def dump_written(value: JsonObject | Written[object]) -> bytes:
    """Return what `wire.dump_json` would, of a value of which parts may be written already."""
    return f"{_text(value)}\n".encode("ascii")


def _text(value: object) -> str:
    """Return the JSON of a value; names of fields, being names of wire models, need no escapes."""
    if isinstance(value, str):
        return encode_basestring_ascii(value)
    if isinstance(value, Written):
        return value.text
    if isinstance(value, list):
        return "[" + ",".join([_text(item) for item in value]) + "]"
    if isinstance(value, dict):
        return "{" + ",".join([f'"{name}":{_text(value[name])}' for name in sorted(value)]) + "}"
    if isinstance(value, bool):
        return "true" if value else "false"
    return encode(value)
