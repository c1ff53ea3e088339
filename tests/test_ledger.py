"""The ledger is complete, its page is made from it, and the journal shows which of its rules were at work."""

import ast
import json
from functools import cache
from pathlib import Path
from typing import get_args

import pytest
from pydantic import ConfigDict, TypeAdapter, ValidationError, with_config

from mockserver.http.json import TypedDict
from mockserver.ledger import rows as ledger
from mockserver.resources import OPERATIONS
from mockserver.state.state import ChangeKind
from tests.client import OTHER_AGENT
from tests.contract.at_work import EVERY_OPERATION, at_work
from tests.control.mock import Mock

ROOT = Path(__file__).parent.parent
CLOSED = ConfigDict(extra="forbid")


@with_config(CLOSED)
class Fields(TypedDict, total=False):
    has: list[str]
    lacks: list[str]
    equals: dict[str, object]
    empty: bool


@with_config(CLOSED)
class Change(TypedDict):
    table: str
    change: ChangeKind


@with_config(CLOSED)
class When(TypedDict, total=False):
    status: int
    code: str
    request: Fields
    response: Fields
    changes: list[Change]
    faults: bool
    unknown_fields: bool


WHEN = TypeAdapter(When)


@cache
def _tests_in(path: str) -> frozenset[str]:
    tree = ast.parse((ROOT / path).read_text(encoding="utf-8"))
    return frozenset(node.name for node in tree.body if isinstance(node, ast.FunctionDef))


def test_every_operation_has_rows_and_every_row_an_operation() -> None:
    operations = {operation.name for operation in OPERATIONS} | {EVERY_OPERATION}
    assert {row.operation for row in ledger.rows()} == operations


@pytest.mark.parametrize("row", ledger.rows(), ids=lambda row: f"{row.operation}-{row.rule[:40]}")
def test_every_row_is_complete_and_its_test_exists(row: ledger.Row) -> None:
    assert row.rule
    assert row.source
    assert row.evidence in get_args(ledger.Evidence)
    if row.when is not None:
        WHEN.validate_python(row.when, strict=True)
    path, _, name = row.test.partition("::")
    assert name.startswith("test_")
    assert name in _tests_in(path)


def test_no_rule_is_listed_twice() -> None:
    rules = [(row.operation, row.rule) for row in ledger.rows()]
    assert len(set(rules)) == len(rules)


def test_every_policy_is_named_by_a_rule() -> None:
    from dataclasses import fields

    from mockserver.state.policies import Policies
    from mockserver.state.schema import camel

    rules = " ".join(row.rule for row in ledger.rows())
    assert [policy.name for policy in fields(Policies) if camel(policy.name) not in rules] == []


def _rules(mock: Mock, operation: str | None = None) -> set[str]:
    """Return the rules that the last entry of the journal shows: those of an operation, or of every operation."""
    entry = mock.requests()[-1]
    group = operation or EVERY_OPERATION
    return {row.rule for row in ledger.rows() if row.operation == group and at_work(row, entry)}


def test_an_entry_shows_the_rules_for_the_fields_of_its_request() -> None:
    with Mock() as mock:
        mock.api().patch("/connectors/conn_abc123", json={"variantId": None})
        assert _rules(mock, "updateConnector") == {
            "An absent field is not changed.",
            'variantId: null unassigns the variant; variantId is then "".',
            "Any variantId is accepted (policy variantCheck).",
        }


def test_an_entry_shows_the_rules_for_what_its_request_changed() -> None:
    with Mock() as mock:
        mock.api().patch("/connectors/conn_new456", json={"projectId": OTHER_AGENT})
        without_numbers = _rules(mock, "updateConnector")
        mock.api().patch("/connectors/conn_abc123", json={"projectId": OTHER_AGENT})
        with_numbers = _rules(mock, "updateConnector")
    assert "projectId moves the connector to another agent." in without_numbers
    assert with_numbers - without_numbers == {"Its numbers move, too (policy movedNumbers)."}


def test_fields_are_looked_for_in_the_items_of_a_batch() -> None:
    with Mock() as mock:
        moves = [{"connectorId": "conn_new456"}, {"connectorId": "conn_abc123", "projectId": OTHER_AGENT}]
        mock.api(key="support-only").patch("/connectors/batch", json={"updates": moves})
        assert "A move that the key may not make fails as a single item." in _rules(mock, "batchUpdateConnectors")
        mock.api(key="support-only").patch("/connectors/batch", json={"updates": moves[:1]})
        assert "A move that the key may not make fails as a single item." not in _rules(mock, "batchUpdateConnectors")


def test_query_parameters_are_fields_of_a_request() -> None:
    with Mock() as mock:
        rule = "An unknown connectorId is 200 with an empty list (policy unknownFilter)."
        mock.api().get("/phone-numbers?connectorId=conn_nowhere")
        assert rule in _rules(mock, "listPhoneNumbers")
        mock.api().get("/phone-numbers?connectorId=conn_abc123")
        assert rule not in _rules(mock, "listPhoneNumbers")


def test_a_missing_body_is_told_from_an_empty_object() -> None:
    with Mock() as mock:
        mock.api().patch("/connectors/conn_abc123")
        assert _rules(mock, "updateConnector") == {"A missing body is 400."}
        mock.api().patch("/connectors/conn_abc123", json={})
        assert "An empty update is 200 and changes nothing (policy emptyUpdate)." in _rules(mock, "updateConnector")


def test_a_refusal_shows_the_rules_of_its_code() -> None:
    with Mock() as mock:
        mock.api(key="unheard-of").get("/connectors")
        assert _rules(mock) == {
            "An unknown or expired key is 401.",
            "The code of an unknown or expired key is AUTH_USER_INVALID_TOKEN, that of a missing one "
            "AUTH_USER_UNAUTHORISED.",
            "The body of a refusal is the envelope of six keys, unless its operation documents another one.",
            "Every response has the header X-PolyAI-Correlation-Id, and error_id equals it.",
        }
        assert _rules(mock, "listConnectors") == set()


def test_an_answer_that_a_fault_caused_shows_only_the_rules_of_faults() -> None:
    with Mock() as mock:
        mock.fault(operation="getConnector", status=429)
        mock.api().get("/connectors/conn_abc123")
        assert _rules(mock, "getConnector") == set()
        assert _rules(mock) == {
            "429 with Retry-After exists.",
            "429, 500, 502 and 503 are answered only because of a fault, a magic value or the seed.",
        }


def test_a_rule_that_says_nothing_of_entries_is_never_shown() -> None:
    row = ledger.Row("getConnector", "A rule.", "assumed", "source", "test")
    with Mock() as mock:
        mock.api().get("/connectors/conn_abc123")
        assert not at_work(row, mock.requests()[0])


@pytest.mark.parametrize(
    "when",
    [
        {"stauts": 404},
        {"status": "not found"},
        {"request": {"had": ["x"]}},
        {"changes": [{"table": "connectors", "change": "moved"}]},
    ],
)
def test_a_when_with_an_unknown_word_is_found(when: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        WHEN.validate_python(when, strict=True)


def test_only_what_a_when_says_is_in_the_json_of_a_row() -> None:
    when = {"status": 200, "changes": []}
    rows = [ledger.Row("x", "A rule.", "assumed", "source", "test", when=it) for it in (when, None)]
    shown, silent = json.loads(ledger.as_json(rows))
    assert shown["when"] == when
    assert "when" not in silent
