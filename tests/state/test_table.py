"""Tables: a shared base under the changes of each fork, and indexes that follow."""

from dataclasses import dataclass, replace
from typing import TypeAlias

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mockserver.state.schema import Record
from mockserver.state.table import Log, Table
from tests.state.invariants import indexed


@dataclass(frozen=True, slots=True, kw_only=True)
class Item(Record):
    key: str
    owner: str | None


Items: TypeAlias = Table[Item]


def _table(*rows: tuple[str, str | None]) -> Items:
    table: Items = Table("items", Log(), key=("key",), indexes=("owner",))
    for key, owner in rows:
        table.add(Item(key=key, owner=owner, position=table.next_position()))
    table.seal()
    return table


def _keys(table: Items, owner: str) -> list[str]:
    return [row.key for row in table.where("owner", owner)]


def test_a_row_that_changes_its_owner_is_found_under_the_new_one_only() -> None:
    table = _table(("a", "x"), ("b", "x"))
    row = table.get("a")
    assert row is not None
    table.put(replace(row, owner="y"))
    assert (_keys(table, "x"), _keys(table, "y")) == (["b"], ["a"])
    assert indexed(table, "owner") == {"x", "y"}


def test_rows_are_listed_in_order_of_creation_however_often_they_change() -> None:
    table = _table(("a", "x"), ("b", "y"), ("c", "x"))
    for key, owner in (("c", "y"), ("a", "y"), ("c", "x"), ("a", "x")):
        row = table.get(key)
        assert row is not None
        table.put(replace(row, owner=owner))
    assert _keys(table, "x") == ["a", "c"]
    assert [row.key for row in table] == ["a", "b", "c"]


def test_a_row_that_was_removed_and_stored_again_is_listed_last() -> None:
    table = _table(("a", "x"), ("b", "x"))
    row = table.pop("a")
    table.put(replace(row, position=table.next_position()))
    assert _keys(table, "x") == ["b", "a"]


def test_removing_a_row_that_is_not_there_is_a_broken_invariant() -> None:
    with pytest.raises(AssertionError, match="items has no row 'a'"):
        _table().pop("a")


def test_a_fork_of_a_large_table_copies_no_rows() -> None:
    table = _table(*((str(number), "x") for number in range(10_000)))
    fork = table.fork(Log())
    row = fork.get("77")
    assert row is not None
    fork.put(replace(row, owner="y"))
    assert list(fork.differences()) == ["77"]
    assert fork.get("78") is table.get("78")


def test_changes_are_counted_from_the_base() -> None:
    table = _table(("a", "x"), ("b", "x"))
    row = table.get("a")
    assert row is not None
    changed = replace(row, owner="y")
    table.put(changed)
    table.pop("b")
    new = Item(key="c", owner=None, position=table.next_position())
    table.put(new)
    assert table.differences() == {
        "a": (row, changed),
        "b": (Item(key="b", owner="x", position=1), None),
        "c": (None, new),
    }
    table.put(row)
    assert list(table.differences()) == ["b", "c"]


KEYS = st.sampled_from("abcde")
OWNERS = st.sampled_from(["x", "y", None])
STEPS = st.lists(st.tuples(st.sampled_from(["put", "pop", "fork", "seal"]), KEYS, OWNERS), max_size=30)


@given(STEPS)
def test_a_table_and_its_forks_behave_as_independent_dicts(steps: list[tuple[str, str, str | None]]) -> None:
    pairs: list[tuple[Items, dict[str, str | None]]] = [(_table(("a", "x"), ("b", "y")), {"a": "x", "b": "y"})]
    for step, key, owner in steps:
        table, model = pairs[-1]
        row = table.get(key)
        if step == "put":
            table.put(replace(row, owner=owner) if row else Item(key=key, owner=owner, position=table.next_position()))
            model[key] = owner
        elif step == "pop" and row:
            table.pop(key)
            del model[key]
        elif step == "fork":
            pairs.insert(len(pairs) // 2, (table.fork(Log()), dict(model)))
        elif step == "seal":
            table.seal()
    for table, model in pairs:
        assert [(row.key, row.owner) for row in table] == list(model.items())
        assert len(table) == len(model)
        for owner in ("x", "y"):
            assert _keys(table, owner) == [key for key, value in model.items() if value == owner]
        assert indexed(table, "owner") == set(model.values()) - {None}
        assert all((key in table) == (key in model) for key in "abcde")
