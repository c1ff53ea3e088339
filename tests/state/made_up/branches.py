"""Records that nothing else knows of: a branch, whose content is a value, and a passphrase of an account."""

from dataclasses import dataclass, field
from typing import Annotated, ClassVar

from mockserver.state.accounts import AccountId, AgentRecord
from mockserver.state.schema import Column, Declaration, Record
from mockserver.values.kinds import ID, NOT_EMPTY


@dataclass(frozen=True, slots=True, kw_only=True)
class Content:
    """All that is written on a branch."""

    behavior: Annotated[str, Column("What the agent is told.")] = "Be kind."
    queries: Annotated[tuple[str, ...], Column("Examples of what callers ask.")] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Branch(AgentRecord):
    """A branch of an agent."""

    TABLE: ClassVar = Declaration(
        name="branches",
        order=35,
        noun="branch",
        plural="branches",
        owner="agents",
        doc="The agent's branches.",
        counted=True,
    )

    agent_id: Annotated[str, ID, Column("The agent that owns it.", "projectId", key=True)]
    branch_id: Annotated[str, ID, Column("The branch's id.", key=True)]
    content: Annotated[Content, Column("What is written on it.")] = field(default_factory=Content)


@dataclass(frozen=True, slots=True, kw_only=True)
class Passphrase(Record):
    """A passphrase of an account."""

    TABLE: ClassVar = Declaration(
        name="passphrases",
        order=36,
        noun="passphrase",
        owner="accounts",
        doc="The account's passphrases.",
        id_name="passphraseName",
    )

    account_id: Annotated[AccountId, Column("The account that owns it.", key=True)]
    name: Annotated[str, Column("Its name.", key=True)]
    value: Annotated[str, NOT_EMPTY, Column("What it hides.", shown=False, secret=True)]
