"""What a private world costs does not depend on how much its seed holds.

Nothing here measures time: forks are shown to share the rows of their seed, and memory is counted byte by byte. Small
and large seeds differ only in how many agents they have; each agent is the same.
"""

import tracemalloc
from collections.abc import Callable
from functools import cache

import pytest

from mockserver.state import cascades, phone_numbers
from mockserver.state.accounts import Account, Agent, ApiKey
from mockserver.state.connectors import Connector
from mockserver.state.phone_numbers import PhoneNumber
from mockserver.state.state import State
from mockserver.values.ids import Mint

AGENTS_OF_SMALL = 2
AGENTS_OF_LARGE = 100
CONNECTORS_OF_AGENT = 20
NUMBERS_OF_CONNECTOR = 10
MAX_BYTES = 20_000

KEY = ApiKey(key="demo-key", account_id="ws-1", position=0)

Verb = Callable[[State], object]


def _built(agents: int) -> State:
    """Return the sealed state of one account with so many agents, all alike."""
    state = State()
    state[Account].add(Account(account_id="ws-1", position=state[Account].next_position()))
    state[ApiKey].add(KEY)
    for agent in range(agents):
        agent_id = f"PROJECT-{agent}"
        position = state[Agent].next_position()
        state[Agent].add(Agent(agent_id=agent_id, account_id="ws-1", name=agent_id, position=position))
        for index in range(CONNECTORS_OF_AGENT):
            _put_connector(state, agent_id, agent * CONNECTORS_OF_AGENT + index)
    state.seal()
    return state


def _put_connector(state: State, agent_id: str, serial: int) -> None:
    connector = Connector(
        connector_id=f"conn_{serial}",
        account_id="ws-1",
        agent_id=agent_id,
        name="Line",
        client_env="live",
        variant_id="",
        asr_lang_code="en-GB",
        tts_lang_code="en-GB",
        voice_name="en-GB-Wavenet-B",
        disable_handoff=False,
        position=state[Connector].next_position(),
    )
    state[Connector].put(connector)
    for index in range(NUMBERS_OF_CONNECTOR):
        state[PhoneNumber].put(
            PhoneNumber(
                number=_number(serial * NUMBERS_OF_CONNECTOR + index),
                account_id="ws-1",
                agent_id=agent_id,
                client_env="live",
                connector_id=connector.connector_id,
                position=state[PhoneNumber].next_position(),
            )
        )


def _number(serial: int) -> str:
    return f"+4420{serial:08d}"


@cache
def _small() -> State:
    return _built(AGENTS_OF_SMALL)


@cache
def _large() -> State:
    return _built(AGENTS_OF_LARGE)


def _update(state: State) -> None:
    cascades.update_connector(state, KEY, "PROJECT-1", "conn_23", {"variant_id": "VARIANT-1"})


def _move(state: State) -> None:
    cascades.update_connector(state, KEY, "PROJECT-1", "conn_23", {"agent_id": "PROJECT-0"})


def _delete_connector(state: State) -> None:
    cascades.delete_connector(state, "PROJECT-1", "conn_23")


def _import(state: State) -> None:
    cascades.import_phone_numbers(state, "PROJECT-1", ["+12025550100"], "live")


def _import_into_a_new_environment(state: State) -> None:
    cascades.import_phone_numbers(state, "PROJECT-1", ["+12025550100"], "sandbox")


def _reassign(state: State) -> None:
    phone_numbers.reassign_phone_number(state, "PROJECT-1", _number(237), "conn_24")


def _reassign_another(state: State) -> None:
    phone_numbers.reassign_phone_number(state, "PROJECT-1", _number(238), "conn_24")


def _delete_number(state: State) -> None:
    phone_numbers.delete_phone_number(state, "PROJECT-1", _number(237))


MINTED = f"conn_{Mint().hexadecimal('connectors', 8)}"
MOVED = [("connectors", "conn_23"), *(("phoneNumbers", _number(serial)) for serial in range(230, 240))]
CHANGES: list[tuple[Verb, list[tuple[str, str]]]] = [
    (_update, [("connectors", "conn_23")]),
    (_move, MOVED),
    (_delete_connector, MOVED),
    (_import, [("phoneNumbers", "+12025550100")]),
    (_import_into_a_new_environment, [("connectors", MINTED), ("phoneNumbers", "+12025550100")]),
    (_reassign, [("phoneNumbers", _number(237))]),
    (_delete_number, [("phoneNumbers", _number(237))]),
]
each_change = pytest.mark.parametrize(
    ("verb", "changed"), CHANGES, ids=[verb.__name__.strip("_").replace("_", "-") for verb, _ in CHANGES]
)


@each_change
def test_a_fork_of_a_large_seed_holds_only_what_it_changed(verb: Verb, changed: list[tuple[str, str]]) -> None:
    fork = _large().fork()
    assert fork.differences() == []
    verb(fork)
    assert [(change.table, change.key) for change in fork.differences()] == changed
    assert _large().differences() == []


@each_change
def test_a_fork_shares_the_rows_that_it_did_not_change(verb: Verb, changed: list[tuple[str, str]]) -> None:
    fork = _large().fork()
    verb(fork)
    for table, base in zip(fork.tables(), _large().tables(), strict=True):
        of_fork, of_base = {id(row) for row in table}, {id(row) for row in base}
        touched = sum(name == table.name for name, _ in changed)
        assert len(of_base - of_fork) <= touched
        assert len(of_fork - of_base) <= touched


@each_change
def test_a_fork_and_a_change_take_little_memory_whatever_the_seed(verb: Verb, changed: list[tuple[str, str]]) -> None:
    def work(seed: State) -> State:
        fork = seed.fork()
        verb(fork)
        return fork

    of_small, of_large = _allocated(work, _small()), _allocated(work, _large())
    assert of_large < MAX_BYTES
    assert of_large < 2 * of_small


@each_change
def test_looking_for_differences_takes_little_memory_whatever_the_seed(
    verb: Verb, changed: list[tuple[str, str]]
) -> None:
    def work(fork: State) -> int:
        return len(fork.differences()) + len(fork.differences(snapshot))

    counted = []
    for seed in (_small(), _large()):
        snapshot = seed.fork()
        fork = snapshot.fork()
        verb(fork)
        assert work(fork) == 2 * len(changed)
        counted.append(_allocated(work, fork))
    assert counted[1] < MAX_BYTES
    assert counted[1] < 2 * counted[0]


def test_a_fork_of_a_fork_copies_what_was_changed_and_nothing_else() -> None:
    def work(marked: State) -> State:
        again = marked.fork()
        _update(again)
        return again

    counted = []
    for seed in (_small(), _large()):
        marked = seed.fork()
        for verb in (_delete_number, _import, _reassign_another):
            verb(marked)
        counted.append(_allocated(work, marked))
    assert counted[1] < MAX_BYTES
    assert counted[1] < 2 * counted[0]


def _allocated(work: Callable[[State], object], state: State) -> int:
    """Return the bytes that some work holds at its peak, its result included."""
    work(state)  # what is made once only is made now
    tracemalloc.start()
    try:
        result = work(state)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert result is not None
    return peak
