"""One operation: its place, its handler, and how a body reaches it.

A handler is a plain function of a call, and of a body where it has a parameter of that name: the parameter's type is
the wire model, and `| None` says that the body may be left out.
"""

import inspect
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from enum import Enum
from functools import cache, cached_property
from types import MappingProxyType, NoneType
from typing import NamedTuple, get_args, get_origin, get_type_hints

from mockserver.api.auth import Caller
from mockserver.api.fragments import Written
from mockserver.errors import ApiError, Err
from mockserver.http.json import Json, JsonObject, is_typeddict, parse_json, validator
from mockserver.state.accounts import Agent
from mockserver.values.naming import camel


class Call(NamedTuple):
    """What a handler knows of a request: the caller, the agent of the path, path and query parameters by name.

    `failing` maps the connectors and numbers that a fault has picked out of a batch to the message of their failure.
    """

    caller: Caller
    agent: Agent
    path: Mapping[str, str]
    query: Mapping[str, str]
    failing: Mapping[str, str] = MappingProxyType({})


class Absent(Enum):
    """The one value that stands for no body at all, which is not null."""

    ABSENT = None


ABSENT = Absent.ABSENT

Handler = Callable[..., JsonObject | Written[object]]


@dataclass(frozen=True)
class Operation:
    """A row of the route table.

    `path` has placeholders in braces; `status` is that of success; `errors` are the refusals of its verbs, beyond
    those of authentication, access and framing that every operation shares; `invalid` answers a body that does not
    fit; `query` lists the parameters that it reads, and whether each is required; `per_item` says that items of its
    batch can fail one by one.
    """

    method: str
    path: str
    handler: Handler
    status: int = 200
    errors: tuple[Err, ...] = ()
    invalid: Err = Err.SCHEMA_VALIDATION_FAILED
    query: tuple[tuple[str, bool], ...] = ()
    per_item: bool = False

    @cached_property
    def name(self) -> str:
        """The operation's name in `/openapi.json`: its handler's, in camelCase."""
        return camel(self.handler.__name__)

    @cached_property
    def takes_body(self) -> bool:
        """Whether the handler wants a body."""
        return "body" in self.handler.__annotations__

    @cached_property
    def query_names(self) -> frozenset[str]:
        """The query parameters that the operation reads."""
        return frozenset(name for name, _ in self.query)

    def read(self, body: bytes) -> "Json | Absent":
        """Return the JSON of a body; raises SCHEMA_VALIDATION_FAILED for what is none."""
        return parse_json(body) if body else ABSENT

    def validated(self, value: "Json | Absent") -> object:
        """Return a body as the handler wants it; raises the operation's own refusal for one that does not fit."""
        model, optional = body_model(self.handler)
        if value is ABSENT:
            if optional:
                return None
            raise ApiError(self.invalid)
        try:
            return validator(model)(value)
        except ValueError as error:
            raise self.refusal_of(error) from None

    def refusal_of(self, _error: ValueError) -> ApiError:
        """Return the refusal of a body that does not fit."""
        return ApiError(self.invalid)


@cache
def body_model(handler: Handler) -> tuple[type, bool]:
    """Return the wire model of a handler's body, and whether the body may be absent."""
    annotation = inspect.signature(handler).parameters["body"].annotation
    options = get_args(annotation)
    if NoneType in options:
        return next(option for option in options if option is not NoneType), True
    return annotation, False


def unknown_fields(model: type, value: object, where: str = "") -> Iterator[tuple[str, str, list[str]]]:
    """Yield path, name and the known names for every field of a body that a wire model does not have."""
    if not isinstance(value, dict) or not is_typeddict(model):
        return
    known = _field_types(model)
    for name, item in value.items():
        if name not in known:
            yield f"{where}{name}", name, list(known)
            continue
        for nested in known[name]:
            items = item if isinstance(item, list) else [item]
            for index, part in enumerate(items):
                at = f"{name}[{index}]." if isinstance(item, list) else f"{name}."
                yield from unknown_fields(nested, part, f"{where}{at}")


@cache
def field_names(model: type) -> frozenset[str]:
    """Return the names of the fields of a wire model, and of the models inside it."""
    known = _field_types(model)
    return frozenset(known).union(*(field_names(nested) for models in known.values() for nested in models))


@cache
def _field_types(model: type) -> dict[str, tuple[type, ...]]:
    """Return the fields of a wire model, each with the wire models in its type."""
    return {name: tuple(_models_in(hint)) for name, hint in get_type_hints(model).items()}


def _models_in(hint: object) -> Iterator[type]:
    if isinstance(hint, type) and is_typeddict(hint):
        yield hint
    elif get_origin(hint) is not dict:
        for argument in get_args(hint):
            yield from _models_in(argument)
