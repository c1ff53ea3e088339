"""What is true of every state, as named checks in one list; tests run them after every step."""

from collections import Counter
from collections.abc import Callable, Iterator
from operator import attrgetter

from mockserver.state.records import Record
from mockserver.state.state import State
from mockserver.state.table import Table


def broken_invariants(state: State) -> list[str]:
    """Return a sentence for everything that is wrong with `state`; an intact one gives an empty list."""
    return [f"{check.__name__}: {what}" for check in INVARIANTS for what in check(state)]


def owners_exist(state: State) -> Iterator[str]:
    """Every key and agent has its account; every connector, number and call has its agent."""
    for key in state.api_keys:
        if key.account_id not in state.accounts:
            yield f"a key belongs to {key.account_id}, which does not exist"
    for agent in state.agents:
        if agent.account_id not in state.accounts:
            yield f"{agent.agent_id} belongs to {agent.account_id}, which does not exist"
    owned = (*state.connectors, *state.phone_numbers, *state.outbound_calls)
    for row in owned:
        if row.agent_id not in state.agents:
            yield f"{row} belongs to {row.agent_id}, which does not exist"


def routes_stay_within_one_agent(state: State) -> Iterator[str]:
    """A number is routed to an existing connector of its own agent, or to none."""
    for row in state.phone_numbers:
        if row.connector_id is None:
            continue
        connector = state.connectors.get(row.connector_id)
        if connector is None:
            yield f"{row.number} is routed to {row.connector_id}, which does not exist"
        elif connector.agent_id != row.agent_id:
            yield f"{row.number} of {row.agent_id} is routed to {row.connector_id} of {connector.agent_id}"


def slugs_are_unique(state: State) -> Iterator[str]:
    """No two accounts, and no two agents, answer to the same name."""
    for what, names in (
        ("account", [name for row in state.accounts for name in {row.account_id, row.slug}]),
        ("agent", [name for row in state.agents for name in {row.agent_id, row.slug}]),
    ):
        for name, count in Counter(names).items():
            if name is not None and count > 1:
                yield f"{count} {what}s answer to {name}"


def indexes_agree_with_rows(state: State) -> Iterator[str]:
    """What a table finds by an index is what a search through its rows finds, in order of creation."""
    for table in state.tables():
        yield from _index_faults(table)


def _index_faults(table: Table[Record]) -> Iterator[str]:
    rows = list(table)
    if len(rows) != len(table):
        yield f"{table.name} counts {len(table)} rows and holds {len(rows)}"
    if [row.position for row in rows] != sorted({row.position for row in rows}):
        yield f"{table.name} has rows that share a position"
    for index in table.indexes:
        value_of = attrgetter(index)
        for value in {value_of(row) for row in rows} - {None}:
            searched = [row for row in rows if value_of(row) == value]
            if table.where(index, value) != searched:
                yield f"{table.name} by {index} {value!r} finds {table.where(index, value)}, not {searched}"
        for value in table.indexed(index) - {value_of(row) for row in rows}:
            yield f"{table.name} by {index} still knows {value!r}"


INVARIANTS: tuple[Callable[[State], Iterator[str]], ...] = (
    owners_exist,
    routes_stay_within_one_agent,
    slugs_are_unique,
    indexes_agree_with_rows,
)
