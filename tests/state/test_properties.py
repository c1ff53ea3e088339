"""Random sequences of verbs: invariants hold after every step, and what is refused changes nothing."""

from collections.abc import Callable
from contextlib import suppress

from hypothesis import given
from hypothesis import strategies as st

from mockserver import seeds
from mockserver.errors import ApiError
from mockserver.state import cascades, telephony
from mockserver.state.cascades import ConnectorUpdate
from mockserver.state.invariants import broken_invariants
from mockserver.state.state import State
from tests.client import AGENT, OTHER_AGENT

SEED = seeds.load("two_agents")

agents = st.sampled_from([AGENT, OTHER_AGENT])
connectors = st.sampled_from(["conn_abc123", "conn_new456", "conn_sales01", "conn_nowhere"])
numbers = st.sampled_from(["+442071234567", "+442079460101", "+442079460100", "+442079460301", "nonsense"])
envs = st.sampled_from(["sandbox", "pre-release", "live"])
keys = st.sampled_from(["demo-key", "support-only"])
optional_text = st.none() | st.sampled_from(["", "en-GB", "en-GB-Wavenet-B", "nonsense"])
updates = st.fixed_dictionaries(
    {},
    optional={
        "variant_id": optional_text,
        "asr_lang_code": optional_text,
        "voice_name": optional_text,
        "agent_id": st.none() | agents,
    },
)

Verb = Callable[[State], object]


def _update(agent: str, connector: str, update: ConnectorUpdate, key: str) -> Verb:
    def verb(state: State) -> object:
        record = state.api_keys.get(key)
        assert record is not None
        return cascades.update_connector(state, record, agent, connector, update)

    return verb


verbs: st.SearchStrategy[Verb] = st.one_of(
    st.builds(_update, agents, connectors, updates, keys),
    st.builds(
        lambda agent, connector: lambda state: cascades.delete_connector(state, agent, connector),
        agents,
        connectors,
    ),
    st.builds(
        lambda agent, batch, env: lambda state: cascades.import_phone_numbers(state, agent, batch, env),
        agents,
        st.lists(numbers, min_size=1, max_size=3),
        envs,
    ),
    st.builds(
        lambda agent, number, connector: lambda state: telephony.reassign_phone_number(state, agent, number, connector),
        agents,
        numbers,
        connectors,
    ),
    st.builds(
        lambda agent, number: lambda state: telephony.delete_phone_number(state, agent, number),
        agents,
        numbers,
    ),
)


@given(st.lists(verbs, max_size=12))
def test_invariants_hold_and_refusals_change_nothing(sequence: list[Verb]) -> None:
    state = SEED.fork()
    for verb in sequence:
        before = seeds.export(state)
        try:
            verb(state)
        except ApiError:
            assert seeds.export(state) == before
        assert broken_invariants(state) == []


@given(st.lists(verbs, max_size=8), st.lists(verbs, max_size=8))
def test_forks_are_independent(shared: list[Verb], apart: list[Verb]) -> None:
    state = SEED.fork()
    for verb in shared:
        _try(verb, state)
    fork, before = state.fork(), seeds.export(state)
    for verb in apart:
        _try(verb, fork)
    assert seeds.export(state) == before
    assert broken_invariants(state) == []


def _try(verb: Verb, state: State) -> None:
    with suppress(ApiError):
        verb(state)
