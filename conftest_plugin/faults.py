"""The faults of a test's world, in the words of Python."""

from collections.abc import Iterator, Mapping

from conftest_plugin.control import Call, Json


class MockFaults:
    """A world's faults; `match` takes `connectorId`, `phoneNumber`, `method`, `path`, and `probability`."""

    def __init__(self, call: Call) -> None:
        self._call = call

    def __iter__(self) -> Iterator[Json]:
        return iter(self._call("GET", "/faults")["faults"])

    def add(self, **fault: object) -> str:
        """Add a fault in the words of the control plane, and return its id; names that are None are left out."""
        given = {name: value for name, value in fault.items() if value is not None}
        fault_id: str = self._call("POST", "/faults", given)["id"]
        return fault_id

    def fail(
        self, operation: str | None = None, *, status: int, code: str | None = None, retry_after: int | None = None,
        body: Mapping[str, object] | None = None, times: int | None = None, skip: int | None = None, **match: object,
    ) -> str:  # fmt: skip
        """Answer with a status instead, nothing being changed."""
        return self.add(
            operation=operation, status=status, errorCode=code, retryAfter=retry_after, body=body, times=times,
            skip=skip, **match,
        )  # fmt: skip

    def delay(
        self, operation: str | None = None, *, ms: float | None = None, uniform: tuple[float, float] | None = None,
        times: int | None = None, skip: int | None = None, **match: object,
    ) -> str:  # fmt: skip
        """Hold answers back, for `ms` or for a uniformly drawn number of milliseconds."""
        delay = {"ms": ms} if uniform is None else {"uniform": list(uniform)}
        return self.add(operation=operation, delay=delay, times=times, skip=skip, **match)

    def drop(
        self, operation: str | None = None, *, how: str = "reset", times: int | None = None, skip: int | None = None,
        **match: object,
    ) -> str:  # fmt: skip
        """Break the connection: `how` is `reset`, `close`, `truncate`, `garbage` or `drip`."""
        return self.add(operation=operation, connection=how, times=times, skip=skip, **match)

    def fail_item(self, id_or_number: str, message: str, *, times: int | None = None, skip: int | None = None) -> str:
        """Let one connector or number of a batch fail with a message, while the others succeed."""
        kind = "phoneNumber" if id_or_number.startswith("+") else "connectorId"
        return self.add(item=message, times=times, skip=skip, **{kind: id_or_number})

    def rate_limit(
        self, requests: int, per: str = "1s", operation: str | None = None, *, times: int | None = None,
        skip: int | None = None, **match: object,
    ) -> str:  # fmt: skip
        """Allow so many requests in a span of the world's time; the others get 429 with Retry-After."""
        limit = {"requests": requests, "per": per}
        return self.add(operation=operation, rateLimit=limit, times=times, skip=skip, **match)

    def apply_then_lose(
        self, operation: str | None = None, *, status: int | None = None, how: str | None = None,
        times: int | None = None, skip: int | None = None, **match: object,
    ) -> str:  # fmt: skip
        """Carry the operation out and lose its answer: by a `status`, or by breaking the connection (`close`)."""
        lost = {"status": status} if status is not None else {"connection": how or "close"}
        return self.add(operation=operation, applyThen=lost, times=times, skip=skip, **match)

    def clear(self) -> None:
        """Remove all faults."""
        self._call("DELETE", "/faults")
