"""Requests as data, to be sent by any client, and the answers to them."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any, Literal, Protocol
from urllib.parse import quote, urlencode

from mockserver.testing.operations import OPERATIONS
from mockserver.testing.values import JsonObject

Key = Literal["good", "missing", "unknown"]


class _Printer(Protocol):
    def text(self, obj: str) -> None: ...


@dataclass(frozen=True, repr=False)
class ApiRequest:
    """A request for one operation: parameters of its path and query by name, and its body.

    `raw` takes the place of a body that is not a JSON object; `flaw` names what is wrong with the request, if anything
    is, and `statuses` are those that the API may answer with.
    """

    operation: str
    path: Mapping[str, str] = field(default_factory=dict)
    query: Mapping[str, str] = field(default_factory=dict)
    body: JsonObject | None = None
    raw: str | None = None
    key: Key = "good"
    flaw: str | None = None
    statuses: tuple[int, ...] = ()

    def __repr__(self) -> str:
        named = [it for it in fields(self) if it.name != "operation" and getattr(self, it.name) not in (None, {}, ())]
        given = [f"{it.name}={getattr(self, it.name)!r}" for it in named if (it.name, self.key) != ("key", "good")]
        return f"ApiRequest({', '.join([repr(self.operation), *given])})"

    def _repr_pretty_(self, printer: _Printer, _cycle: bool) -> None:
        """Let Hypothesis print what `repr` says, and not every field."""
        printer.text(repr(self))

    @property
    def method(self) -> str:
        """The HTTP method."""
        return OPERATIONS[self.operation].method

    @property
    def target(self) -> str:
        """Path and query, percent-encoded."""
        segments = {name: quote(value, safe="+") for name, value in self.path.items()}
        path = OPERATIONS[self.operation].path.format_map(segments)
        return f"{path}?{urlencode(self.query)}" if self.query else path

    @property
    def content(self) -> bytes | None:
        """The body as it is sent; None without one."""
        if self.raw is not None:
            return self.raw.encode()
        return None if self.body is None else json.dumps(self.body).encode()

    @property
    def json(self) -> JsonObject:
        """The body as an object, {} without one."""
        return self.body or {}

    def headers(self, api_key: str) -> dict[str, str]:
        """Return the headers of the request; `api_key` is the client's own."""
        keys = {"good": {"x-api-key": api_key}, "unknown": {"x-api-key": "nobodys-key"}, "missing": {}}
        return keys[self.key] | ({} if self.content is None else {"content-type": "application/json"})


@dataclass(frozen=True)
class Answer:
    """The answer to a request, and its body as JSON's reader returns it; None where it is empty or does not count."""

    status: int
    body: Any = None
