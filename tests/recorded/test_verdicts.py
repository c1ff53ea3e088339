"""The JSON Schema, the loader and `mockserver check` judge seeds as version 0.1 did."""

import re
from typing import Any

from tests.recorded import files, verdicts

COMPARES_MESSAGES = False  # a message may become better; where a mistake is, and how many there are, may not change

# `seed`, perhaps line and column, then perhaps a path, whose steps are names, indexes and quoted texts.
_PLACE = re.compile(r'seed(:\d+:\d+)?: ((?:\.?[\w+-]{1,80}|\[\d+\]|\["(?:[^"]|"(?!\]))*"\])+: )?')

# Call SIDs, for which seeds and requests had patterns of their own: one of hyphens alone, and one in capital letters.
_JUDGED_OTHERWISE_SINCE = {476, 478}

ROWS: dict[int, Any] = {
    number: row for number, row in enumerate(files.read(verdicts.NAME)) if number not in _JUDGED_OTHERWISE_SINCE
}
DATA = {number: row for number, row in ROWS.items() if "data" in row}


def _mistakes(lines: list[str]) -> list[str]:
    """Return what is compared of the loader's lines, whose order is not for data."""
    if COMPARES_MESSAGES:
        return sorted(lines)
    return sorted(place[0] for line in lines if (place := _PLACE.match(line)))


def _changed(recorded: dict[int, Any], given: dict[int, Any]) -> dict[int, Any]:
    """Return what was recorded and what is given, of the rows in which they are not the same."""
    return {number: (recorded[number], given[number]) for number in recorded if recorded[number] != given[number]}


def test_the_recorded_seeds_are_accepted_and_refused_in_all_combinations() -> None:
    combinations = {(row["valid"], not row["of_data"]) for row in DATA.values()}
    assert combinations == {(True, True), (True, False), (False, True), (False, False)}


def test_the_schema_judges_data_as_recorded() -> None:
    recorded = {number: row["valid"] for number, row in DATA.items()}
    assert _changed(recorded, {number: verdicts.schema().is_valid(row["data"]) for number, row in DATA.items()}) == {}


def test_the_loader_finds_the_recorded_mistakes_in_data() -> None:
    recorded = {number: _mistakes(row["of_data"]) for number, row in DATA.items()}
    given = {number: _mistakes(verdicts.of_data(row["data"])) for number, row in DATA.items()}
    assert _changed(recorded, given) == {}


def test_the_loader_finds_the_recorded_mistakes_in_text() -> None:
    recorded = {number: _mistakes(row["of_text"]) for number, row in ROWS.items()}
    given = {number: _mistakes(verdicts.of_text(row["text"])) for number, row in ROWS.items()}
    assert _changed(recorded, given) == {}


def test_the_check_of_a_file_finds_the_recorded_mistakes() -> None:
    wrong = {number: row for number, row in ROWS.items() if row["of_text"]}
    checked = verdicts.of_files(row["text"] for row in wrong.values())
    given = {number: _mistakes(lines) for number, lines in zip(wrong, checked, strict=True)}
    assert _changed({number: _mistakes(row["of_file"]) for number, row in wrong.items()}, given) == {}


def test_the_check_of_a_file_counts_what_it_counted() -> None:
    right = [row for row in ROWS.values() if not row["of_text"]]
    for row, (line,) in zip(right, verdicts.of_files(row["text"] for row in right), strict=True):
        assert set(row["of_file"][0].split(", ")) <= set(line.split(", ")), row["text"]  # more may be counted
