"""A record that is declared in one new module needs no other: it is stored, read, checked, shown and compared."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

HERE = Path(__file__).parent

pytestmark = pytest.mark.process


@pytest.fixture(scope="module")
def seen() -> dict[str, Any]:
    """What the session with the made-up records printed."""
    command = [sys.executable, str(HERE / "made_up_session.py"), str(HERE / "made_up")]
    said = subprocess.run(command, capture_output=True, text=True, check=True)
    found: dict[str, Any] = json.loads(said.stdout)
    return found


def test_their_tables_stand_where_they_are_declared(seen: dict[str, Any]) -> None:
    assert seen["tables"][:5] == ["accounts", "apiKeys", "agents", "branches", "passphrases"]
    assert seen["by agent"] == 2


def test_a_name_may_be_that_of_another_owners_record(seen: dict[str, Any]) -> None:
    assert seen["keys"] == ["P-1/main", "P-1/draft", "P-2/main"]
    assert seen["broken"] == []


def test_a_seed_holds_them_and_is_exported_as_it_was_written(seen: dict[str, Any]) -> None:
    assert seen["export"]
    assert seen["reloads"]
    assert seen["schema"] == ["branchId", "content"]


def test_a_full_export_fills_in_the_defaults_inside_values(seen: dict[str, Any]) -> None:
    assert seen["full"] == [{"branchId": "main", "content": {"behavior": "Be kind.", "queries": []}}]


def test_answers_show_values_and_hide_what_is_secret(seen: dict[str, Any]) -> None:
    main, draft, passphrase = seen["json"]
    assert main["content"] == {"behavior": "Be kind.", "queries": []}
    assert draft["content"] == {"behavior": "Be kind.", "queries": ["q"]}
    assert passphrase == {"accountId": "ws-1", "name": "crm"}


def test_a_diff_descends_into_values(seen: dict[str, Any]) -> None:
    (change,) = seen["diff"]
    assert (change["table"], change["key"]) == ("branches", "P-1/draft")
    assert change["fields"] == {
        "content behavior": {"before": "Be kind.", "after": "Be brief."},
        "content queries": {"before": ["q"], "after": ["q", "r"]},
    }


def test_problems_in_them_are_reported_where_they_stand(seen: dict[str, Any]) -> None:
    agent = "seed: accounts[0].agents[0]"
    assert seen["mistakes"] == [
        "seed: accounts[0].passphrases[0].value: this value is not text",
        "seed: accounts[0].passphrases[1].value: this value is empty; expected at least 1 character",
        f"{agent}.branches[0].content.queries[0]: 3 is not text",
        f"{agent}.branches[2].branch: unknown key branch; did you mean branchId?",
        f"{agent}.branches[2]: branchId is missing",
        f'{agent}.branches[1].branchId: "b" is already used by the branch at '
        "accounts[0].agents[0].branches[0].branchId",
        'seed: accounts[0].passphrases[1].name: "n" is already used by the passphrase at '
        "accounts[0].passphrases[0].name",
    ]


def test_their_ids_can_be_named_by_requests(seen: dict[str, Any]) -> None:
    assert {"branchId", "passphraseName"} <= set(seen["ids"])


def test_an_agent_is_deleted_with_them(seen: dict[str, Any]) -> None:
    assert seen["after the agent"] == ["P-2/main"]
