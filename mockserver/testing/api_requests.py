"""Requests for any operation: valid ones, and some with one thing wrong."""

from collections.abc import Collection, Sequence
from dataclasses import replace

from hypothesis import strategies as st

from mockserver.testing.flaws import flaws_of
from mockserver.testing.model import Model
from mockserver.testing.operations import OPERATIONS
from mockserver.testing.requests import ApiRequest
from mockserver.testing.resource import RESOURCES
from mockserver.testing.values import JsonObject
from mockserver.testing.worlds import worlds


def api_requests(
    world: JsonObject | None = None,
    *,
    operations: Collection[str] = tuple(OPERATIONS),
    broken: bool | None = None,
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
    new = {name: it for name, it in operation.parameters.items() if name not in place}
    path = place | {name: str(field.drawn(draw, model, place)) for name, field in new.items()}
    query = operation.query.drawn(draw, model, place)
    body = None if operation.body is None else operation.body.drawn(draw, model, place)
    request = ApiRequest(operation.name, path, query, body)
    if draw(st.booleans()) if broken is None else broken:
        request = draw(st.one_of(list(flaws_of(operation, request, model))))
    return replace(request, statuses=request.statuses or (model.copy().answer(request).status,))
