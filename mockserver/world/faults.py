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
from typing import NamedTuple
from urllib.parse import unquote

from mockserver.state import catalogue
from mockserver.world.effects import MAX_DELAY_SECONDS, Answer, ApplyThen, Connection, Delay, Effect, Item, RateLimit


@dataclass(slots=True, kw_only=True)
class Fault:
    """A fault: which requests it matches, how often it fires, and its effect.

    None matches everything. `path` is a template in which `*` stands for any one segment. `ids` are ids that a request
    has to carry, by name; `item_id` is one that it has to carry as an item of its batch. `matched` counts the requests
    that matched, `fired` those on which the fault fired.
    """

    fault_id: str
    effect: Effect
    operation: str | None = None
    method: str | None = None
    path: str | None = None
    ids: Mapping[str, str] = field(default_factory=dict)
    item_id: str | None = None
    skip: int = 0
    times: int | None = None
    probability: float = 1.0
    matched: int = 0
    fired: int = 0
    spec: Mapping[str, object] = field(default_factory=dict)
    recent: deque[datetime] = field(default_factory=deque)

    def matches(self, target: "Target") -> bool:
        """Tell whether the fault is about a request; a fault of an item matches only operations on batches."""
        return (
            self.operation in (None, target.operation)
            and self.method in (None, target.method)
            and (self.path is None or paths_overlap(self.path, target.path))
            and all(value in target.ids.get(name, ()) for name, value in self.ids.items())
            and (not isinstance(self.effect, Item) or self.item_in(target) is not None)
        )

    def item_in(self, target: "Target") -> str | None:
        """Return the item of the request's batch that the fault is about, or None."""
        if target.items is None:
            return None
        item_id = self.item_id or self.ids.get(target.items)
        return item_id if item_id in target.ids.get(target.items, ()) else None

    def fires(self, random: Random, now: datetime, *, answered: bool) -> bool:
        """Count a request that matches, and tell whether the fault fires on it.

        `answered` says that an earlier fault has decided the answer: a later one then does not fire, unless it delays.
        """
        self.matched += 1
        if isinstance(self.effect, RateLimit) and not self._over_limit(self.effect, now):
            return False
        if self.matched <= self.skip or (self.times is not None and self.fired >= self.times):
            return False
        if answered and not isinstance(self.effect, Delay):
            return False
        if self.probability < 1.0 and random.random() >= self.probability:
            return False
        self.fired += 1
        return True

    def _over_limit(self, limit: RateLimit, now: datetime) -> bool:
        while self.recent and self.recent[0] <= now - limit.per:
            self.recent.popleft()
        if len(self.recent) >= limit.requests:
            return True
        self.recent.append(now)
        return False

    def retry_after(self, limit: RateLimit, now: datetime) -> int:
        """Return the whole seconds after which a limited client may try again."""
        free_at = self.recent[0] + limit.per if self.recent else now + limit.per
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
    instead: Answer | Connection | None = None
    afterwards: Answer | Connection | None = None
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
            effect = fault.effect
            match effect:
                case Delay():
                    plan.delay_seconds = min(plan.delay_seconds + effect.seconds(random), MAX_DELAY_SECONDS)
                case Item():
                    plan.items[fault.item_in(target) or ""] = effect.message
                case ApplyThen():
                    plan.afterwards = effect.effect
                case RateLimit():
                    plan.instead = Answer(429, retry_after=fault.retry_after(effect, now))
                case Answer() | Connection():
                    plan.instead = effect
            plan.fault_ids = (*plan.fault_ids, fault.fault_id)
        return plan


@cache
def _magic_faults() -> tuple[Fault, ...]:
    """Return the faults that magic values stand for; no world tells how often they fired."""
    return tuple(
        Fault(
            fault_id=it.fault_id,
            effect=Delay(low=it.delay_ms) if it.status is None else Answer(it.status, retry_after=it.retry_after),
            ids={id_name: it.key},
        )
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
