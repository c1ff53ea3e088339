"""Vocabulary of `when`: how an entry of the journal shows that a rule was at work.

All that a `when` says must be true of an entry, in the form in which the control plane shows it. An entry whose answer
a fault may have caused shows no rule but those of faults.
"""

from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from pydantic import ConfigDict, Field
from pydantic.dataclasses import dataclass

from mockserver.state.state import ChangeKind

_CONFIG = ConfigDict(extra="forbid")


@dataclass(frozen=True, config=_CONFIG)
class Fields:
    """Fields of a request or response.

    A request has the keys of its query and of every object in its body, at any depth; a response has those of its body.
    `has` and `lacks` list names; `equals` gives a name its value, which one of the fields of this name must have.
    `empty` says that there is neither a body nor a query.
    """

    has: list[str] = Field(default_factory=list)
    lacks: list[str] = Field(default_factory=list)
    equals: dict[str, Any] = Field(default_factory=dict)
    empty: bool = False

    def fit(self, *parts: object) -> bool:
        """Tell whether the JSON values of a request or response have such fields."""
        items = [item for part in parts for found in _objects(part) for item in found.items()]
        names = {name for name, _ in items}
        return (
            names.issuperset(self.has)
            and names.isdisjoint(self.lacks)
            and all(item in items for item in self.equals.items())
            and not (self.empty and any(parts))
        )


@dataclass(frozen=True, config=_CONFIG)
class Change:
    """A change of a record: the table, by its name in a seed, and what happened."""

    table: str
    change: ChangeKind


@dataclass(frozen=True, config=_CONFIG)
class When:
    """What an entry must show. What is absent is not looked at.

    `status` and `code` are those of the answer. Every change of `changes` was made, and none at all if it is empty.
    `faults` asks for an entry in which a fault fired, `unknown_fields` for one with fields that are near misses.
    """

    status: int | None = None
    code: str | None = None
    request: Fields = Field(default_factory=Fields)
    response: Fields = Field(default_factory=Fields)
    changes: list[Change] | None = None
    faults: bool = False
    unknown_fields: bool = False

    def fits(self, entry: Mapping[str, object]) -> bool:
        """Tell whether an entry shows all of it."""
        query = dict(parse_qsl(urlsplit(str(entry["path"])).query))
        return (
            self.status in (None, entry["status"])
            and self.code in (None, entry["errorCode"])
            and self.faults == bool(entry["faults"])
            and (bool(entry["unknownFields"]) or not self.unknown_fields)
            and self._has_changes(entry["changed"])
            and self.request.fit(query, entry["requestBody"])
            and self.response.fit(entry["responseBody"])
        )

    def _has_changes(self, changed: object) -> bool:
        if not self.changes:
            return self.changes is None or not changed
        made = {(it["table"], it["change"]) for it in _objects(changed)}
        return made.issuperset((it.table, it.change) for it in self.changes)


def _objects(value: object) -> Iterator[dict[str, Any]]:
    """Yield every object in a JSON value."""
    if isinstance(value, dict):
        yield value
    items = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    for item in items:
        yield from _objects(item)
