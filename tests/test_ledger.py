"""The ledger is whole: every operation has rows, every row its test, and what documentation prints comes from it."""

import ast
from functools import cache
from pathlib import Path
from typing import get_args

import pytest

from mockserver.ledger import rows as ledger
from mockserver.resources import OPERATIONS

ROOT = Path(__file__).parent.parent


@cache
def _tests_in(path: str) -> frozenset[str]:
    tree = ast.parse((ROOT / path).read_text(encoding="utf-8"))
    return frozenset(node.name for node in tree.body if isinstance(node, ast.FunctionDef))


def test_every_operation_has_rows_and_every_row_an_operation() -> None:
    operations = {operation.name for operation in OPERATIONS} | {ledger.EVERY_OPERATION}
    assert {row.operation for row in ledger.rows()} == operations


@pytest.mark.parametrize("row", ledger.rows(), ids=lambda row: f"{row.operation}-{row.rule[:40]}")
def test_every_row_is_complete_and_its_test_exists(row: ledger.Row) -> None:
    assert row.evidence in get_args(ledger.Evidence)
    assert row.rule
    assert row.source
    path, _, name = row.test.partition("::")
    assert name.startswith("test_")
    assert name in _tests_in(path)


def test_no_rule_is_listed_twice() -> None:
    rules = [(row.operation, row.rule) for row in ledger.rows()]
    assert len(set(rules)) == len(rules)


def test_every_policy_is_named_by_a_rule() -> None:
    from dataclasses import fields

    from mockserver.state.policies import Policies
    from mockserver.values.naming import camel

    rules = " ".join(row.rule for row in ledger.rows())
    assert [policy.name for policy in fields(Policies) if camel(policy.name) not in rules] == []


def test_the_fidelity_page_is_made_from_the_ledger() -> None:
    page = (ROOT / "docs" / "fidelity.md").read_text(encoding="utf-8")
    assert page == ledger.as_markdown()
