"""What a seed becomes when its state is exported is what it was in version 0.1, to the byte."""

import json
import re
from typing import Any

import pytest

from mockserver import seeds
from tests.recorded import exports, files

ROWS: list[Any] = files.read(exports.NAME)


def test_more_than_300_seeds_are_recorded() -> None:
    assert len(ROWS) > 300


@pytest.mark.parametrize("row", [row for row in ROWS if "text" in row])
def test_the_text_of_a_seed_exports_to_the_recorded_bytes(row: Any) -> None:
    assert _common(seeds.dump_yaml(seeds.export(seeds.load_text(row["text"]))).decode()) == _common(row["yaml"])


@pytest.mark.parametrize("number", [number for number, row in enumerate(ROWS) if "data" in row])
def test_the_data_of_a_seed_exports_to_the_recorded_bytes(number: int) -> None:
    row = ROWS[number]
    assert _common(exports.exported(row["data"])) == _common(row["yaml"])


def test_an_export_is_exported_again_as_it_is() -> None:
    exported = [row["yaml"] for row in ROWS if "yaml" in row]
    again = [seeds.dump_yaml(seeds.export(seeds.load_text(text))).decode() for text in exported]
    assert [number for number, text in enumerate(exported) if _common(again[number]) != _common(text)] == []


def _common(text: str) -> str:
    """Return what both versions write.

    Later ones escape what is not printable, break no long text into lines, and have another default of a policy.
    """
    text = re.sub(r"^  importConnectorId: .*\n", "", text, flags=re.MULTILINE)
    text = re.sub(r"^policies:\n(?! )", "", text, flags=re.MULTILINE)
    text = "".join(it if it.isprintable() or it == "\n" else f"\\U{ord(it):08X}" for it in text)
    return re.sub(r"\\?\s+\\?", " ", text)


def test_merging_two_seeds_gives_the_recorded_data_in_the_recorded_order() -> None:
    merges = [row for row in ROWS if "merged" in row]
    assert len(merges) > 50
    for row in merges:
        assert json.dumps(seeds.merge(row["into"], row["added"])) == json.dumps(row["merged"])
