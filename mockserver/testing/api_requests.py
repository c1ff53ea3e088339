"""Requests for any operation: valid ones, and some with one named flaw.

A flaw has the status of the answer where the model cannot tell.
"""

from collections.abc import Collection, Iterator, Sequence
from copy import deepcopy
from dataclasses import replace
from functools import partial
from typing import Any

from hypothesis import strategies as st

from mockserver.testing.fields import Flaw, record
from mockserver.testing.model import Model
from mockserver.testing.operations import OPERATIONS, Operation, is_segment
from mockserver.testing.requests import ApiRequest
from mockserver.testing.tables import Tables
from mockserver.testing.values import JsonObject
from mockserver.testing.worlds import RESOURCES, worlds

Flawed = st.SearchStrategy[ApiRequest]

_NOT_JSON = ("{", "nul", "[1,", '{"a": NaN}', '{"a": 1, "a": 2}', "'text'")
_NOT_AN_OBJECT = ("null", "[]", "7", '"text"')


def api_requests(
    world: JsonObject | None = None, *, operations: Collection[str] = tuple(OPERATIONS), broken: bool | None = None
) -> st.SearchStrategy[ApiRequest]:
    """Return requests that fit a complete world: valid ones, and some with one named flaw.

    Without `world`, each request is about a world of its own. `operations` are those to choose from, as far as the
    world has something for them to be about. `broken` False leaves flawed requests out, and True all others. ValueError
    is raised where nothing is left.
    """
    if world is None:
        return worlds(max_accounts=1, **{f"min_{name}": 1 for name in RESOURCES}).flatmap(
            lambda drawn: api_requests(drawn, operations=operations, broken=broken)
        )
    model = Model(world)
    possible = [name for name in operations if OPERATIONS[name].valid_places(model)]
    if not possible:
        raise ValueError(f"the world has nothing that {', '.join(operations)} could be about")
    return requests_in(model, possible, broken)


@st.composite
def requests_in(draw: st.DrawFn, model: Model, names: Sequence[str], broken: bool | None) -> ApiRequest:
    """Return requests for operations that a model's world has what it takes for, as it is now."""
    operation = OPERATIONS[draw(st.sampled_from(names))]
    place = draw(st.sampled_from(operation.valid_places(model)))
    request = ApiRequest(operation.name, **{name: draw(part(model, place)) for name, part in operation.parts.items()})
    if draw(st.booleans()) if broken is None else broken:
        request = draw(st.one_of(list(_flaws_of(operation, request, model))))
    return replace(request, statuses=request.statuses or (deepcopy(model).answer(request).status,))


def _flaws_of(operation: Operation, valid: ApiRequest, tables: Tables) -> Iterator[Flawed]:
    """Yield a strategy for each thing that can be wrong with a valid request, in a world as it is now."""
    yield st.just(replace(valid, key="missing", flaw="missing-key", statuses=(401,)))
    yield st.just(replace(valid, key="unknown", flaw="unknown-key", statuses=(401,)))
    if operation.body is not None:
        yield st.just(replace(valid, body=None, flaw="missing-body", statuses=() if operation.bodiless else (400,)))
        for flaw_name, raw in (("not-json", _NOT_JSON), ("not-an-object", _NOT_AN_OBJECT)):
            broken = replace(valid, flaw=flaw_name, statuses=(400,))
            yield st.builds(replace, st.just(broken), raw=st.sampled_from(raw))
    parts = {"path": record(**operation.parameters), "query": operation.query, "body": operation.body or record()}
    for part, fields in parts.items():
        for name in fields.required:
            yield st.just(_without(valid, part, name))
        for name, field in fields.fields.items():
            for flaw in field.body_flaws if part == "body" else field.flaws:
                values = flaw.values(tables).filter(is_segment) if part == "path" else flaw.values(tables)
                yield values.map(partial(_changed, valid, part, name, flaw))


def _changed(valid: ApiRequest, part: str, name: str, flaw: Flaw, value: object) -> ApiRequest:
    before = getattr(valid, part) or {}
    after = [*before.get(name, ()), value] if flaw.appended else value
    changes: dict[str, Any] = {part: {**before, name: after}}
    return replace(valid, flaw=flaw.name, statuses=() if flaw.status is None else (flaw.status,), **changes)


def _without(valid: ApiRequest, part: str, name: str) -> ApiRequest:
    before = getattr(valid, part)
    changes: dict[str, Any] = {part: {it: value for it, value in before.items() if it != name}}
    return replace(valid, flaw="missing-field", statuses=(400,), **changes)
