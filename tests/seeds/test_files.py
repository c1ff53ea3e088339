"""Files that hold no seed: each gets one clear line."""

from pathlib import Path

import pytest

from mockserver import seeds
from mockserver.seeds import yaml_text
from mockserver.state.accounts import Account
from mockserver.values.text import printable

OTHERS = "a seed is a file, or one of demo, empty, two_agents"


def refusal(path: Path) -> str:
    """Return what is said of a file, which must be one line."""
    with pytest.raises(seeds.SeedError) as refused:
        seeds.load_file(path)
    (line,) = str(refused.value).splitlines()
    assert line.startswith(printable(str(path)))
    return line.removeprefix(printable(str(path)))


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b"", ":1:1: expected a mapping with the key accounts, not null"),
        (b"# a comment\n", ":1:1: expected a mapping with the key accounts, not null"),
        (b"---\n...\n", ":2:1: expected a mapping with the key accounts, not null"),
        (b"\n- a\n", ":2:1: expected a mapping with the key accounts, not a list"),
        (b"hello\n", ':1:1: expected a mapping with the key accounts, not "hello"'),
        (b"{}\n", ":1:1: accounts is missing"),
        (b"accounts: []\n---\naccounts: []\n", ":2:1: a second document starts here: a seed is one YAML document"),
        (
            b"\naccounts: [b\nc: d\n",
            ":3:2: not valid YAML: did not find expected ',' or ']' "
            "(while parsing a flow sequence that starts on line 2)",
        ),
        (b"accounts:\n\t- a\n", ":2:1: not valid YAML: found character that cannot start any token"),
        (b"accounts: @\n", ":1:11: not valid YAML: found character that cannot start any token"),
        (b"accounts: []\n# \xc3\xa9\xff\n", ":2:4: not UTF-8: the byte 0xFF is not allowed here"),
        ("accounts: []".encode("utf-16"), ":1:1: not UTF-8: the byte 0xFF is not allowed here"),
        (b"accounts: []\n# \xc3\xa9\x00\n", ":2:4: the character U+0000 is not allowed in YAML"),
        (b"accounts: []\nb: \x1b[0m\n", ":2:4: the character U+001B is not allowed in YAML"),
        ("accounts: []\n\ufffe".encode(), ":2:1: the character U+FFFE is not allowed in YAML"),
    ],
)
def test_a_file_without_a_seed_gets_one_clear_line(tmp_path: Path, content: bytes, expected: str) -> None:
    path = tmp_path / "seed.yaml"
    path.write_bytes(content)
    assert refusal(path) == expected


def test_a_file_that_does_not_exist(tmp_path: Path) -> None:
    assert refusal(tmp_path / "none.yaml") == f": cannot be read (No such file or directory); {OTHERS}"


def test_a_directory(tmp_path: Path) -> None:
    assert refusal(tmp_path) == f": cannot be read (Is a directory); {OTHERS}"


def test_a_path_that_no_file_can_have() -> None:
    assert f"cannot be read (embedded null byte); {OTHERS}" in refusal(Path("a\0b"))


def test_a_file_that_is_too_large(tmp_path: Path) -> None:
    path = tmp_path / "big.yaml"
    with path.open("wb") as file:
        file.truncate(yaml_text.MAX_BYTES + 1)
    assert refusal(path) == ": larger than the 8 MiB that are allowed"


def test_an_endless_file_is_read_no_further_than_the_limit() -> None:
    assert refusal(Path("/dev/zero")) == ": larger than the 8 MiB that are allowed"


def test_text_that_utf_8_cannot_hold() -> None:
    with pytest.raises(seeds.SeedError) as refused:
        seeds.load_text("accounts: []\nb: \ud800")
    assert str(refused.value) == "seed:2:4: the character U+D800 is not allowed in YAML"


def test_a_name_that_is_neither_shipped_nor_a_file() -> None:
    with pytest.raises(seeds.SeedError) as refused:
        seeds.load("dmo")
    assert str(refused.value) == f"dmo: cannot be read (No such file or directory); {OTHERS}"


def test_a_path_is_loaded_as_a_file(tmp_path: Path) -> None:
    path = tmp_path / "demo"
    path.write_text("accounts: [{accountId: mine}]")
    assert "mine" in seeds.load(str(path))[Account]
    assert "mine" not in seeds.load("demo")[Account]
