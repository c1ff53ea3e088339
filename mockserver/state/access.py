"""Verbs on accounts, agents and keys: names resolved, rights checked."""

from mockserver.errors import ApiError, Err
from mockserver.state.records import Account, Agent, ApiKey
from mockserver.state.state import State
from mockserver.values.clock import Clock


def authenticate(state: State, key: str, clock: Clock) -> ApiKey:
    """Return the key's record; raises AUTH_USER_INVALID_TOKEN for an unknown or expired one (assumed)."""
    record = state.api_keys.get(key)
    if record is None or (record.expires_at is not None and record.expires_at <= clock.now()):
        raise ApiError(Err.AUTH_USER_INVALID_TOKEN)
    return record


def find_agent(state: State, name: str) -> Agent | None:
    """Return the agent of an id or slug."""
    return state.agents.get(name) or next(iter(state.agents.where("slug", name)), None)


def authorise_agent(state: State, key: ApiKey, name: str) -> Agent:
    """Return the agent of an id or slug that the key reaches.

    Raises PROJECT_NOT_FOUND for an unknown agent and USER_ACCESS_FORBIDDEN for one that the key may not use (status
    documented, codes assumed).
    """
    agent = find_agent(state, name)
    if agent is None:
        raise ApiError(Err.PROJECT_NOT_FOUND)
    if not key.reaches(agent):
        raise ApiError(Err.USER_ACCESS_FORBIDDEN)
    return agent


def authorise_account(state: State, key: ApiKey, name: str) -> Account:
    """Return the account of an id or slug that the key belongs to; raises as `authorise_agent` does."""
    account = state.accounts.get(name) or next(iter(state.accounts.where("slug", name)), None)
    if account is None:
        raise ApiError(Err.ACCOUNT_NOT_FOUND)
    if account.account_id != key.account_id:
        raise ApiError(Err.USER_ACCESS_FORBIDDEN)
    return account
