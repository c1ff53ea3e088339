"""Random changes to the small seed's state, by the verbs of the API; and all that a state can be asked to list."""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from hypothesis import strategies as st

from mockserver import seeds
from mockserver.errors import ApiError
from mockserver.state import cascades, connectors, outbound_calls, phone_numbers
from mockserver.state.accounts import Account, Agent, ApiKey, ClientEnv
from mockserver.state.agents import create_agent, delete_agent, duplicate_agent
from mockserver.state.cascades import ConnectorUpdate
from mockserver.state.connectors import Connector
from mockserver.state.outbound_calls import CallOutcome, OutboundCall
from mockserver.state.phone_numbers import PhoneNumber
from mockserver.state.policies import Policies
from mockserver.state.rules import ClockStart, Rules
from mockserver.state.schema import columns
from mockserver.state.state import State
from mockserver.testing.values import CLIENT_ENVS
from mockserver.values.kinds import Choice

SEED = seeds.load("two_agents")
START = datetime(2026, 7, 2, 10, tzinfo=UTC)
Change = Callable[[State], object]

agents = st.sampled_from([row.agent_id for row in SEED[Agent]])
connector_ids = st.sampled_from([row.connector_id for row in SEED[Connector]])
numbers = st.sampled_from([row.number for row in SEED[PhoneNumber]] + [f"+4420794603{n:02}" for n in range(6)])
envs = st.sampled_from(CLIENT_ENVS)
texts = st.text(max_size=200) | st.sampled_from(
    ["null", "~", "no", "012", "en-GB", "en-GB-Wavenet-B", "\ufeff\x85\u2028"]
)
names = texts.filter(bool)
moments = st.datetimes(timezones=st.just(UTC))
lives = st.datetimes(datetime(1970, 1, 2), datetime(8999, 12, 30), timezones=st.just(UTC))  # noqa: DTZ001  # a zone is added
policies = st.builds(
    Policies,
    **{it.attribute: st.sampled_from(it.kind.choices) for it in columns(Policies) if isinstance(it.kind, Choice)},
)

rules = st.builds(
    Rules,
    policies=policies,
    rejected_voices=st.frozensets(texts, max_size=2),
    clock=st.builds(ClockStart, frozen_at=st.none() | lives),
) | st.builds(Rules, clock=st.builds(ClockStart, ahead=st.timedeltas(timedelta(days=-10_000), timedelta(days=10_000))))


def _where_it_is(agent: str, verb: Callable[[State, Agent], object]) -> Change:
    """Return a change that is made only to a state that has an agent."""

    def change(state: State) -> None:
        row = state[Agent].get(agent)
        if row is not None:
            verb(state, row)

    return change


def _import(agent: str, batch: list[str], env: ClientEnv) -> Change:
    return _where_it_is(agent, lambda state, _: cascades.import_phone_numbers(state, agent, batch, env))


def _import_onto(agent: str, number: str, env: ClientEnv | None, connector: str | None) -> Change:
    return _where_it_is(agent, lambda state, _: cascades.import_phone_number(state, agent, number, env, connector))


def _reassign(agent: str, number: str, connector: str) -> Change:
    return _where_it_is(agent, lambda state, _: phone_numbers.reassign_phone_number(state, agent, number, connector))


def _release(agent: str, number: str) -> Change:
    return _where_it_is(agent, lambda state, _: phone_numbers.delete_phone_number(state, agent, number))


def _delete(agent: str, connector: str) -> Change:
    return _where_it_is(agent, lambda state, _: cascades.delete_connector(state, agent, connector))


def _update(agent: str, connector: str, update: ConnectorUpdate) -> Change:
    def change(state: State, _: Agent) -> None:
        key = state[ApiKey].get("demo-key")
        assert key is not None
        cascades.update_connector(state, key, agent, connector, update)

    return _where_it_is(agent, change)


def _call(agent: str, number: str, env: ClientEnv, microseconds: int) -> Change:
    def call(state: State, row: Agent) -> None:
        now = START + timedelta(microseconds=microseconds)
        outbound_calls.trigger_outbound_call(state, row, number, env, "", now)

    return _where_it_is(agent, call)


def _outcome(number: str, reason: str, seconds: float) -> Change:
    def change(state: State) -> None:
        position = state[CallOutcome].next_position()
        row = CallOutcome(to_number=number, result="FAILURE", reason=reason, queued_seconds=seconds, position=position)
        state[CallOutcome].put(row)

    return change


def _expire(key: str, moment: datetime | None, reached: list[str] | None) -> Change:
    def change(state: State) -> None:
        row = state[ApiKey].get(key)
        assert row is not None
        there = None if reached is None else tuple(agent for agent in reached if agent in state[Agent])
        state[ApiKey].put(replace(row, expires_at=moment, agent_ids=there))

    return change


def _create(account_id: str, name: str, microseconds: int) -> Change:
    now = START + timedelta(microseconds=microseconds)
    return lambda state: create_agent(state, account_id, name, None, now)


def _duplicate(agent: str, name: str, agent_id: str | None) -> Change:
    return _where_it_is(agent, lambda state, row: duplicate_agent(state, row, name, agent_id, START))


def _delete_agent(agent: str) -> Change:
    return _where_it_is(agent, delete_agent)


updates = st.fixed_dictionaries(
    {},
    optional={
        "variant_id": st.none() | texts,
        "asr_lang_code": st.none() | texts,
        "voice_name": st.none() | texts,
        "agent_id": agents,
    },
)
changes: st.SearchStrategy[Change] = st.one_of(
    st.builds(_import, agents, st.lists(numbers, min_size=1, max_size=3), envs),
    st.builds(_import_onto, agents, numbers, st.none() | envs, st.none() | connector_ids),
    st.builds(_reassign, agents, numbers, connector_ids),
    st.builds(_release, agents, numbers),
    st.builds(_delete, agents, connector_ids),
    st.builds(_update, agents, connector_ids, updates),
    st.builds(_call, agents, numbers, envs, st.integers(0, 10**10)),
    st.builds(_outcome, numbers, texts, st.floats(0, 86_400)),
    st.builds(_create, st.sampled_from([row.account_id for row in SEED[Account]]), names, st.integers(0, 10**10)),
    st.builds(_duplicate, agents, names, st.none() | st.just("copy-1")),
    st.builds(_delete_agent, agents),
    st.builds(_expire, st.sampled_from(["demo-key", "old-key"]), st.none() | moments, st.none() | st.lists(agents)),
)


@st.composite
def changed_states(draw: st.DrawFn) -> State:
    """Return the small seed's state after random changes, under random policies."""
    state = SEED.fork()
    state.rules = draw(rules)
    for change in draw(st.lists(changes, max_size=15)):
        with suppress(ApiError):
            change(state)
    return state


def listings(state: State) -> dict[str, object]:
    """Return all rows of a state, in every order in which the API lists them."""
    return {
        "rules": state.rules,
        "minted": state.mint.counts,
        "rows": {table.name: len(table) for table in state.tables()},
        "accounts": list(state[Account]),
        "outcomes": list(state[CallOutcome]),
        "keys": {row.account_id: state[ApiKey].where("account_id", row.account_id) for row in state[Account]},
        "agents": {row.account_id: state[Agent].where("account_id", row.account_id) for row in state[Account]},
        "connectors": {row.agent_id: connectors.list_connectors(state, row.agent_id) for row in state[Agent]},
        "numbers": {row.agent_id: phone_numbers.list_phone_numbers(state, row.agent_id) for row in state[Agent]},
        "routes": {
            row.connector_id: phone_numbers.list_phone_numbers(state, row.agent_id, row.connector_id)
            for row in state[Connector]
        },
        "calls": {row.agent_id: state[OutboundCall].where("agent_id", row.agent_id) for row in state[Agent]},
    }
