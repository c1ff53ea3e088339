"""The corpus of the fuzz targets, kept in the folder `corpus`: a file for each input."""

import json
from functools import cache
from pathlib import Path
from typing import Any

from mockserver.api.operation import Operation
from tests.fuzz.targets import WITH_BODY

CORPUS = Path(__file__).parent / "corpus"


@cache
def requests() -> dict[str, tuple[Operation, Any]]:
    """Return operation and body of the inputs of the target `request` that are JSON, by file name."""
    found = {}
    by_name = {operation.name: operation for operation in WITH_BODY}
    for file in sorted((CORPUS / "request").iterdir()):
        name, _, body = file.read_text(encoding="utf-8").partition("\n")
        found[file.name] = by_name[name], json.loads(body)
    return found
