"""Credentials of a world: the account, API key and agent of its seed that a test uses unless it chooses others."""

from typing import Any, NamedTuple


class Credentials(NamedTuple):
    """The ids and the key of a seed; each is empty if the seed has none."""

    account_id: str = ""
    api_key: str = ""
    agent_id: str = ""


def first_credentials(state: dict[str, Any]) -> Credentials:
    """Return the first unrestricted key of a state that does not expire, with its account and that account's agent.

    Without such a key, the account is the first one.
    """
    accounts = state["accounts"]
    for account in accounts:
        for key in account.get("apiKeys", []):
            if not key.get("expired") and not key.get("expiresAt") and "agents" not in key:
                return Credentials(account["accountId"], key["key"], _first_agent(account))
    return Credentials(accounts[0]["accountId"], "", _first_agent(accounts[0])) if accounts else Credentials()


def _first_agent(account: dict[str, Any]) -> str:
    agents = account.get("agents") or [{"agentId": ""}]
    agent_id: str = agents[0]["agentId"]
    return agent_id
