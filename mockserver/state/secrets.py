"""Secrets: credentials of an account, which every agent of the account finds by their name."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Annotated, ClassVar

from mockserver.errors import ApiError, Err
from mockserver.state.accounts import START_OF_2026
from mockserver.state.schema import Column, Declaration, Follows, Record
from mockserver.state.state import State, missing
from mockserver.values.kinds import ID, NOT_EMPTY
from mockserver.values.text import quoted


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredSecret(Record):
    """A secret, whose value no answer shows."""

    TABLE: ClassVar = Declaration(
        name="secrets",
        order=38,
        noun="secret",
        owner="accounts",
        doc="The account's secrets.",
        id_name="secretName",
        answer="SecretResponse",
    )

    account_id: Annotated[str, ID, Column("The account that owns it; not needed in a seed.", key=True, shown=False)]
    name: Annotated[str, NOT_EMPTY, Column("Its name, unique in the account.", key=True)]
    value: Annotated[str, NOT_EMPTY, Column("What it keeps; no answer shows it.", shown=False, secret=True)]
    description: Annotated[str | None, Column("What it is for.")] = None
    created_at: Annotated[datetime, Column("When it was created; by default at the start of 2026.")] = START_OF_2026
    last_updated: Annotated[
        datetime, Column("When it was last updated; by default when it was created.", follows=Follows("created_at"))
    ] = START_OF_2026


def create_secret(
    state: State, account_id: str, name: str, value: str, description: str | None, now: datetime
) -> StoredSecret:
    """Create a secret and return it; raises SECRETS_ALREADY_EXISTS for a name that the account has (assumed)."""
    if state[StoredSecret].get(_key(account_id, name)) is not None:
        if state.policies.duplicate_secrets == "overwrite":
            return update_secret(state, account_id, name, value, description, now)
        raise ApiError(Err.SECRETS_ALREADY_EXISTS, why=f"the account has a secret named {quoted(name)}")
    secret = StoredSecret(
        account_id=account_id,
        name=name,
        value=value,
        description=description,
        created_at=now,
        last_updated=now,
        position=state[StoredSecret].next_position(),
    )
    state[StoredSecret].put(secret)
    return secret


def update_secret(
    state: State, account_id: str, name: str, value: str, description: str | None, now: datetime
) -> StoredSecret:
    """Replace the value of a secret, and its description unless that is None, and return it.

    Raises SECRETS_NOT_FOUND (documented).
    """
    secret = _find(state, account_id, name)
    described = secret.description if description is None else description
    updated = replace(secret, value=value, description=described, last_updated=now)
    state[StoredSecret].put(updated)
    return updated


def delete_secret(state: State, account_id: str, name: str) -> None:
    """Delete a secret; raises SECRETS_NOT_FOUND (documented)."""
    _find(state, account_id, name)
    state[StoredSecret].pop(_key(account_id, name))


def _find(state: State, account_id: str, name: str) -> StoredSecret:
    secret = state[StoredSecret].get(_key(account_id, name))
    if secret is None:
        others = state[StoredSecret].some("account_id", account_id)
        raise missing(Err.SECRETS_NOT_FOUND, name, "the name of a secret of the account", others)
    return secret


def _key(account_id: str, name: str) -> str:
    return f"{account_id}/{name}"
