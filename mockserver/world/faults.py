"""Failures on purpose: which request each one strikes, how often, and with what effect.

Everything about a fault is decided at once, before its request is handled, in the order in which faults were added:
delays add up, the first answer wins and leaves the others their strikes, and items fail one by one. The world's own
chance, seeded, draws the lots.
"""

import math
from collections import deque
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from random import Random
from typing import NamedTuple
from urllib.parse import unquote

from mockserver.state.connectors import RATE_LIMITED_CONNECTOR, SLOW_CONNECTOR
from mockserver.state.phone_numbers import RATE_LIMITED_NUMBER, SLOW_NUMBER
from mockserver.world.effects import MAX_DELAY_SECONDS, Answer, ApplyThen, Connection, Delay, Effect, Item, RateLimit


@dataclass(slots=True, kw_only=True)
class Fault:
    """A fault and what became of it: requests `matched`, and those of them that it `struck`.

    None matches everything; `path` is a template in which `*` stands for any one segment.
    """

    fault_id: str
    effect: Effect
    operation: str | None = None
    method: str | None = None
    path: str | None = None
    connector_id: str | None = None
    phone_number: str | None = None
    skip: int = 0
    times: int | None = None
    probability: float = 1.0
    matched: int = 0
    struck: int = 0
    spec: Mapping[str, object] = field(default_factory=dict)
    recent: deque[datetime] = field(default_factory=deque)

    def matches(self, request: "Request") -> bool:
        """Tell whether the fault is about a request; an item only fails where items can."""
        return (
            self.operation in (None, request.operation)
            and self.method in (None, request.method)
            and (self.path is None or path_fits(self.path, request.path))
            and (self.connector_id is None or self.connector_id in request.connector_ids)
            and (self.phone_number is None or self.phone_number in request.phone_numbers)
            and (request.per_item or not isinstance(self.effect, Item))
        )

    def strikes(self, chance: Random, now: datetime, *, taken: bool) -> bool:
        """Count a request that matches, and tell whether it is struck.

        `taken` says that an earlier fault has decided the answer: a later one then keeps its strike for another time.
        """
        self.matched += 1
        if isinstance(self.effect, RateLimit) and not self._over_limit(self.effect, now):
            return False
        if self.matched <= self.skip or (self.times is not None and self.struck >= self.times):
            return False
        if taken and not isinstance(self.effect, Delay):
            return False
        if self.probability < 1.0 and chance.random() >= self.probability:
            return False
        self.struck += 1
        return True

    def _over_limit(self, limit: RateLimit, now: datetime) -> bool:
        while self.recent and self.recent[0] <= now - limit.per:
            self.recent.popleft()
        if len(self.recent) >= limit.requests:
            return True
        self.recent.append(now)
        return False

    def retry_after(self, limit: RateLimit, now: datetime) -> int:
        """Return the whole seconds after which a limited client may come again."""
        free_at = self.recent[0] + limit.per if self.recent else now + limit.per
        return max(1, math.ceil((free_at - now).total_seconds()))


class Request(NamedTuple):
    """What a fault can see of a request; `path` is the request's own, as it was sent."""

    operation: str
    method: str
    path: str
    per_item: bool = False
    connector_ids: Collection[str] = ()
    phone_numbers: Collection[str] = ()


@dataclass(slots=True)
class Plan:
    """What the faults do to one request."""

    delay_seconds: float = 0.0
    instead: Answer | Connection | None = None
    afterwards: Answer | Connection | None = None
    items: dict[str, str] = field(default_factory=dict)
    fault_ids: tuple[str, ...] = ()


UNTOUCHED = Plan()


class Faults:
    """The faults of a world, in the order in which they were added."""

    __slots__ = ("_chance", "_faults", "_next", "_standing")

    def __init__(self) -> None:
        self._faults: dict[str, Fault] = {}
        self._standing: tuple[Fault, ...] = ()
        self._next = 1
        self._chance: Random | None = None

    def __iter__(self) -> Iterator[Fault]:
        return iter(self._faults.values())

    def __len__(self) -> int:
        return len(self._faults)

    def next_id(self) -> str:
        """Take the id of the next fault."""
        fault_id = f"fault-{self._next}"
        self._next += 1
        return fault_id

    def add(self, fault: Fault) -> None:
        """Add a fault, to be considered after those that are there."""
        self._faults[fault.fault_id] = fault

    def remove(self, fault_id: str) -> bool:
        """Remove a fault, and tell whether it was there."""
        return self._faults.pop(fault_id, None) is not None

    def clear(self) -> None:
        """Remove all faults."""
        self._faults.clear()

    def considered(self, *, magic: bool) -> tuple[Fault, ...]:
        """Return the faults that a request has to pass: the world's own, and where asked for the magic ones."""
        if not magic and not self._faults:
            return ()
        if magic and not self._standing:
            self._standing = magic_faults()
        return (*self._faults.values(), *(self._standing if magic else ()))

    def plan(self, considered: tuple[Fault, ...], request: Request, now: datetime) -> Plan:
        """Return what faults do to a request, and count it."""
        plan = Plan()
        chance = self._chance = self._chance or Random(0)  # noqa: S311  # meant to be predictable
        for fault in considered:
            taken = plan.instead is not None or plan.afterwards is not None
            if not fault.matches(request) or not fault.strikes(chance, now, taken=taken):
                continue
            effect = fault.effect
            match effect:
                case Delay():
                    plan.delay_seconds = min(plan.delay_seconds + effect.seconds(chance), MAX_DELAY_SECONDS)
                case Item():
                    plan.items[fault.connector_id or fault.phone_number or ""] = effect.message
                case ApplyThen():
                    plan.afterwards = effect.effect
                case RateLimit():
                    plan.instead = Answer(429, retry_after=fault.retry_after(effect, now))
                case Answer() | Connection():
                    plan.instead = effect
            plan.fault_ids = (*plan.fault_ids, fault.fault_id)
        return plan


def magic_faults() -> tuple[Fault, ...]:
    """Return the faults that magic values stand for."""
    slow, limited = Delay(low=2000), Answer(429, retry_after=1)
    return (
        Fault(fault_id="magic-slow-number", effect=slow, phone_number=SLOW_NUMBER),
        Fault(fault_id="magic-slow-connector", effect=slow, connector_id=SLOW_CONNECTOR),
        Fault(fault_id="magic-limited-number", effect=limited, phone_number=RATE_LIMITED_NUMBER),
        Fault(fault_id="magic-limited-connector", effect=limited, connector_id=RATE_LIMITED_CONNECTOR),
    )


def path_fits(pattern: str, path: str) -> bool:
    """Tell whether a path fits a pattern, in which `*` or a placeholder in braces stands for any one segment."""
    wanted, given = _segments(pattern), _segments(path)
    return len(wanted) == len(given) and all(
        _is_open(one) or one == other for one, other in zip(wanted, given, strict=True)
    )


def patterns_meet(pattern: str, template: str) -> bool:
    """Tell whether some path fits both."""
    wanted, given = _segments(pattern), _segments(template)
    return len(wanted) == len(given) and all(
        _is_open(one) or _is_open(other) or one == other for one, other in zip(wanted, given, strict=True)
    )


def _segments(path: str) -> list[str]:
    return [unquote(segment) for segment in path.strip("/").split("/")]


def _is_open(segment: str) -> bool:
    return segment == "*" or (segment.startswith("{") and segment.endswith("}"))
