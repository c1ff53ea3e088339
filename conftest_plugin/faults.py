"""Faults of a test's world: fault injection from Python."""

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from mockserver.control.client import is_refusal

if TYPE_CHECKING:
    from conftest_plugin.world import MockWorld

__tracebackhide__ = is_refusal


class MockFaults:
    """A world's faults, in the order in which they are tried; iterating gives them with their counts.

    `operation` limits a fault to one operation; `skip` lets that many matching requests pass first, and `times` limits
    how often it fires. `match` takes what else a request has to match: `method` and `path` together, `probability`, and
    any id by its name in the operation, such as `agentId`. The methods that add a fault return its id, and raise
    ControlError for one that could never match.
    """

    def __init__(self, world: "MockWorld") -> None:
        self._world = world
        self._call = world.call

    def __repr__(self) -> str:
        return f"<MockFaults of {self._world!r}>"

    def __iter__(self) -> Iterator[dict[str, Any]]:
        return iter(self._call("GET", "/faults")["faults"])

    def add(self, **fault: object) -> str:
        """Add a fault by the control plane's own names; those that are None are left out."""
        given = {name: value for name, value in fault.items() if value is not None}
        fault_id: str = self._call("POST", "/faults", given)["id"]
        return fault_id

    def fail(
        self, operation: str | None = None, *, status: int, code: str | None = None, retry_after: int | None = None,
        body: Mapping[str, object] | None = None, times: int | None = None, skip: int | None = None, **match: object,
    ) -> str:  # fmt: skip
        """Answer with an error status instead of carrying the operation out."""
        return self.add(
            operation=operation, status=status, errorCode=code, retryAfter=retry_after, body=body, times=times,
            skip=skip, **match,
        )  # fmt: skip

    def delay(
        self, operation: str | None = None, *, ms: float | None = None, uniform: tuple[float, float] | None = None,
        times: int | None = None, skip: int | None = None, **match: object,
    ) -> str:  # fmt: skip
        """Delay answers by `ms` milliseconds, or by a random number of them between the two in `uniform`."""
        delay = {"ms": ms} if uniform is None else {"uniform": list(uniform)}
        return self.add(operation=operation, delay=delay, times=times, skip=skip, **match)

    def drop(
        self, operation: str | None = None, *, how: str = "reset", times: int | None = None, skip: int | None = None,
        **match: object,
    ) -> str:  # fmt: skip
        """Break the connection: `how` is `reset`, `close`, `truncate`, `garbage` or `drip`."""
        return self.add(operation=operation, connection=how, times=times, skip=skip, **match)

    def fail_item(self, id_or_number: str, message: str, *, times: int | None = None, skip: int | None = None) -> str:
        """Let one item of a batch, named as the request names it, fail with a message while the others succeed."""
        return self.add(item=message, itemId=id_or_number, times=times, skip=skip)

    def rate_limit(
        self, requests: int, per: str = "1s", operation: str | None = None, *, times: int | None = None,
        skip: int | None = None, **match: object,
    ) -> str:  # fmt: skip
        """Allow so many requests per span of the world's time; answer the others with 429 and Retry-After."""
        limit = {"requests": requests, "per": per}
        return self.add(operation=operation, rateLimit=limit, times=times, skip=skip, **match)

    def apply_then_lose(
        self, operation: str | None = None, *, status: int | None = None, how: str | None = None,
        times: int | None = None, skip: int | None = None, **match: object,
    ) -> str:  # fmt: skip
        """Carry the operation out but lose its answer: send a `status` instead, or break the connection (`close`)."""
        lost = {"status": status} if status is not None else {"connection": how or "close"}
        return self.add(operation=operation, applyThen=lost, times=times, skip=skip, **match)

    def clear(self) -> None:
        """Remove all faults."""
        self._call("DELETE", "/faults")
