"""Answers put together from records that are written once are byte for byte what they would be if written each time."""

import gc
import weakref
from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from mockserver.state.records import Agent, Record
from mockserver.wire import JsonObject, dump_json
from mockserver.written import MAX_KEPT, MAX_LENGTH, Writer, Written, dump_written

AGENT = Agent(agent_id="PROJECT-1", account_id="ws-1", name="Line", position=0)

names = st.sampled_from(["connectorId", "data", "deleted", "errors", "found", "success"])
leaves = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text()
values = st.recursive(leaves, lambda inner: st.lists(inner) | st.dictionaries(names, inner))


def packed(record: Record, agent: Agent) -> JsonObject:
    return {"position": record.position, "account": agent.account_id, "quoted": '"\u2028\\é'}


@given(st.dictionaries(names, values))
def test_whatever_is_written_is_what_json_is(value: JsonObject) -> None:
    assert dump_written(value) == dump_json(value)


@given(st.lists(st.integers(0, 5), max_size=8))
def test_records_in_an_answer_are_written_as_they_are_packed(positions: list[int]) -> None:
    writer = Writer(packed)
    records = [Record(position=position) for position in positions]
    whole = {"found": writer.write_all(records, AGENT), "notFound": ["é"]}
    again = {"found": [writer.write(record, AGENT) for record in records], "notFound": ["é"]}
    expected = dump_json({"found": [packed(record, AGENT) for record in records], "notFound": ["é"]})
    assert dump_written(whole) == dump_written(again) == expected


def test_a_record_is_packed_once() -> None:
    seen: list[Record] = []

    def noted(record: Record, agent: Agent) -> JsonObject:
        seen.append(record)
        return packed(record, agent)

    writer = Writer(noted)
    record = Record(position=1)
    assert f"[{writer.write(record, AGENT).text}]" == writer.write_all([record], AGENT).text
    assert seen == [record]


def test_a_record_beside_a_changed_agent_is_written_anew() -> None:
    writer = Writer(packed)
    record = Record(position=1)
    moved = replace(AGENT, account_id="ws-2")
    assert '"ws-1"' in writer.write(record, AGENT).text
    assert '"ws-2"' in writer.write(record, moved).text


def test_records_that_come_and_go_are_never_taken_for_each_other() -> None:
    writer = Writer(packed)
    for position in range(3 * MAX_KEPT):  # far more than are kept, each in the place that another has left
        record = Record(position=position)
        assert f'"position":{position},' in f"{writer.write(record, AGENT).text},".replace("}", ",")
        if position % MAX_KEPT == 0:
            gc.collect()


class Watched(Record):
    """A record that weak references can be made to."""


def test_what_is_kept_is_bounded() -> None:
    def named(record: Record, _: Agent) -> JsonObject:
        return {"name": "x" * record.position}

    writer = Writer(named)
    short, long = Watched(position=10), Watched(position=MAX_LENGTH)
    watched = [weakref.ref(short), weakref.ref(long)]
    writer.write_all([short, long], AGENT)
    del short, long
    gc.collect()
    assert [reference() is None for reference in watched] == [False, True]
    writer.write_all([Record(position=1) for _ in range(MAX_KEPT)], AGENT)
    gc.collect()
    assert watched[0]() is None


def test_an_answer_may_be_one_record() -> None:
    written: Written[JsonObject] = Writer(packed).write(Record(position=7), AGENT)
    assert dump_written(written) == dump_json(packed(Record(position=7), AGENT))
