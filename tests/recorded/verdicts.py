"""Recording of what is said of seeds, right and wrong: by the JSON Schema, by the loader and by `mockserver check`."""

import json
from collections.abc import Iterable, Iterator
from functools import cache
from importlib import import_module
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import click
import yaml
from click.testing import CliRunner
from jsonschema import Draft202012Validator

from mockserver import seeds
from tests.recorded import documents, files

NAME = "verdicts"
COMMAND: click.Command = import_module("mockserver.__main__").main


@cache
def schema() -> Draft202012Validator:
    """Return a validator by the schema that `mockserver schema` prints."""
    return Draft202012Validator(json.loads(CliRunner().invoke(COMMAND, ["schema"]).stdout))


def of_data(data: object) -> list[str]:
    """Return what the loader says of plain data, a line for each mistake."""
    try:
        seeds.load_data(data)
    except seeds.SeedError as error:
        return str(error).split("\n")
    return []


def of_text(text: str) -> list[str]:
    """Return what the loader says of YAML text, a line for each mistake."""
    try:
        seeds.load_text(text)
    except seeds.SeedError as error:
        return str(error).split("\n")
    return []


def of_files(texts: Iterable[str]) -> Iterator[list[str]]:
    """Yield what `mockserver check` says of each text, without the name of its file."""
    with TemporaryDirectory() as folder:
        for number, text in enumerate(texts):
            path = Path(folder, f"{number}.yaml")
            path.write_text(text, encoding="utf-8")
            result = CliRunner().invoke(COMMAND, ["check", str(path)])
            assert result.exit_code == bool(result.stderr), "a mistake is told on standard error, and by the exit code"
            yield [line.replace(str(path), "seed", 1) for line in result.output.rstrip("\n").split("\n")]


def _rows() -> Iterator[dict[str, Any]]:
    for data in documents.data():
        text = yaml.safe_dump(data, sort_keys=False, allow_unicode=True)
        valid = schema().is_valid(data)
        yield {"data": data, "valid": valid, "of_data": of_data(data), "text": text, "of_text": of_text(text)}
    for text in documents.texts():
        yield {"text": text, "of_text": of_text(text)}


def record() -> None:
    """Record all of it."""
    rows = list(_rows())
    checked = of_files(row["text"] for row in rows)
    files.write(NAME, ({**row, "of_file": lines} for row, lines in zip(rows, checked, strict=True)))
