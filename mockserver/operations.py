"""One API operation: its place, its handler, and how a body reaches it.

A handler is a plain function of a `Call`, and of a body where it has a parameter of that name: the parameter's type is
the wire model, and `| None` says that the body may be left out.
"""

import inspect
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from types import NoneType
from typing import get_args

from mockserver.auth import Caller
from mockserver.errors import ApiError, Err
from mockserver.state.records import Agent
from mockserver.wire import Json, JsonObject, parse_json, validator


@dataclass(frozen=True, slots=True)
class Call:
    """What a handler knows of a request: the caller, the agent of the path, path and query parameters by name."""

    caller: Caller
    agent: Agent
    path: dict[str, str]
    query: dict[str, str]


Handler = Callable[..., JsonObject]


@dataclass(frozen=True, slots=True)
class Operation:
    """A row of the route table.

    `path` has placeholders in braces; `status` is that of success; `errors` are the refusals of its verbs, beyond
    those of authentication, access and framing that every operation shares; `invalid` answers a body that does not
    fit; `query` lists the parameters that it reads, and whether each is required.
    """

    method: str
    path: str
    handler: Handler
    status: int = 200
    errors: tuple[Err, ...] = ()
    invalid: Err = Err.SCHEMA_VALIDATION_FAILED
    query: tuple[tuple[str, bool], ...] = ()

    @property
    def name(self) -> str:
        """The operation's name in `/openapi.json`: its handler's, in camelCase."""
        first, *rest = self.handler.__name__.split("_")
        return first + "".join(word.capitalize() for word in rest)

    @property
    def takes_body(self) -> bool:
        """Whether the handler wants a body."""
        return "body" in self.handler.__annotations__

    def respond(self, call: Call, body: bytes) -> JsonObject:
        """Validate the body and return the handler's answer; raises ApiError."""
        if not self.takes_body:
            return self.handler(call)
        return self.handler(call, self._validated(body))

    def _validated(self, body: bytes) -> object:
        model, optional = body_model(self.handler)
        if not body:
            if optional:
                return None
            raise ApiError(self.invalid)
        value: Json = parse_json(body)
        try:
            return validator(model)(value)
        except ValueError:
            raise ApiError(self.invalid) from None


@cache
def body_model(handler: Handler) -> tuple[type, bool]:
    """Return the wire model of a handler's body, and whether the body may be absent."""
    annotation = inspect.signature(handler).parameters["body"].annotation
    options = get_args(annotation)
    if NoneType in options:
        model = next(option for option in options if option is not NoneType)
        return model, True
    return annotation, False
