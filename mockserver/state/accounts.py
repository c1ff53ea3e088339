"""Accounts, their API keys and their agents: names resolved, rights checked."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Annotated, ClassVar, Literal, TypeVar

from mockserver.errors import ApiError, Err
from mockserver.state.schema import Column, Declaration, Follows, Record, Shorthand
from mockserver.state.state import State, missing
from mockserver.values.clock import ANY_TIME, Clock, write_moment
from mockserver.values.kinds import ID, Pattern

ClientEnv = Literal["sandbox", "pre-release", "live"]  # the environments that an agent is deployed to
OutboundCalling = Literal["enabled", "not-configured", "unavailable"]

LONG_AGO = datetime.min.replace(tzinfo=UTC)
START_OF_2026 = datetime(2026, 1, 1, tzinfo=UTC)

_EXPIRED = Shorthand("expired", LONG_AGO, "Whether it has expired already.")

Id = Annotated[str, ID]
AccountId = Annotated[str, ID, Column("The account that owns it; not needed in a seed.")]

API_KEY = Pattern("[!-}]{1,200}", "API key", "1 to 200 visible ASCII characters without '~'")


@dataclass(frozen=True, slots=True, kw_only=True)
class Account(Record):
    """An account (workspace) and what it owns."""

    TABLE: ClassVar = Declaration(
        name="accounts", order=10, noun="account", required=True, counted=True, doc="The accounts of the world."
    )

    account_id: Annotated[str, ID, Column("The account's id.", key=True)]
    slug: Annotated[str | None, ID, Column("A second name that paths may use.", alias=True)] = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiKey(Record):
    """An API key of the account."""

    TABLE: ClassVar = Declaration(
        name="apiKeys", order=20, noun="API key", owner="accounts", doc="The keys that reach the account."
    )

    key: Annotated[str, API_KEY, Column("What requests send as X-API-KEY.", key=True, secret=True)]
    account_id: AccountId
    expires_at: Annotated[
        datetime | None,
        ANY_TIME,
        Column("The moment, in the world's time, from which it is refused.", shorthand=_EXPIRED),
    ] = None
    agent_ids: Annotated[
        tuple[Id, ...] | None,
        Column("The agents it reaches, by id or slug; by default all the account's.", seed="agents", refers="agents"),
    ] = None

    def reaches(self, agent: "Agent") -> bool:
        """Tell whether this key may act on `agent`."""
        return agent.account_id == self.account_id and (self.agent_ids is None or agent.agent_id in self.agent_ids)


@dataclass(frozen=True, slots=True, kw_only=True)
class Agent(Record):
    """An agent, which the API also calls a project, and what it owns."""

    TABLE: ClassVar = Declaration(
        name="agents",
        order=30,
        noun="agent",
        also=("projectId",),
        owner="accounts",
        pasted=True,
        minted=True,
        counted=True,
        doc="The account's agents.",
    )

    agent_id: Annotated[str, ID, Column("The agent's id.", key=True)]
    account_id: AccountId
    slug: Annotated[str | None, ID, Column("A second name that paths may use.", alias=True)] = None
    name: Annotated[str, Column("Its display name; by default its id.", follows=Follows("agent_id"), blank=False)]
    variant_ids: Annotated[
        tuple[Id, ...], Column("The variants that the policy variantCheck allows.", seed="variants")
    ] = ()
    outbound_calling: Annotated[
        Mapping[ClientEnv, OutboundCalling],
        Column("Whether outbound calls work in an environment; by default they do."),
    ] = field(default_factory=dict)
    created_at: Annotated[datetime, Column("When it was created; by default at the start of 2026.")] = START_OF_2026
    updated_at: Annotated[
        datetime,
        Column(
            "When its main branch or its deployments last changed; by default when it was created.",
            follows=Follows("created_at"),
        ),
    ] = START_OF_2026


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentRecord(Record):
    """What an agent owns."""

    account_id: AccountId
    agent_id: Annotated[str, ID, Column("The agent that owns it; not needed in a seed.", "projectId")]


Owned = TypeVar("Owned", bound=AgentRecord)


def batch_get(state: State, declared: type[Owned], agent_id: str, keys: list[str]) -> tuple[list[Owned], list[str]]:
    """Return the agent's records of some keys and the keys not found, both in the order asked."""
    if state.policies.duplicate_gets == "collapse":
        keys = list(dict.fromkeys(keys))
    rows = state[declared].get_all(keys)
    found = [row for row in rows if row is not None and row.agent_id == agent_id]
    if len(found) == len(keys):
        return found, []
    return found, [key for key, row in zip(keys, rows, strict=True) if row is None or row.agent_id != agent_id]


def authenticate(state: State, key: str, clock: Clock) -> ApiKey:
    """Return the key's record; raises AUTH_USER_INVALID_TOKEN for an unknown or expired one (assumed)."""
    record = state[ApiKey].get(key)
    if record is None:
        raise ApiError(Err.AUTH_USER_INVALID_TOKEN, why="the world has no such key")
    if record.expires_at is not None and record.expires_at <= clock.now():
        raise ApiError(Err.AUTH_USER_INVALID_TOKEN, why=f"the key expired at {write_moment(record.expires_at)}")
    return record


def find_agent(state: State, name: str) -> Agent | None:
    """Return the agent of an id or slug."""
    return state[Agent].get(name) or next(iter(state[Agent].where("slug", name)), None)


def authorise_agent(state: State, key: ApiKey, name: str) -> Agent:
    """Return the agent of an id or slug that the key reaches.

    Raises PROJECT_NOT_FOUND for an unknown agent and USER_ACCESS_FORBIDDEN for one that the key may not use (status
    documented, codes assumed).
    """
    agent = find_agent(state, name)
    if agent is None:
        reachable = filter(key.reaches, state[Agent].some("account_id", key.account_id))
        raise missing(Err.PROJECT_NOT_FOUND, name, "the id or the slug of an agent", reachable)
    if not key.reaches(agent):
        why = "the key is limited to other agents of its account"
        if agent.account_id != key.account_id:
            why = f"the agent belongs to {agent.account_id}, the key to {key.account_id}"
        raise ApiError(Err.USER_ACCESS_FORBIDDEN, why=why)
    return agent


def authorise_account(state: State, key: ApiKey, name: str) -> Account:
    """Return the account of an id or slug that the key belongs to; raises as `authorise_agent` does."""
    account = state[Account].get(name) or next(iter(state[Account].where("slug", name)), None)
    if account is None:
        raise missing(Err.ACCOUNT_NOT_FOUND, name, "the id or the slug of an account", [])
    if account.account_id != key.account_id:
        raise ApiError(Err.USER_ACCESS_FORBIDDEN, why=f"the key belongs to {key.account_id}")
    return account
