"""Records as JSON that is written once: they are frozen, and read far more often than they change.

The text of a record is kept while it is likely to be asked for again, and answers are put together from such texts.
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

MAX_KEPT = 4_096
MAX_LENGTH = 1_024  # of a text that is kept

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

    Texts are found by the ids of objects, which are theirs alone for as long as they are kept.
    """

    __slots__ = ("_kept", "_pack")

    def __init__(self, pack: Callable[[R, Agent], T]) -> None:
        self._pack = pack
        self._kept: dict[tuple[int, int], tuple[str, R, Agent]] = {}

    def write(self, record: R, agent: Agent) -> Written[T]:
        """Return a record in its wire form."""
        known = self._kept.get((id(record), id(agent)))
        return Written(known[0] if known is not None else self._keep(record, agent))

    def write_all(self, records: Iterable[R], agent: Agent) -> Written[list[T]]:
        """Return records of one agent in their wire form, as a list."""
        get = self._kept.get
        of_agent = id(agent)
        texts = [
            known[0] if (known := get((id(record), of_agent))) is not None else self._keep(record, agent)
            for record in records
        ]
        return Written(f"[{','.join(texts)}]")

    def _keep(self, record: R, agent: Agent) -> str:
        text = _text(self._pack(record, agent))
        if len(text) <= MAX_LENGTH:
            if len(self._kept) >= MAX_KEPT:
                self._kept.clear()
            self._kept[id(record), id(agent)] = (text, record, agent)
        return text


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
