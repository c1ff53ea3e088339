"""Operation: one row of the API, declared by its handler's annotations.

A handler is a plain function. Its first parameter's type is the scope (`api.scopes`). `query` and `body`, where it has
them, are typed dicts that the request is validated against; a body may also be `bytes` or a `Form`. What it returns is
the answer: a record, a typed dict, a list, `Content` for bytes, or None for no body at all.
"""

import inspect
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from types import NoneType
from typing import Annotated, Any, Literal, TypeVar, cast, get_args, get_origin

from mockserver.api.models import id_names, ids_of, models_in
from mockserver.api.scopes import Request
from mockserver.errors import ApiError, Err
from mockserver.http.exchange import JSON
from mockserver.http.forms import Form, read_form
from mockserver.http.json import Described, parse_json, validator
from mockserver.state.policies import Policies
from mockserver.world.journal import UnknownField

T = TypeVar("T")

Handler = Callable[..., object]

ABSENT = object()  # stands for no body at all, which is not null


@dataclass(frozen=True, slots=True)
class BodyRules:
    """What happens to unknown keys of a JSON body, and to a body that is missing.

    Unknown keys are left out, or refused. A missing body is refused, or counts as `{}`, or reaches the handler as None.
    """

    unknown_keys: Literal["ignore", "refuse"] = "ignore"
    missing: Literal["refuse", "empty", "none"] = "refuse"


# The service has two back ends (observed). The body of a route of the Node one is closed, and `{}` where it is missing
# (documented); the other kind ignores unknown keys and asks for a body (documented, the former assumed).
NodeBody = Annotated[T, BodyRules(unknown_keys="refuse", missing="empty")]


@dataclass(frozen=True, slots=True)
class Body:
    """The body of an operation: the type that the handler wants, and its rules."""

    model: type
    rules: BodyRules
    described: Described | None = None

    @property
    def is_json(self) -> bool:
        """Whether the body is JSON."""
        return self.model not in (bytes, Form)

    @property
    def required(self) -> bool:
        """Whether a request without a body is refused."""
        if self.rules.missing == "empty":
            return bool(getattr(self.model, "__required_keys__", ()))
        return self.rules.missing == "refuse" and self.model is not bytes


@dataclass(frozen=True, repr=False)
class Operation:
    """A row of the route table.

    `name` is public: `/openapi.json`, faults, the journal and the ledger call the operation by it. `path` has
    placeholders in braces. `status` is that of success; None means 200, or 204 where the handler returns None.
    `errors` are the refusals of its verbs, beyond those that every operation of its scope shares. `invalid` answers a
    body that does not fit, `invalid_query` a query that does not. `items` is the id by which single items of its batch
    can fail. `accepts` is the media type of its body, `produces` that of a `Content` answer. `max_body` bounds the body
    in bytes, instead of the server's setting.
    """

    name: str
    method: str
    path: str
    handler: Handler
    status: int | None = None
    errors: tuple[Err, ...] = ()
    invalid: Err = Err.SCHEMA_VALIDATION_FAILED
    invalid_query: Err = Err.SCHEMA_VALIDATION_FAILED
    items: str | None = None
    accepts: str = JSON
    produces: str = JSON
    max_body: int | None = None

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.name}>"

    @cached_property
    def _parameters(self) -> Mapping[str, inspect.Parameter]:
        return inspect.signature(self.handler).parameters

    @cached_property
    def scope(self) -> type[Request]:
        """The type of the handler's first parameter."""
        scope: type[Request] = next(iter(self._parameters.values())).annotation
        return scope

    @cached_property
    def query(self) -> type | None:
        """The wire model of the query, or None where the operation reads no query parameters."""
        return self._parameters["query"].annotation if "query" in self._parameters else None

    @cached_property
    def body(self) -> Body | None:
        """The body that the handler wants, or None for an operation without one."""
        if "body" not in self._parameters:
            return None
        model, rules, described = self._parameters["body"].annotation, BodyRules(), None
        while get_origin(model) is Annotated:
            model, *metadata = get_args(model)
            rules = next((it for it in metadata if isinstance(it, BodyRules)), rules)
            described = next((it for it in metadata if isinstance(it, Described)), described)
        options = get_args(model)
        if NoneType in options:
            model = next(option for option in options if option is not NoneType)
            rules = BodyRules(rules.unknown_keys, missing="none")
        return Body(model, rules, described)

    @cached_property
    def answer(self) -> object:
        """The annotation of what the handler returns."""
        return inspect.signature(self.handler).return_annotation

    @cached_property
    def success(self) -> int:
        """The status of success."""
        return self.status or (204 if self.answer is None else 200)

    @cached_property
    def ids(self) -> frozenset[str]:
        """The names of the ids that a request of this operation can carry."""
        hints = (self.query, self.body.model if self.body else None)
        models = [model for hint in hints for model in models_in(hint)]
        return frozenset(path_parameters(self.path)).union(*(id_names(model).values() for model in models))

    def ids_in(self, path: Mapping[str, str], query: Mapping[str, str], body: object) -> dict[str, set[str]]:
        """Return the ids that a request carries, by name; free-form objects in a body carry none."""
        ids = {name: {value} for name, value in path.items()}
        for model, sent in ((self.query, query), (self.body.model if self.body else None, body)):
            for name, value in ids_of(model, sent) if model else ():
                ids.setdefault(name, set()).add(value)
        return ids

    async def read(self, headers: Mapping[bytes, bytes], body: bytes) -> object:
        """Return a body as it was sent: JSON, bytes or a form, ABSENT for an empty one, or the refusal of it.

        A refusal is returned, not raised, because it comes after those of the scope.
        """
        assert self.body is not None, f"{self.name} has no body"
        if self.body.model is bytes:
            return body
        if not body:
            return ABSENT
        try:
            return await read_form(headers, body) if self.body.model is Form else parse_json(body)
        except ApiError as refusal:
            return refusal
        except ValueError as error:
            return ApiError(self.invalid, why=str(error))

    def arguments(self, query: Mapping[str, str], body: object) -> dict[str, object]:
        """Return query and body as the handler wants them; raises the operation's own refusals for invalid ones."""
        arguments: dict[str, object] = {}
        if self.query is not None:
            try:
                arguments["query"] = validator(self.query).validate_strings(cast("dict[str, Any]", query))
            except ValueError as error:
                raise _unfit(self.invalid_query, error) from None
        if self.body is not None:
            arguments["body"] = self._validated(self.body, body)
        return arguments

    def _validated(self, declared: Body, value: object) -> object:
        if isinstance(value, ApiError):
            raise value
        if value is ABSENT:
            if declared.rules.missing == "none":
                return None
            if declared.rules.missing == "refuse":
                raise ApiError(self.invalid, why="the body is missing")
            value = Form() if declared.model is Form else {}
        if not declared.is_json:
            return value
        try:
            return validator(declared.model).validate_python(value, strict=True)
        except ValueError as error:
            raise _unfit(self.invalid, error) from None

    def check_keys(self, policies: Policies, unknown: Iterable[UnknownField]) -> None:
        """Raise the refusal of a body with unknown keys, by the body's rules or by the policy `extraKeys`."""
        refused = self.body is not None and self.body.rules.unknown_keys == "refuse"
        if policies.extra_keys != "by-route":
            refused = policies.extra_keys == "refuse"
        for field in unknown:
            if refused and not field.in_query:
                raise ApiError(self.invalid, why=f"{field.where} is not a field of this body")


def _unfit(err: Err, error: ValueError) -> ApiError:
    """Return the refusal of a query or body that does not fit its wire model."""
    from mockserver.api.validation import explain  # imports pydantic, as the failed validation has done

    return ApiError(err, why=explain(error))


def path_parameters(path: str) -> Iterator[str]:
    """Yield the names of the placeholders of a path."""
    return (segment[1:-1] for segment in path.split("/") if segment.startswith("{"))
