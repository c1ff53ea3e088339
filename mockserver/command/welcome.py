"""What a fresh server says after its ready line: what it holds, and what to try."""

import shlex
from datetime import UTC, datetime

from mockserver.settings import Settings
from mockserver.state.accounts import Account, Agent, ApiKey
from mockserver.state.state import State
from mockserver.values.text import printable

# A pipe that nobody reads must not fill up.
_SHOWN = 5  # accounts, and keys and agents of each
_MAX_LINE = 160


def welcome(state: State, url: str, settings: Settings, made_up_token: str | None) -> str:
    """Return what a newcomer can do with a fresh server, and what its owner has to know."""
    accounts = [_account(state, account) for account in state[Account]]
    curl = f"curl {url}/openapi.json"
    for key in state[ApiKey]:
        agents = state[Agent].where("account_id", key.account_id)
        if key.expires_at is None and any(key.reaches(agent) for agent in agents):
            header = shlex.quote(f"x-api-key: {key.key}")
            curl = f"curl -H {header} {url}/v1/accounts/{key.account_id}/agents"
            break
    lines = [*_first(accounts, "\n", "accounts"), "\nTry:", f"  {curl}"]
    if made_up_token is not None:
        lines.insert(0, f"The control plane asks for the header: authorization: Bearer {made_up_token}")
    if settings.allow_remote:
        lines.insert(0, f"Warning: whoever reaches {settings.host} can use the API with the keys below.")
    return "\n".join(lines)


def _account(state: State, account: Account) -> str:
    title = printable(account.account_id + (f" ({account.slug})" if account.slug else ""), _MAX_LINE)
    rows = state[ApiKey].where("account_id", account.account_id)
    keys = [printable(f"  key    {key.key}{_restrictions(key)}", _MAX_LINE) for key in rows]
    agents = state[Agent].where("account_id", account.account_id)
    names = [printable(f"  agent  {agent.agent_id}  {agent.name}", _MAX_LINE) for agent in agents]
    return "\n".join(["", title, *_first(keys, "  ", "keys"), *_first(names, "  ", "agents")])


def _first(entries: list[str], indent: str, what: str) -> list[str]:
    """Return the first of the entries, and how many more there are."""
    more = len(entries) - _SHOWN
    return entries if more <= 0 else [*entries[:_SHOWN], f"{indent}and {more:,} more {what}"]


def _restrictions(key: ApiKey) -> str:
    only = "" if key.agent_ids is None else f"  only {', '.join(key.agent_ids) or 'no agent'}"
    if key.expires_at is None:
        return only
    return f"{only}  expired" if key.expires_at < datetime.now(UTC) else f"{only}  until {key.expires_at:%Y-%m-%d}"
