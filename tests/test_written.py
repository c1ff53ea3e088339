"""Answers put together from records that are written once are byte for byte what they would be if written each time."""

from hypothesis import given
from hypothesis import strategies as st

from mockserver.api.fragments import dump_written
from mockserver.http.json import JsonObject, dump_json

names = st.sampled_from(["connectorId", "data", "deleted", "errors", "found", "success"])
leaves = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text()
values = st.recursive(leaves, lambda inner: st.lists(inner) | st.dictionaries(names, inner))


@given(st.dictionaries(names, values))
def test_whatever_is_written_is_what_json_is(value: JsonObject) -> None:
    assert dump_written(value) == dump_json(value)
