"""Rules at work: which rows an entry of the journal shows, by their `when`.

All that a `when` says must be true of an entry, in the form in which the control plane shows it:

- `status` and `code` are those of the answer.
- `request` and `response` speak of fields: a request has the keys of its query and of every object in its body, at any
  depth, a response those of its body. `has` and `lacks` list names, `equals` gives a name the value that one of the
  fields of this name must have, `empty` says that there is neither a body nor a query.
- Every change of `changes` (`table`, `change`) was made, and none at all if it is empty.
- `faults` asks for an entry in which a fault fired; without it, an entry whose answer a fault may have caused shows no
  rule. `unknown_fields` asks for near misses.
"""

from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from mockserver.ledger.rows import Row

EVERY_OPERATION = "every operation"


def at_work(row: Row, entry: Mapping[str, Any]) -> bool:
    """Tell whether an entry shows that a rule was at work; a row without `when` is never shown."""
    when = row.when
    if when is None or row.operation not in (EVERY_OPERATION, entry["operation"]):
        return False
    changes = when.get("changes")
    query = dict(parse_qsl(urlsplit(entry["path"]).query))
    return (
        when.get("status") in (None, entry["status"])
        and when.get("code") in (None, entry["errorCode"])
        and when.get("faults", False) == bool(entry["faults"])
        and (not when.get("unknown_fields") or bool(entry["unknownFields"]))
        and (changes != [] or not entry["changed"])
        and all(any(change.items() <= made.items() for made in entry["changed"]) for change in changes or ())
        and _has(when.get("request", {}), query, entry["requestBody"])
        and _has(when.get("response", {}), entry["responseBody"])
    )


def _has(fields: Mapping[str, Any], *parts: object) -> bool:
    """Tell whether JSON values have such fields."""
    items = [item for part in parts for found in _objects(part) for item in found.items()]
    names = {name for name, _ in items}
    return (
        names.issuperset(fields.get("has", ()))
        and names.isdisjoint(fields.get("lacks", ()))
        and all(item in items for item in fields.get("equals", {}).items())
        and not (fields.get("empty") and any(parts))
    )


def _objects(value: object) -> Iterator[dict[str, Any]]:
    """Yield every object in a JSON value."""
    if isinstance(value, dict):
        yield value
    for item in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from _objects(item)
