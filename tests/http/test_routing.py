"""Routes are found by their segments, whatever order they are listed in."""

from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mockserver.errors import ApiError
from mockserver.http.routing import RouteTable

ROUTES = (
    ("GET", "/v1/things/{id}", "one"),
    ("DELETE", "/v1/things/{id}", "remove"),
    ("GET", "/v1/things/batch", "batch"),
    ("PATCH", "/v1/things/batch", "change"),
    ("GET", "/v1/{kind}/batch/parts", "parts"),
    ("GET", "/v1/things/{id}/{part}", "part"),
    ("POST", "/v1", "root"),
)
METHODS = ("GET", "PATCH", "DELETE", "POST")


def searched(method: str, path: str) -> tuple[str, dict[str, str]] | list[str]:
    """Return what a look at every route finds: the most literal one that has the method, else all methods."""
    given = path.split("/")
    fitting = []
    for one, template, target in ROUTES:
        wanted = template.split("/")
        pairs = list(zip(wanted, given, strict=False))
        is_open = [name.startswith("{") for name in wanted]
        if len(wanted) == len(given) and all((name == it) or (it and name[0:1] == "{") for name, it in pairs):
            fitting.append((is_open, one, target, {name[1:-1]: it for name, it in pairs if name.startswith("{")}))
    with_method = sorted((is_open, target, path) for is_open, one, target, path in fitting if one == method)
    return with_method[0][1:] if with_method else sorted({one for _, one, _, _ in fitting})


def matched(table: RouteTable[str], method: str, path: bytes) -> tuple[str, dict[str, str]] | list[str]:
    """Return what a table finds, or the methods that its refusal names."""
    try:
        return tuple(table.match(method, path))  # type: ignore[return-value]  # the fields of a match
    except ApiError as refusal:
        return [name for name in refusal.headers.get("allow", "").split(", ") if name]


@given(st.sampled_from(METHODS), st.lists(st.sampled_from(["", "v1", "things", "batch", "parts", "x"]), max_size=6))
def test_a_look_up_finds_what_a_search_finds(method: str, segments: list[str]) -> None:
    path = "/".join(["", *segments])
    assert matched(RouteTable(ROUTES), method, path.encode()) == searched(method, path)


@pytest.mark.parametrize("routes", list(permutations(ROUTES[:4])))
def test_the_order_of_routes_does_not_matter(routes: tuple[tuple[str, str, str], ...]) -> None:
    table = RouteTable(routes)
    assert table.match("GET", b"/v1/things/batch") == ("batch", {})
    assert table.match("DELETE", b"/v1/things/batch") == ("remove", {"id": "batch"})
    assert matched(table, "PUT", b"/v1/things/batch") == ["DELETE", "GET", "PATCH"]


def test_segments_are_decoded_after_they_are_split() -> None:
    table = RouteTable(ROUTES)
    assert table.match("GET", b"/v1/things/a%2Fb+%C3%A9") == ("one", {"id": "a/b+é"})
    assert table.match("GET", b"/v1/things/b%61tch") == ("one", {"id": "batch"})
    assert matched(table, "GET", b"/v1/things/%FF") == []


def test_a_route_is_listed_once() -> None:
    with pytest.raises(AssertionError, match="twice"):
        RouteTable([("GET", "/a/{id}", 1), ("GET", "/a/{name}", 2)])
