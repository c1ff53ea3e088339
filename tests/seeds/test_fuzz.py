"""Whatever a seed holds, it is loaded, or refused with mistakes that can be printed; nothing else is ever raised."""

from hypothesis import given
from hypothesis import strategies as st

from mockserver import seeds
from mockserver.seeds.schema import json_schema
from mockserver.state.invariants import broken_invariants

words = st.sampled_from(sorted(set(str(json_schema()).replace("'", " ").split())))
numbers = st.sampled_from(["+442079460100", "+442079460101", "true", "5", "2026-07-02T10:00:00Z", "P", "a~b"])
texts = st.text(st.characters(codec=None), max_size=20) | words | numbers
leaves = st.none() | st.booleans() | st.integers() | st.floats() | texts
json = st.recursive(leaves, lambda it: st.lists(it, max_size=4) | st.dictionaries(texts, it, max_size=4), max_leaves=20)


def mapping(**parts: st.SearchStrategy[object]) -> st.SearchStrategy[object]:
    """Return mappings that have some of the parts, at times with a key or a value that has no place there."""
    likely = st.fixed_dictionaries({}, optional=parts)
    return likely | st.builds(lambda row, other: {**row, **other}, likely, st.dictionaries(texts, json, max_size=2))


names = st.sampled_from(["P", "Q", "conn_1"]) | texts
phone = numbers | mapping(number=numbers, connectorId=names, clientEnv=words, projectId=names)
connector = mapping(connectorId=names, name=texts, clientEnv=words, phoneNumbers=st.lists(phone, max_size=3))
key = mapping(key=names, agents=st.lists(names, max_size=2), expired=leaves, expiresAt=leaves)
agent = mapping(
    agentId=names,
    slug=names,
    variants=st.lists(names, max_size=2),
    connectors=st.lists(connector, max_size=3),
    phoneNumbers=st.lists(phone, max_size=3),
    outboundCalling=st.dictionaries(words, words, max_size=2),
)
account = mapping(accountId=names, apiKeys=st.lists(key, max_size=3), agents=st.lists(agent, max_size=2))
outcome = mapping(status=words, reason=texts, queuedSeconds=leaves, callingSeconds=leaves)
seed = mapping(
    accounts=st.lists(account, max_size=2),
    outboundCalls=st.dictionaries(numbers, outcome, max_size=2),
    rejectedVoices=st.lists(texts, max_size=2),
    policies=st.dictionaries(words, words, max_size=2),
)
fragments = st.lists(
    words
    | numbers
    | texts
    | st.sampled_from([*"[]{}:-?&*!|>#'\"%@,", "\n", "\n  ", ": ", "- ", "&a ", "*a ", "---\n", "<<: "]),
    max_size=40,
)


def assert_one_line_for_each_mistake(error: seeds.SeedError) -> None:
    """Assert that the refusal can be shown to a person."""
    assert error.mistakes
    assert len(str(error).splitlines()) == len(error.mistakes)
    assert str(error).encode("utf-8")


@given(json | seed)
def test_any_data_is_a_seed_or_a_list_of_mistakes(data: object) -> None:
    try:
        state = seeds.load_data(data)
    except seeds.SeedError as error:
        assert_one_line_for_each_mistake(error)
    else:
        assert broken_invariants(state) == []
        assert seeds.export(seeds.load_text(seeds.export_yaml(state))) == seeds.export(state)


@given(fragments.map("".join) | st.text(st.characters(codec=None)))
def test_any_text_is_a_seed_or_a_list_of_mistakes(text: str) -> None:
    try:
        state = seeds.load_text(text)
    except seeds.SeedError as error:
        assert_one_line_for_each_mistake(error)
    else:
        assert broken_invariants(state) == []


@given(fragments.map("".join))
def test_mistakes_in_text_stand_within_it(text: str) -> None:
    try:
        seeds.load_text(text)
    except seeds.SeedError as error:
        for mistake in error.mistakes:
            assert mistake.line is not None
            assert mistake.column is not None
            assert 1 <= mistake.line <= len(text.splitlines()) + 1
            assert mistake.column >= 1
