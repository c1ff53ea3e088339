"""Answers put together from records that are written once are byte for byte what they would be if written each time."""

from dataclasses import fields, replace

from hypothesis import given
from hypothesis import strategies as st

from mockserver.api.fragments import Writer, Written, dump_written, write
from mockserver.http.json import JsonObject, dump_json
from mockserver.state.records import Agent, Record

AGENT = Agent(agent_id="PROJECT-1", account_id="ws-1", name="Line", position=0)

names = st.sampled_from(["connectorId", "data", "deleted", "errors", "found", "success"])
leaves = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text()
values = st.recursive(leaves, lambda inner: st.lists(inner) | st.dictionaries(names, inner))


def packed(record: Record, agent: Agent) -> JsonObject:
    return {"position": record.position, "account": agent.account_id, "quoted": '"\u2028\\é'}


def template(record: Record, agent: Agent) -> Written[JsonObject]:
    return write(packed(record, agent))


@given(st.dictionaries(names, values))
def test_whatever_is_written_is_what_json_is(value: JsonObject) -> None:
    assert dump_written(value) == dump_json(value)


@given(st.lists(st.integers(0, 5), max_size=8))
def test_records_in_an_answer_are_written_as_their_template_writes_them(positions: list[int]) -> None:
    writer = Writer(template)
    records = [Record(position=position) for position in positions]
    whole = {"found": writer.write_all(records, AGENT), "notFound": ["é"]}
    again = {"found": [writer.write(record, AGENT) for record in records], "notFound": ["é"]}
    expected = dump_json({"found": [packed(record, AGENT) for record in records], "notFound": ["é"]})
    assert dump_written(whole) == dump_written(again) == expected


def test_a_record_is_written_once() -> None:
    seen: list[Record] = []

    def noted(record: Record, agent: Agent) -> Written[JsonObject]:
        seen.append(record)
        return template(record, agent)

    writer = Writer(noted)
    record = Record(position=1)
    assert f"[{writer.write(record, AGENT).text}]" == writer.write_all([record], AGENT).text
    assert seen == [record]


def test_a_record_beside_a_changed_agent_is_written_anew() -> None:
    writer = Writer(template)
    record = Record(position=1)
    moved = replace(AGENT, account_id="ws-2")
    assert '"ws-1"' in writer.write(record, AGENT).text
    assert '"ws-2"' in writer.write(record, moved).text


def test_a_look_is_no_part_of_a_record() -> None:
    record, other = Record(position=1), Record(position=1)
    Writer(template).write(record, AGENT)
    assert (record, hash(record), repr(record)) == (other, hash(other), repr(other))
    assert [field.name for field in fields(record)] == ["position"]
    changed = replace(record, position=2)
    assert '"position":2,' in Writer(template).write(changed, AGENT).text


def test_an_answer_may_be_one_record() -> None:
    written: Written[JsonObject] = Writer(template).write(Record(position=7), AGENT)
    assert dump_written(written) == dump_json(packed(Record(position=7), AGENT))
