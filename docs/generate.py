"""Generated pages: `python -m docs.generate` writes them, and tests/test_docs.py checks that they are current."""

import json
import re
from collections.abc import Iterable, Iterator
from pathlib import Path

from docs.operations_page import by_tag, page
from mockserver.ledger.rows import as_markdown
from mockserver.openapi.document import document
from mockserver.seeds.schema import json_schema
from mockserver.state.policies import Policies
from mockserver.state.schema import columns
from mockserver.values.kinds import Choice

ROOT = Path(__file__).parents[1]


def pages() -> Iterator[tuple[Path, str]]:
    """Yield every generated page, or page with a generated table, with its text."""
    yield ROOT / "docs/operations.md", page(document())
    yield ROOT / "docs/fidelity.md", as_markdown()
    yield ROOT / "docs/seed.schema.json", json.dumps(json_schema(), indent=2) + "\n"
    yield _with_table("README.md", "operations", _operations())
    yield _with_table("docs/seeds.md", "policies", _policies())


def _operations() -> Iterator[str]:
    yield "| resource | operations |"
    yield "|---|---|"
    for tag, group in by_tag(document()).items():
        if tag != "Mock Control":
            names = (operation["operationId"] for _, _, operation in group)
            yield f"| {tag} | {', '.join(f'[`{name}`](docs/operations.md#{name.lower()})' for name in names)} |"


def _policies() -> Iterator[str]:
    yield "| policy | choices, the default first | what it decides |"
    yield "|---|---|---|"
    for policy in columns(Policies):
        assert isinstance(policy.kind, Choice)
        yield f"| `{policy.seed}` | {', '.join(f'`{choice}`' for choice in policy.kind.choices)} | {policy.doc} |"


def _with_table(name: str, marks: str, rows: Iterable[str]) -> tuple[Path, str]:
    path = ROOT / name
    text = path.read_text(encoding="utf-8")
    table = "\n".join(rows)
    between = re.compile(rf"(<!-- {marks} -->\n).*?(\n<!-- /{marks} -->)", re.DOTALL)
    assert between.search(text), f"{name} has a place for its table of {marks}"
    return path, between.sub(lambda match: match[1] + table + match[2], text)


if __name__ == "__main__":
    for target, content in pages():
        target.write_text(content, encoding="utf-8")
