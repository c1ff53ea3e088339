"""Scopes: what the ids of a path lead to, and who may reach it.

An operation's scope is the type of its handler's first parameter. When the handler runs, everything that the scope
names has been found and authorised.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import ClassVar

from mockserver.errors import Err
from mockserver.state.accounts import Account, Agent, ApiKey, authorise_account, authorise_agent
from mockserver.state.state import State
from mockserver.world.worlds import World


@dataclass(slots=True)
class Request:
    """A request as handlers of every scope see it; making one raises the refusals that `errors` lists.

    `path` has the path parameters by name, `headers` the headers by their lower-case name. `failing` maps those items
    of a batch that a fault has picked to the message of their failure.
    """

    key: ApiKey
    world: World
    path: Mapping[str, str]
    headers: Mapping[bytes, bytes]
    failing: Mapping[str, str]

    errors: ClassVar[tuple[Err, ...]] = ()

    @property
    def state(self) -> State:
        """The state of the world."""
        return self.world.state

    @property
    def now(self) -> datetime:
        """The present moment of the world."""
        return self.world.clock.now()


@dataclass(slots=True)
class AccountRequest(Request):
    """A request for what the account of its path owns."""

    account: Account = field(init=False)

    errors: ClassVar[tuple[Err, ...]] = (Err.USER_ACCESS_FORBIDDEN, Err.ACCOUNT_NOT_FOUND)

    def __post_init__(self) -> None:
        self.account = authorise_account(self.world.state, self.key, self.path["accountId"])


@dataclass(slots=True)
class AgentRequest(Request):
    """A request for what the agent of its path owns."""

    agent: Agent = field(init=False)

    errors: ClassVar[tuple[Err, ...]] = (Err.USER_ACCESS_FORBIDDEN, Err.PROJECT_NOT_FOUND)

    def __post_init__(self) -> None:
        self.agent = authorise_agent(self.world.state, self.key, self.path["agentId"])


def scope_of(path: str) -> type[Request]:
    """Return the scope of a path template: agent where it names one, else account."""
    return AgentRequest if "{agentId}" in path else AccountRequest
