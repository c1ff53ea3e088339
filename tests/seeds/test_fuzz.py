"""Whatever a seed holds, it is loaded, or refused with problems that can be printed; nothing else is ever raised."""

import operator
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from mockserver import seeds
from mockserver.seeds.schema import json_schema
from tests.state.invariants import broken_invariants

Strategy = st.SearchStrategy[Any]

words = st.sampled_from(sorted(set(str(json_schema()).replace("'", " ").split())))
numbers = st.sampled_from(
    ["+442079460100", "+442079460101", "true", "5", "2026-07-02T10:00:00Z", "P", "a~b", "\ud800", "\x85"]
)
texts = st.text(st.characters(codec=None), max_size=20) | words | numbers
leaves = st.none() | st.booleans() | st.integers() | st.floats() | texts
json = st.recursive(leaves, lambda it: st.lists(it, max_size=4) | st.dictionaries(texts, it, max_size=4), max_leaves=20)


def mapping(required: dict[str, Strategy], **optional: Strategy) -> Strategy:
    """Return mappings that are likely to be right, but now and then lack a key, or have an unknown one."""
    likely = st.fixed_dictionaries(required, optional=optional)
    lacking = st.fixed_dictionaries({}, optional={**required, **optional})
    return likely | likely | lacking | st.builds(operator.or_, likely, st.dictionaries(texts, json, max_size=2))


ids = st.sampled_from([*"PQRSTUVW", "a b"])
envs = st.sampled_from(["live", "sandbox", "prod"])
phone = numbers | mapping({"number": numbers}, connectorId=ids, clientEnv=envs)
connector = mapping({"connectorId": ids}, name=texts, clientEnv=envs, phoneNumbers=st.lists(phone, max_size=2))
key = mapping(
    {"key": ids}, agents=st.lists(ids, max_size=2), expired=st.booleans() | leaves, expiresAt=leaves | numbers
)
agent = mapping(
    {"agentId": ids},
    slug=ids,
    name=texts,
    connectors=st.lists(connector, max_size=2),
    phoneNumbers=st.lists(phone, max_size=2),
    outboundCalling=st.dictionaries(envs, words, max_size=1),
)
account = mapping({"accountId": ids}, apiKeys=st.lists(key, max_size=2), agents=st.lists(agent, max_size=2))
outcome = mapping({}, status=words, reason=texts, queuedSeconds=leaves, callingSeconds=leaves)
seed = mapping(
    {"accounts": st.lists(account, max_size=2)},
    outboundCalls=st.dictionaries(numbers, outcome, max_size=1),
    rejectedVoices=st.lists(texts, max_size=2),
    policies=st.dictionaries(words, words, max_size=1),
)
fragments = st.lists(
    words
    | numbers
    | texts
    | st.sampled_from([*"[]{}:-?&*!|>#'\"%@,", "\n", "\n  ", ": ", "- ", "&a ", "*a ", "---\n", "<<: "]),
    max_size=40,
)


def assert_one_line_for_each_problem(error: seeds.SeedError) -> None:
    """Assert that the refusal can be shown to a person."""
    assert error.problems
    assert len(str(error).splitlines()) == len(error.problems)
    assert str(error).encode("utf-8")


@settings(deadline=None)
@given(json | seed)
def test_any_data_is_a_seed_or_a_list_of_problems(data: object) -> None:
    try:
        state = seeds.load_data(data)
    except seeds.SeedError as error:
        assert_one_line_for_each_problem(error)
    else:
        assert broken_invariants(state) == []
        assert seeds.export(seeds.load_text(seeds.dump_yaml(seeds.export(state)).decode())) == seeds.export(state)


@settings(deadline=None)
@given(fragments.map("".join) | st.text(st.characters(codec=None)))
def test_any_text_is_a_seed_or_a_list_of_problems(text: str) -> None:
    try:
        state = seeds.load_text(text)
    except seeds.SeedError as error:
        assert_one_line_for_each_problem(error)
    else:
        assert broken_invariants(state) == []


@settings(deadline=None)
@given(fragments.map("".join))
def test_problems_in_text_stand_within_it(text: str) -> None:
    try:
        seeds.load_text(text)
    except seeds.SeedError as error:
        for problem in error.problems:
            assert problem.line is not None
            assert problem.column is not None
            assert 1 <= problem.line <= len(text.splitlines()) + 1
            assert problem.column >= 1
