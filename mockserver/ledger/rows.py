"""The fidelity ledger: every rule that the fake follows, with its evidence, its source and the test that pins it.

`documented` is written in the service's public material, `observed` was seen in a recording or a client of it, and
`assumed` is our choice where nobody knows. The rows are data, in `ledger.yaml` beside this file.
"""

import json
from collections import Counter
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from functools import cache
from itertools import groupby
from pathlib import Path
from typing import Literal

import yaml

Evidence = Literal["documented", "observed", "assumed"]

EVERY_OPERATION = "every operation"


@dataclass(frozen=True, slots=True)
class Row:
    """One rule; `test` is a pytest node id, `operation` a name in `/openapi.json` or `every operation`."""

    operation: str
    rule: str
    evidence: Evidence
    source: str
    test: str


@cache
def rows() -> tuple[Row, ...]:
    """Return all rows, by operation."""
    text = Path(__file__).with_name("ledger.yaml").read_text(encoding="utf-8")
    rules: dict[str, list[dict[str, str]]] = yaml.safe_load(text)
    return tuple(Row(operation=operation, **rule) for operation, rows in rules.items() for rule in rows)  # type: ignore[arg-type]  # a test checks the evidence


def operations() -> list[str]:
    """Return the names that rows are grouped by."""
    return list(dict.fromkeys(row.operation for row in rows()))


def as_json(selected: Iterable[Row]) -> str:
    """Return rows as a JSON list."""
    return json.dumps([asdict(row) for row in selected], indent=2)


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
        f"What the fake does, and how it is known: {counts['documented']} rules are documented, "
        f"{counts['observed']} observed, {counts['assumed']} assumed.",
    ]
    for operation, group in groupby(rows(), key=lambda row: row.operation):
        lines += ["", f"## {operation}", "", "| rule | evidence | source |", "|---|---|---|"]
        lines += [f"| {row.rule} | {row.evidence} | {row.source} |" for row in group]
    return "\n".join(lines) + "\n"
