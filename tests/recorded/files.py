"""Recorded data: lines of JSON, compressed; the same rows give the same bytes."""

import gzip
import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parent


def read(name: str) -> list[Any]:
    """Return the rows of a file of this folder."""
    text = gzip.decompress((FOLDER / f"{name}.jsonl.gz").read_bytes()).decode()
    return [json.loads(line) for line in text.split("\n") if line]


def write(name: str, rows: Iterable[object]) -> None:
    """Write rows to a file of this folder, in place of what it had."""
    lines = [json.dumps(row, ensure_ascii=False) + "\n" for row in rows]
    path = FOLDER / f"{name}.jsonl.gz"
    path.write_bytes(gzip.compress("".join(lines).encode(), mtime=0))
    print(f"{path.name}: {len(lines):,} lines, {path.stat().st_size:,} bytes")
