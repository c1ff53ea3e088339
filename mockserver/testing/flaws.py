"""Flaws of requests: what can be wrong with one, by name, and the status of the answer where the model cannot tell."""

from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from typing import Any, Literal

from hypothesis import strategies as st

from mockserver.testing.fields import Flaw
from mockserver.testing.operations import Operation
from mockserver.testing.requests import ApiRequest
from mockserver.testing.tables import Tables

Flawed = st.SearchStrategy[ApiRequest]

_NOT_JSON = ("{", "nul", "[1,", '{"a": NaN}', '{"a": 1, "a": 2}', "'text'")
_NOT_AN_OBJECT = ("null", "[]", "7", '"text"')


def flaws_of(operation: Operation, valid: ApiRequest, tables: Tables) -> Iterator[Flawed]:
    """Yield a strategy for each thing that can be wrong with a valid request, in a world as it is now."""
    yield st.just(replace(valid, key="missing", flaw="missing-key", statuses=(401,)))
    yield st.just(replace(valid, key="unknown", flaw="unknown-key", statuses=(401,)))
    for name, field in operation.parameters.items():
        for flaw in field.flaws:
            segments = flaw.values(tables).filter(lambda it: it not in ("", ".", ".."))  # which clients would resolve
            yield segments.map(partial(_changed, valid, "path", name, flaw))
    for name in operation.query.required:
        yield st.just(_without(valid, "query", name))
    for name, field in operation.query.fields.items():
        for flaw in field.flaws:
            yield flaw.values(tables).map(partial(_changed, valid, "query", name, flaw))
    if operation.body is not None:
        yield from _body_flaws(operation, valid, tables)


def _body_flaws(operation: Operation, valid: ApiRequest, tables: Tables) -> Iterator[Flawed]:
    assert operation.body is not None
    yield st.just(replace(valid, body=None, flaw="missing-body", statuses=() if operation.bodiless else (400,)))
    yield st.sampled_from(_NOT_JSON).map(lambda raw: replace(valid, raw=raw, flaw="not-json", statuses=(400,)))
    yield st.sampled_from(_NOT_AN_OBJECT).map(
        lambda raw: replace(valid, raw=raw, flaw="not-an-object", statuses=(400,))
    )
    for name in operation.body.required:
        yield st.just(_without(valid, "body", name))
    for name, field in operation.body.fields.items():
        for flaw in field.body_flaws:
            yield flaw.values(tables).map(partial(_changed, valid, "body", name, flaw))


def _changed(
    valid: ApiRequest, part: Literal["path", "query", "body"], name: str, flaw: Flaw, value: object
) -> ApiRequest:
    before = getattr(valid, part) or {}
    after = [*before.get(name, ()), value] if flaw.appended else value
    changes: dict[str, Any] = {part: {**before, name: after}}
    return replace(valid, flaw=flaw.name, statuses=() if flaw.status is None else (flaw.status,), **changes)


def _without(valid: ApiRequest, part: Literal["query", "body"], name: str) -> ApiRequest:
    before = getattr(valid, part)
    changes: dict[str, Any] = {part: {it: value for it, value in before.items() if it != name}}
    return replace(valid, flaw="missing-field", statuses=(400,), **changes)
