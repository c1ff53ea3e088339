"""State of the reference model: the records of a world in plain lists, in the order in which the API lists them."""

from collections import defaultdict
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from mockserver.testing.values import STOPPED, JsonObject
from mockserver.testing.worlds import RESOURCES


class Row(dict[str, Any]):
    """A record in the API's words, and the ids of its owners; a change replaces it."""

    def __missing__(self, name: str) -> None:
        raise ValueError(f"{self} has no {name}; the model reads complete seeds, as GET …/state?full=true gives them")


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

    The client's key is the first that never expires and reaches every agent of its account. ValueError is raised where
    there is no such key, and once a field is read that a record lacks.
    """

    def __init__(self, seed: JsonObject) -> None:
        self.seed = seed
        self.now = frozen_at(seed)
        self.rows: dict[str, list[Row]] = defaultdict(list)
        self.failing: Mapping[str, str] = {}
        self._minted = 0
        self._adopted: dict[Minted, str] = {}
        for account in seed["accounts"]:
            owner = {"accountId": account["accountId"]}
            self.rows["accounts"].append(Row(account))
            self._add_records(account, owner)
            self.rows["apiKeys"] += [Row(key, **owner) for key in account.get("apiKeys") or ()]
            for agent in account.get("agents") or ():
                self.rows["agents"].append(Row(agent, **owner))
                self._add_records(agent, {**owner, "agentId": agent["agentId"]})
        for key in self.rows["apiKeys"]:
            if not key.get("expired") and key.get("expiresAt") is None and key.get("agents") is None:
                self.account_id: str = key["accountId"]
                return
        raise ValueError("accounts: the model needs a key that never expires and reaches every agent of its account")

    def _add_records(self, owner: JsonObject, ids: JsonObject) -> None:
        """Add what an account or agent owns."""
        for resource in RESOURCES.values():
            self.rows[resource.records] += [Row(row, **ids) for row in owner.get(resource.records) or ()]

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
        after = Row(before, **changes)
        self.rows[records][self.rows[records].index(before)] = after
        return after

    def move(self, records: str, before: Row, **changes: object) -> Row:
        """Change a record, which comes last from then on, and return it."""
        self.rows[records].remove(before)
        self.rows[records].append(Row(before, **changes))
        return self.rows[records][-1]

    def add(self, records: str, **row: object) -> Row:
        """Add a record of the client's account, and return it."""
        self.rows[records].append(Row(row, accountId=self.account_id))
        return self.rows[records][-1]

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
            self.rows[name] = [Row({key: seen if it == minted else it for key, it in row.items()}) for row in rows]
        return seen


def frozen_at(seed: JsonObject) -> datetime:
    """Return the moment at which a world's time stands still: its seed's, or 10:00 on 2 July 2026, UTC."""
    return datetime.fromisoformat((seed.get("clock") or {}).get("frozenAt") or STOPPED["frozenAt"])
