"""Fidelity ledger: every rule that the fake follows, with its evidence, its source and the test that pins it.

`documented` is written in the service's public material, `observed` was seen in a recording or a client of it, and
`assumed` is our choice where it is not known. The rows are data: every YAML file beside this module has those of one
resource.
"""

import json
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from functools import cache
from itertools import groupby
from pathlib import Path
from typing import Any, Literal

import yaml

Evidence = Literal["documented", "observed", "assumed"]


@dataclass(frozen=True)
class Row:
    """One rule; `test` is a pytest node id, `operation` a name in `/openapi.json` or `every operation`.

    `when` says how to see in an entry of the journal that the rule was at work (see `tests/contract/at_work.py`); it is
    absent where an entry cannot show it.
    """

    operation: str
    rule: str
    evidence: Evidence
    source: str
    test: str
    when: Mapping[str, Any] | None = None


@cache
def rows() -> tuple[Row, ...]:
    """Return all rows: those of every operation, then by resource and operation."""
    files = sorted(Path(__file__).parent.glob("*.yaml"), key=lambda path: (path.stem != "every_operation", path.stem))
    listed = [yaml.safe_load(path.read_text(encoding="utf-8")) for path in files]
    return tuple(Row(operation, **rule) for rules in listed for operation in rules for rule in rules[operation])


def as_json(selected: Iterable[Row]) -> str:
    """Return rows as a JSON list."""
    rows = [{name: value for name, value in asdict(row).items() if value is not None} for row in selected]
    return json.dumps(rows, indent=2, ensure_ascii=False)


def as_text(selected: Iterable[Row]) -> str:
    """Return rows for a terminal, grouped by operation."""
    lines: list[str] = []
    for operation, group in groupby(selected, key=lambda row: row.operation):
        lines += ["", operation]
        for row in group:
            lines.append(f"  {row.evidence:10}  {row.rule}")
            lines.append(f"  {'':10}  {row.source}; {row.test}")
    return "\n".join(lines).strip()


def as_markdown() -> str:
    """Return the whole ledger as a page of Markdown, with a table for each operation."""
    counts = Counter(row.evidence for row in rows())
    lines = [
        "# Fidelity",
        "",
        "<!-- Printed by `mockserver ledger --markdown`. -->",
        "",
        f"The rules that the fake follows, and their evidence: {counts['documented']} are documented, "
        f"{counts['observed']} observed, {counts['assumed']} assumed.",
    ]
    for operation, group in groupby(rows(), key=lambda row: row.operation):
        lines += ["", f"## {operation}", "", "| rule | evidence | source |", "|---|---|---|"]
        lines += [f"| {row.rule} | {row.evidence} | {row.source} |" for row in group]
    return "\n".join(lines) + "\n"
