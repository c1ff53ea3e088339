"""YAML's traps: text stays the text that was written, and what a seed has no use for is refused."""

import subprocess
import sys
from collections.abc import Callable

import pytest

from mockserver import seeds
from mockserver.seeds import yaml_text
from mockserver.state.accounts import Account, Agent
from mockserver.state.connectors import Connector
from mockserver.state.phone_numbers import PhoneNumber
from tests.seeds.reports import problems_in

BOMB = "\n".join(
    ["a: &a [x, x, x, x, x, x, x, x, x, x]"]
    + [
        f"{name}: &{name} [{', '.join([f'*{before}'] * 10)}]"
        for before, name in zip("abcdefgh", "bcdefghi", strict=True)
    ]
)
STEPS = "a: &a [[[x]]]\n" + "\n".join(f"a{n}: &a [[[*a]]]" for n in range(1_000))


def connector_of(lines: str) -> Connector:
    """Return the connector that the given lines describe."""
    text = f"accounts: [{{accountId: ws-1, agents: [{{agentId: P-1, connectors: [{{connectorId: c, {lines}}}]}}]}}]"
    (row,) = seeds.load_text(text)[Connector]
    return row


@pytest.mark.parametrize(
    "written",
    [
        "NO",
        "on",
        "012",
        "0x1F",
        "12:30",
        "2026-07-01",
        "1e3",
        ".inf",
        "+1",
        "1_000",
        "=",
        "<<",
        "true",
        "'~'",
        '"null"',
    ],
)
def test_an_unquoted_scalar_stays_the_text_that_was_written(written: str) -> None:
    assert connector_of(f"name: {written}").name == written.strip("\"'")


@pytest.mark.parametrize("nothing", ["null", "~", "", "NULL"])
def test_null_counts_as_absent(nothing: str) -> None:
    assert connector_of(f"name: {nothing}").name == "c"


def test_an_unquoted_number_keeps_its_plus() -> None:
    state = seeds.load_text(
        "accounts: [{accountId: 012, agents: [{agentId: 12.50, phoneNumbers: [+14155550100, {number: +14155550101}]}]}]"
    )
    assert [row.number for row in state[PhoneNumber]] == ["+14155550100", "+14155550101"]
    assert [row.agent_id for row in state[Agent]] == ["12.50"]
    assert "012" in state[Account]


@pytest.mark.parametrize(
    ("tagged", "shown"),
    [
        ("!!python/object/apply:os.system [ls]", "!!python/object/apply:os.system"),
        ("!!python/name:os.system", "!!python/name:os.system"),
        ("!!int 5", "!!int"),
        ("!env HOME", "!env"),
        ("!!binary aGk=", "!!binary"),
        ("! x", "!"),
    ],
)
def test_a_tag_is_refused(tagged: str, shown: str) -> None:
    (line,) = problems_in(f"accounts:\n- accountId: {tagged}\n")
    assert line == f"2:14: accounts[0].accountId: the tag {shown} is not allowed: a seed has no tags"


def test_a_tag_on_a_key_is_refused() -> None:
    (line,) = problems_in("!!python/name:os.system accounts: []\n")
    assert line == "1:1: accounts: the tag !!python/name:os.system is not allowed: a seed has no tags"


@pytest.mark.parametrize("key", ["[a]", "{a: b}", "? [a]\n", "{{ a }}", "*a"])
def test_a_key_that_is_not_text_is_refused(key: str) -> None:
    *_, line = problems_in(f"accounts: &a []\n{key} : b\n")
    assert "a key must be text, not an alias, a list or a mapping" in line


def test_records_that_share_an_anchor_share_no_state() -> None:
    state = seeds.load_text(
        """
        accounts:
        - accountId: ws-1
          agents:
          - &one {agentId: P-1, outboundCalling: &calling {live: unavailable}, variants: &variants [V-1]}
          - {agentId: P-2, outboundCalling: *calling, variants: *variants}
        """
    )
    one, two = state[Agent]
    assert one.outbound_calling == two.outbound_calling == {"live": "unavailable"}
    assert one.outbound_calling is not two.outbound_calling
    assert one.variant_ids == two.variant_ids == ("V-1",)


def test_an_anchor_may_stand_at_a_key_and_be_given_again() -> None:
    state = seeds.load_text("&k accounts: [{accountId: *k, slug: &k x}, {accountId: &k y, slug: &k z}]")
    assert [(row.account_id, row.slug) for row in state[Account]] == [("accounts", "x"), ("y", "z")]


def test_a_problem_in_an_alias_stands_where_the_alias_does() -> None:
    lines = problems_in(
        """\
        accounts:
        - accountId: &name ws-1
        - accountId: *name
        - &third {accountId: ws-3, nme: x}
        - *third
        """
    )
    assert [line.split(": ")[:2] for line in lines] == [
        ["3:14", "accounts[1].accountId"],
        ["4:28", "accounts[2].nme"],
        ["5:3", "accounts[3].nme"],
        ["5:3", "accounts[3].accountId"],
    ]


@pytest.mark.parametrize("text", ["accounts: *nope", "accounts: &nope [*nope]"])
def test_an_alias_of_nothing_is_one_problem(text: str) -> None:
    (line,) = problems_in(text)
    assert line.endswith("*nope has no complete anchor &nope before it")


@pytest.mark.parametrize("text", [BOMB, STEPS], ids=["exponential", "in steps"])
def test_aliases_are_bounded(text: str) -> None:
    (line,) = problems_in(text)
    assert "aliases stand for more than the 100,000 values that are allowed" in line


TOO_DEEP = "nested deeper than the 32 levels that are allowed"
NO_KEY = "a key must be text"
TOO_DEEP_FOR_LIBYAML = "not valid YAML: exceeded maximum nesting depth"  # since 0.2.6, where it has to read ahead


@pytest.mark.parametrize(
    ("nest", "expected"),
    [
        ("- ", [TOO_DEEP]),
        ("? ", [NO_KEY]),
        ("{a: ", [TOO_DEEP]),
        ("[[{a: ", [TOO_DEEP]),
        ("[{a: ", [TOO_DEEP]),
        ("[", [TOO_DEEP, TOO_DEEP_FOR_LIBYAML]),
        ("{", [NO_KEY, TOO_DEEP_FOR_LIBYAML]),
        ("[{", [NO_KEY, TOO_DEEP_FOR_LIBYAML]),
    ],
)
def test_a_deep_nest_is_refused_where_it_gets_too_deep(nest: str, expected: list[str]) -> None:
    (line,) = problems_in(nest * 100_000)
    assert any(message in line for message in expected), line


def test_size_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(yaml_text, "MAX_BYTES", 2**20)
    with pytest.raises(seeds.SeedError) as refused:
        seeds.load_text("#" * (2**20 + 1), "big.yaml")
    assert str(refused.value) == "big.yaml: larger than the 1 MiB that are allowed"


@pytest.mark.parametrize("prefix", ["", "\ufeff", "# é\n", "---\n", "%YAML 1.2\n---\n"])
@pytest.mark.parametrize("convert", [str, lambda text: text.replace("\n", "\r\n")], ids=["LF", "CRLF"])
def test_a_byte_order_mark_line_ends_and_directives_do_not_matter(prefix: str, convert: Callable[[str], str]) -> None:
    state = seeds.load_text(convert(f"{prefix}accounts:\n- accountId: ws-1\n"))
    assert "ws-1" in state[Account]


@pytest.mark.process
def test_seeds_load_where_yaml_comes_without_libyaml() -> None:
    code = "import yaml; del yaml.CSafeLoader; from mockserver import seeds; print(seeds.load('demo').rules.clock)"
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ended.stdout.startswith("ClockStart")
