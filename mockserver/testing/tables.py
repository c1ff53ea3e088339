"""State of the reference model: the records of a world in plain lists, in the order in which the API lists them."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from copy import copy
from datetime import datetime
from typing import Self

from mockserver.testing.resource import RESOURCES
from mockserver.testing.values import JsonObject

# A record in the API's words, and the ids of its owners; a change replaces it.
Row = JsonObject

STOPPED = {"frozenAt": "2026-07-02T10:00:00Z"}


class Refusal(Exception):  # noqa: N818  # a refusal is what the API does, not a failure of the model
    """A refused request, by status and error code."""

    def __init__(self, status: int, code: str) -> None:
        super().__init__(f"{status} {code}")
        self.status = status
        self.code = code


class Minted(str):
    """The model's own name for an id that the service has made and no answer has shown yet."""

    __slots__ = ()


class Tables:
    """A world in the eyes of its client, read from a complete seed: one that leaves no field of a record out.

    The client's key is the first that never expires and reaches every agent of its account. ValueError is raised for
    policies that the model does not follow, where there is no such key, and for a record that lacks a field.
    """

    def __init__(self, seed: JsonObject) -> None:
        _check_policies(seed)
        self.seed = seed
        self.now = frozen_at(seed)
        self.rows: dict[str, list[Row]] = defaultdict(list)
        self.failing: Mapping[str, str] = {}
        self._minted = 0
        self._adopted: dict[Minted, str] = {}
        for account in seed["accounts"]:
            owner = {"accountId": account["accountId"]}
            self.rows["accounts"].append(account)
            self._add_records(account, owner)
            self.rows["apiKeys"] += [{**key, **owner} for key in account.get("apiKeys") or ()]
            for agent in account.get("agents") or ():
                self.rows["agents"].append({**agent, **owner})
                self._add_records(agent, {**owner, "agentId": agent["agentId"]})
        self.account_id = _clients_account(self.rows["apiKeys"])

    def _add_records(self, owner: Row, ids: Row) -> None:
        """Add what an account or agent owns, and what is nested under that."""
        for resource in RESOURCES.values():
            for row in owner.get(resource.records) or ():
                missing = sorted(set(resource.fields) - row.keys())
                if missing:
                    raise ValueError(
                        f"{resource.records} of {', '.join(map(str, ids.values()))}: {dict(row)} has no "
                        f"{', '.join(missing)}; the model reads complete seeds, as GET …/state?full=true gives them"
                    )
                self.rows[resource.records].append({**row, **ids})
                self._add_records(row, {**ids, resource.key: row[resource.key]})

    def copy(self) -> Self:
        """Return a model that goes its own way from here."""
        other = copy(self)
        other.rows = defaultdict(list, {name: list(rows) for name, rows in self.rows.items()})
        other._adopted = dict(self._adopted)
        return other

    @property
    def reachable(self) -> list[str]:
        """The agents that the client's key reaches."""
        return [agent["agentId"] for agent in self.rows["agents"] if agent["accountId"] == self.account_id]

    def at(self, records: str, ids: JsonObject) -> list[Row]:
        """Return the records with these ids; a name that they do not have does not count."""
        return [row for row in self.rows[records] if all(row.get(name, it) == it for name, it in ids.items())]

    def find(self, records: str, code: str, **columns: object) -> Row:
        """Return the first record with these values; without one, refuse with 404 and the error code."""
        for row in self.at(records, columns):
            return row
        raise Refusal(404, code)

    def replace(self, records: str, before: Row, **changes: object) -> Row:
        """Change a record where it stands, and return it."""
        after = {**before, **changes}
        self.rows[records][self.rows[records].index(before)] = after
        return after

    def move(self, records: str, before: Row, **changes: object) -> Row:
        """Change a record, which comes last from then on, and return it."""
        self.rows[records].remove(before)
        self.rows[records].append({**before, **changes})
        return self.rows[records][-1]

    def add(self, records: str, **row: object) -> Row:
        """Add a record of the client's account, and return it."""
        self.rows[records].append({"accountId": self.account_id, **row})
        return self.rows[records][-1]

    def remove(self, records: str, row: Row) -> None:
        """Remove a record."""
        self.rows[records].remove(row)

    def check_item(self, item: object) -> None:
        """Refuse an item of a batch that a fault has picked out."""
        if item in self.failing:
            raise Refusal(200, "the item alone fails")

    def mint(self, what: str) -> Minted:
        """Return a name for an id that the service makes."""
        self._minted += 1
        return Minted(f"<{what} {self._minted}>")

    def adopt(self, minted: Minted, seen: str) -> str:
        """Replace an id that the model had to name itself by the one that was seen, and return it.

        The model's own is returned, and stays, where the one that was seen is not new.
        """
        if minted in self._adopted:
            return self._adopted[minted]
        if any(seen in row.values() for rows in self.rows.values() for row in rows):
            return minted
        self._adopted[minted] = seen
        for name, rows in self.rows.items():
            self.rows[name] = [{key: seen if it == minted else it for key, it in row.items()} for row in rows]
        return seen


def frozen_at(seed: JsonObject) -> datetime:
    """Return the moment at which a world's time stands still: its seed's, or 10:00 on 2 July 2026, UTC."""
    return datetime.fromisoformat((seed.get("clock") or {}).get("frozenAt") or STOPPED["frozenAt"])


def _check_policies(seed: JsonObject) -> None:
    followed = {name: choice for resource in RESOURCES.values() for name, choice in resource.policies.items()}
    others = [name for name, choice in (seed.get("policies") or {}).items() if choice != followed.get(name, choice)]
    if others:
        raise ValueError(f"policies: the model knows only the defaults; leave out {', '.join(others)}")


def _clients_account(keys: Iterable[Row]) -> str:
    for key in keys:
        if not key.get("expired") and key.get("expiresAt") is None and key.get("agents") is None:
            account_id: str = key["accountId"]
            return account_id
    raise ValueError("accounts: the model needs a key that never expires and reaches every agent of its account")
