"""Fault injection: which requests each fault matches, how often it fires, and with what effect.

All faults of a request are decided at once, before it is handled, in the order in which they were added: delays add up,
the first answer wins and leaves the others unfired, and items fail one by one. Probability uses the world's seeded
random generator.
"""

import math
from collections import deque
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from random import Random
from typing import NamedTuple, cast
from urllib.parse import unquote

from mockserver.state import catalogue
from mockserver.values.clock import parse_duration
from mockserver.world.effects import MAX_DELAY_SECONDS, ApplyThenBody, FaultBody, RateLimitBody, seconds_of


@dataclass(slots=True, kw_only=True)
class Fault:
    """A fault: `spec` says which requests it matches, how often it fires, and its effect, and has been checked.

    What `spec` does not have matches everything. Its `path` is a template in which `*` stands for any one segment, and
    its `itemId` is one that a request has to carry as an item of its batch. `ids` are the ids that a request has to
    carry, by name. `matched` counts the requests that matched, `fired` those on which the fault fired.
    """

    fault_id: str
    spec: FaultBody
    ids: Mapping[str, str] = field(default_factory=dict)
    matched: int = 0
    fired: int = 0
    recent: deque[datetime] = field(default_factory=deque)

    def matches(self, target: "Target") -> bool:
        """Tell whether the fault is about a request; a fault of an item matches only operations on batches."""
        spec = self.spec
        return (
            spec.get("operation", target.operation) == target.operation
            and spec.get("method", target.method).upper() == target.method
            and ("path" not in spec or paths_overlap(spec["path"], target.path))
            and all(value in target.ids.get(name, ()) for name, value in self.ids.items())
            and ("item" not in spec or self.item_in(target) is not None)
        )

    def item_in(self, target: "Target") -> str | None:
        """Return the item of the request's batch that the fault is about, or None."""
        if target.items is None:
            return None
        item_id = self.spec.get("itemId") or self.ids.get(target.items)
        return item_id if item_id in target.ids.get(target.items, ()) else None

    def fires(self, random: Random, now: datetime, *, answered: bool) -> bool:
        """Count a request that matches, and tell whether the fault fires on it.

        `answered` says that an earlier fault has decided the answer: a later one then does not fire, unless it delays.
        """
        spec = self.spec
        self.matched += 1
        if "rateLimit" in spec and not self._over_limit(spec["rateLimit"], now):
            return False
        if self.matched <= spec.get("skip", 0) or self.fired >= spec.get("times", math.inf):
            return False
        if answered and "delay" not in spec:
            return False
        if spec.get("probability", 1.0) < 1.0 and random.random() >= spec["probability"]:
            return False
        self.fired += 1
        return True

    def _over_limit(self, limit: RateLimitBody, now: datetime) -> bool:
        start = now - parse_duration(limit["per"])
        while self.recent and self.recent[0] <= start:
            self.recent.popleft()
        if len(self.recent) >= limit["requests"]:
            return True
        self.recent.append(now)
        return False

    def retry_after(self, limit: RateLimitBody, now: datetime) -> int:
        """Return the whole seconds after which a limited client may try again."""
        free_at = (self.recent[0] if self.recent else now) + parse_duration(limit["per"])
        return max(1, math.ceil((free_at - now).total_seconds()))


class Target(NamedTuple):
    """A request as faults see it.

    `path` is the request's own, as it was sent. `ids` are the ids that it carries, by name. `items` is the name of the
    id by which items of its batch can fail, or None.
    """

    operation: str
    method: str
    path: str
    ids: Mapping[str, Collection[str]]
    items: str | None = None


@dataclass(slots=True)
class Plan:
    """What the faults of a world do to one request."""

    delay_seconds: float = 0.0
    instead: ApplyThenBody | None = None
    afterwards: ApplyThenBody | None = None
    items: dict[str, str] = field(default_factory=dict)
    fault_ids: tuple[str, ...] = ()


NO_FAULTS = Plan()


class Faults(dict[str, Fault]):
    """The faults of a world by their ids, in the order in which they were added."""

    __slots__ = ("_next", "_random")

    def __init__(self) -> None:
        super().__init__()
        self._next = 1
        self._random: Random | None = None

    def next_id(self) -> str:
        """Return the id of the next fault."""
        fault_id = f"fault-{self._next}"
        self._next += 1
        return fault_id

    def plan(self, target: Target, now: datetime, *, magic: bool) -> Plan:
        """Return what these faults do to a request, and with `magic` those of magic values, and count it."""
        plan = Plan()
        random = self._random = self._random or Random(0)  # noqa: S311  # meant to be predictable
        for fault in (*self.values(), *(_magic_faults() if magic else ())):
            answered = plan.instead is not None or plan.afterwards is not None
            if not fault.matches(target) or not fault.fires(random, now, answered=answered):
                continue
            spec = fault.spec
            if "delay" in spec:
                plan.delay_seconds = min(plan.delay_seconds + seconds_of(spec["delay"], random), MAX_DELAY_SECONDS)
            elif "item" in spec:
                plan.items[fault.item_in(target) or ""] = spec["item"]
            elif "applyThen" in spec:
                plan.afterwards = spec["applyThen"]
            elif "rateLimit" in spec:
                plan.instead = {"status": 429, "retryAfter": fault.retry_after(spec["rateLimit"], now)}
            else:
                plan.instead = spec
            plan.fault_ids = (*plan.fault_ids, fault.fault_id)
        return plan


@cache
def _magic_faults() -> tuple[Fault, ...]:
    """Return the faults that magic values stand for; no world tells how often they fired."""
    return tuple(
        Fault(fault_id=it.fault_id, spec=cast("FaultBody", it.effect), ids={id_name: it.key})
        for id_name, it in catalogue.magic_values()
    )


def paths_overlap(pattern: str, path: str) -> bool:
    """Tell whether some path matches both; in each, `*` or a placeholder in braces stands for any one segment."""
    wanted, given = _segments(pattern), _segments(path)
    return len(wanted) == len(given) and all(
        _is_open(one) or _is_open(other) or one == other for one, other in zip(wanted, given, strict=True)
    )


def _segments(path: str) -> list[str]:
    return [unquote(segment) for segment in path.strip("/").split("/")]


def _is_open(segment: str) -> bool:
    return segment == "*" or (segment.startswith("{") and segment.endswith("}"))
