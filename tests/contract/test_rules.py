"""The journal shows which rules of the ledger were at work."""

from mockserver.ledger.rows import rows
from tests.contract.at_work import at_work

Entry = dict[str, object]


def test_every_rule_that_an_entry_can_show_is_at_work_in_the_session(entries: list[Entry]) -> None:
    shown = [row for row in rows() if row.when is not None and "faults" not in row.when]
    assert [row.rule for row in shown if not any(at_work(row, entry) for entry in entries)] == []
