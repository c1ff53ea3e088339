"""Explanation of a failing `==` between two records of the API: the fields in which they differ."""

from collections.abc import Mapping

_OWNERS = ("accountId", "projectId", "agentId")


def explain(left: object, right: object) -> list[str] | None:
    """Return the lines of an explanation, or None unless both sides are certainly records of the API.

    They are if both name the same kinds of owners, an account and an agent or project, and share another id or text.
    """
    if not isinstance(left, dict) or not isinstance(right, dict):
        return None
    owners, common = _owners(left), _common(left, right)
    if "accountId" not in owners or len(owners) < 2 or owners != _owners(right) or not common:
        return None
    first = min(common, key=lambda name: not name.endswith("Id"))
    lines = [
        f"{name}: {_shown(left, name)} != {_shown(right, name)}"
        for name in {**left, **right}
        if left.get(name) != right.get(name) or (name in left) != (name in right)
    ]
    return [f"{_title(left, first)} == {_title(right, first)}", *lines] if lines else None


def _owners(record: Mapping[object, object]) -> list[str]:
    return [name for name in _OWNERS if isinstance(record.get(name), str)]


def _common(left: Mapping[object, object], right: Mapping[object, object]) -> list[str]:
    """Return the names of the ids that both have, and of the text that is the same in both, apart from owners."""
    return [
        name
        for name, value in left.items()
        if isinstance(name, str) and name in right and name not in _OWNERS
        if name.endswith("Id") or (isinstance(value, str) and value == right[name])
    ]


def _title(record: Mapping[object, object], name: str) -> str:
    return f"{{{name!r}: {record[name]!r}, …}}"


def _shown(record: Mapping[object, object], name: object) -> str:
    return repr(record[name]) if name in record else "(absent)"
