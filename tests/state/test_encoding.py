"""The JSON of a record in answers: what a JSON encoder would write, from the declaration alone, and only once."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from datetime import UTC, datetime, timedelta, timezone
from typing import Annotated, ClassVar, Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mockserver.state import encoding
from mockserver.state.connectors import Connector
from mockserver.state.encoding import answer_columns, record_json, records_json
from mockserver.state.phone_numbers import PhoneNumber
from mockserver.state.schema import Column, Declaration, Record
from mockserver.testing.values import CLIENT_ENVS

NUMBER = PhoneNumber(number="+442079460100", account_id="ws-1", agent_id="P-1", position=0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Book(Record):
    TABLE: ClassVar = Declaration(name="books", order=1, noun="book", doc="The books.")

    author: Annotated[str | None, Column("Who wrote it.")] = None
    isbn: Annotated[str, Column("Its number.", "bookId", key=True)]
    pages: Annotated[tuple[str, ...], Column("Its pages.")] = ()
    prices: Annotated[Mapping[Literal["new", "used"], float], Column("Its prices.")]
    printed: Annotated[datetime, Column("When it was printed.")]
    secret: Annotated[str, Column("What nobody is told.", shown=False)] = "s3cret"
    sold: Annotated[bool, Column("Whether it has been sold.")] = False


BOOK = Book(
    isbn='"é"',
    pages=("One", "Two\n"),
    prices={"used": 1.5, "new": 2.0},
    printed=datetime(2026, 7, 2, 12, tzinfo=timezone(timedelta(hours=2))),
    position=0,
)


@given(
    st.builds(
        Connector,
        connector_id=st.text(),
        account_id=st.text(),
        agent_id=st.text(),
        name=st.text(),
        client_env=st.sampled_from(CLIENT_ENVS),
        voice_name=st.text(),
        asr_lang_code=st.text(),
        tts_lang_code=st.text(),
        variant_id=st.text(),
        disable_handoff=st.booleans(),
        position=st.just(0),
    )
)
def test_a_record_is_written_as_an_encoder_writes_it(row: Connector) -> None:
    expected = {column.name: getattr(row, column.attribute) for column in answer_columns(Connector)}
    assert record_json(row) == json.dumps(expected, sort_keys=True, separators=(",", ":"))


def test_a_column_that_is_none_is_left_out() -> None:
    routed = replace(NUMBER, connector_id="conn_1")
    assert json.loads(record_json(routed)) == {**json.loads(record_json(NUMBER)), "connectorId": "conn_1"}


def test_a_list_holds_the_records_in_order() -> None:
    other = replace(NUMBER, client_env="sandbox")
    assert records_json([NUMBER, other]) == f"[{record_json(NUMBER)},{record_json(other)}]"
    assert records_json([]) == "[]"


def test_values_in_a_record_are_written_as_they_are_declared_and_what_is_hidden_is_not() -> None:
    assert json.loads(record_json(BOOK)) == {
        "bookId": '"é"',
        "pages": ["One", "Two\n"],
        "prices": {"new": 2.0, "used": 1.5},
        "printed": "2026-07-02T10:00:00.000Z",
        "sold": False,
    }
    assert json.loads(record_json(replace(BOOK, author="A", printed=datetime(2026, 1, 1, tzinfo=UTC))))["author"] == "A"


def test_a_record_is_written_once(monkeypatch: pytest.MonkeyPatch) -> None:
    row = replace(NUMBER, position=1)
    text = record_json(row)
    monkeypatch.setattr(encoding, "_write", None)
    assert record_json(row) is text
    assert records_json([row]) == f"[{text}]"


def test_the_text_is_no_part_of_a_record() -> None:
    row, other = replace(NUMBER), replace(NUMBER)
    record_json(row)
    assert (row, hash(row), repr(row)) == (other, hash(other), repr(other))
    assert "sandbox" in record_json(replace(row, client_env="sandbox"))
    assert [field.name for field in fields(row) if field.init] == [
        *("position", "account_id", "agent_id", "number", "client_env", "connector_id")
    ]
