"""The list of tables, each with its indexes, and what a seed fixes for the life of a world."""

from mockserver.state.policies import Policies
from mockserver.state.records import (
    Account,
    Agent,
    ApiKey,
    CallOutcome,
    Connector,
    OutboundCall,
    PhoneNumber,
    Record,
)
from mockserver.state.table import Table


class State:
    """All that one world knows; `policies` and `rejected_voices` never change after the seed."""

    __slots__ = (
        "accounts",
        "agents",
        "api_keys",
        "call_outcomes",
        "connectors",
        "outbound_calls",
        "phone_numbers",
        "policies",
        "rejected_voices",
    )

    def __init__(self, policies: Policies | None = None, rejected_voices: frozenset[str] = frozenset()) -> None:
        self.policies = policies or Policies()
        self.rejected_voices = rejected_voices
        self.accounts: Table[Account] = Table("accounts", key="account_id", indexes=("slug",))
        self.api_keys: Table[ApiKey] = Table("apiKeys", key="key", indexes=("account_id",))
        self.agents: Table[Agent] = Table("agents", key="agent_id", indexes=("account_id", "slug"))
        self.connectors: Table[Connector] = Table("connectors", key="connector_id", indexes=("agent_id",))
        self.phone_numbers: Table[PhoneNumber] = Table(
            "phoneNumbers", key="number", indexes=("agent_id", "connector_id")
        )
        self.outbound_calls: Table[OutboundCall] = Table("outboundCalls", key="call_sid", indexes=("agent_id",))
        self.call_outcomes: Table[CallOutcome] = Table("callOutcomes", key="to_number")

    def tables(self) -> tuple[Table[Record], ...]:
        """Return every table; owners before what they own."""
        return (  # type: ignore[return-value]  # a table of connectors is read as one of records
            self.accounts,
            self.api_keys,
            self.agents,
            self.connectors,
            self.phone_numbers,
            self.outbound_calls,
            self.call_outcomes,
        )

    def fork(self) -> "State":
        """Return an independent state with the same rows, without copying them."""
        fork: State = object.__new__(State)
        fork.policies = self.policies
        fork.rejected_voices = self.rejected_voices
        fork.accounts = self.accounts.fork()
        fork.api_keys = self.api_keys.fork()
        fork.agents = self.agents.fork()
        fork.connectors = self.connectors.fork()
        fork.phone_numbers = self.phone_numbers.fork()
        fork.outbound_calls = self.outbound_calls.fork()
        fork.call_outcomes = self.call_outcomes.fork()
        return fork

    def seal(self) -> None:
        """Make the present rows the base that forks share and changes are counted from."""
        for table in self.tables():
            table.seal()
