"""Scopes: what the ids of a path lead to, and who may reach it.

An operation's scope is the type of its handler's first parameter. When the handler runs, everything that the scope
names has been found and authorised.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar, Self

from mockserver.api.auth import Caller
from mockserver.errors import Err
from mockserver.state.accounts import Account, Agent, ApiKey, authorise_account, authorise_agent
from mockserver.state.state import State
from mockserver.world.worlds import World


@dataclass(slots=True)
class Request:
    """A request as handlers of every scope see it.

    `path` has the path parameters by name, `headers` the headers by their lower-case name. `failing` maps those items
    of a batch that a fault has picked to the message of their failure.
    """

    key: ApiKey
    world: World
    path: Mapping[str, str]
    headers: Mapping[bytes, bytes]
    failing: Mapping[str, str]

    errors: ClassVar[tuple[Err, ...]]

    @classmethod
    def open(
        cls, caller: Caller, path: Mapping[str, str], headers: Mapping[bytes, bytes], failing: Mapping[str, str]
    ) -> Self:
        """Return the request of a caller; raises the refusals that `errors` lists."""
        raise NotImplementedError

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
    """A request for what an account owns."""

    account: Account

    errors: ClassVar[tuple[Err, ...]] = (Err.USER_ACCESS_FORBIDDEN, Err.ACCOUNT_NOT_FOUND)

    @classmethod
    def open(
        cls, caller: Caller, path: Mapping[str, str], headers: Mapping[bytes, bytes], failing: Mapping[str, str]
    ) -> Self:
        """Return the request, whose account is the one of the path."""
        account = authorise_account(caller.world.state, caller.key, path["accountId"])
        return cls(caller.key, caller.world, path, headers, failing, account)


@dataclass(slots=True)
class AgentRequest(Request):
    """A request for what an agent owns."""

    agent: Agent

    errors: ClassVar[tuple[Err, ...]] = (Err.USER_ACCESS_FORBIDDEN, Err.PROJECT_NOT_FOUND)

    @classmethod
    def open(
        cls, caller: Caller, path: Mapping[str, str], headers: Mapping[bytes, bytes], failing: Mapping[str, str]
    ) -> Self:
        """Return the request, whose agent is the one of the path."""
        agent = authorise_agent(caller.world.state, caller.key, path["agentId"])
        return cls(caller.key, caller.world, path, headers, failing, agent)


def scope_of(path: str) -> type[Request]:
    """Return the scope of a path template: agent where it names one, else account."""
    return AgentRequest if "{agentId}" in path else AccountRequest
