"""The generic rooms know no resource by name, so that adding one edits none of them."""

import re
from pathlib import Path

import pytest

from mockserver.state.catalogue import record_types

ROOT = Path(__file__).parents[1]

GENERIC = [
    *(
        f"mockserver/{room}"
        for room in ("seeds", "world", "api", "http", "control", "openapi", "command", "app", "server")
    ),
    "conftest_plugin",
]

# What access itself is made of: the scopes of paths resolve accounts and agents, and authentication knows keys.
ACCESS = {"Account", "ApiKey", "Agent"}

RECORDS = [record for record in record_types() if record.__name__ not in ACCESS]


def names_of(record: type) -> str:
    """Return a pattern of every spelling of a record's name."""
    words = re.findall("[A-Z][a-z]*", record.__name__)
    return r"[\W_]?".join(words)


def test_there_are_records_to_look_for() -> None:
    assert {"Connector", "PhoneNumber", "OutboundCall"} <= {record.__name__ for record in RECORDS}
    assert re.search(names_of(type("PhoneNumber", (), {})), "a phoneNumberId", re.IGNORECASE)
    assert re.search(names_of(type("PhoneNumber", (), {})), "list_phone_numbers", re.IGNORECASE)


@pytest.mark.parametrize("room", GENERIC)
def test_a_generic_room_names_no_record(room: str) -> None:
    pattern = re.compile("|".join(names_of(record) for record in RECORDS), re.IGNORECASE)
    found = [
        f"{path.relative_to(ROOT)}:{number}: {line.strip()}"
        for path in sorted((ROOT / room).rglob("*.py"))
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        if pattern.search(line.replace("aiohttp.connector", ""))
    ]
    assert found == []


def test_no_file_of_the_product_is_over_300_lines() -> None:
    files = [path for folder in ("mockserver", "conftest_plugin") for path in (ROOT / folder).rglob("*.py")]
    lengths = {str(path.relative_to(ROOT)): len(path.read_text(encoding="utf-8").splitlines()) for path in files}
    assert {name: length for name, length in lengths.items() if length > 300} == {}
