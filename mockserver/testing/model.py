"""Reference model: what each operation does, in plain lists and loops.

It shares nothing with the server, so that the two agree only where both are right. It follows the ledger
(`docs/fidelity.md`) with every policy at its default. What cannot be known is said to be so: an id that the service
makes is `Minted` until it is seen, and wording is SOME_TEXT.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from datetime import timedelta
from functools import partial
from typing import TypeVar

from mockserver.testing.operations import OPERATIONS
from mockserver.testing.requests import Answer, ApiRequest
from mockserver.testing.tables import Refusal, Tables
from mockserver.testing.values import JsonObject

T = TypeVar("T")

SOME_TEXT = object()
BAD_BODY = (400, "SCHEMA_VALIDATION_FAILED")


class Model(Tables):
    """A world, and what operations do to it."""

    def answer(self, request: ApiRequest, failing: Mapping[str, str] | None = None) -> Answer:
        """Carry a request out, and return the answer; `failing` maps items of its batch to their errors."""
        self.failing = failing or {}
        operation = OPERATIONS[request.operation]
        try:
            path = {name: it.resolve(self, request.path[name]) for name, it in operation.parameters.items()}
            body = operation.rule(self, replace(request, path=path)) if operation.rule else None
        except Refusal as refusal:
            return Answer(refusal.status, {"error_code": refusal.code})
        return Answer(operation.status, body)

    def pass_time(self, seconds: int) -> None:
        """Let time pass."""
        self.now += timedelta(seconds=seconds)

    def attempt(self, item: str, act: Callable[[], T]) -> tuple[T | None, object]:
        """Act on one item of a batch, and return what came of it, or None and its error."""
        if item in self.failing:
            return None, self.failing[item]
        try:
            return act(), None
        except Refusal:
            return None, SOME_TEXT


def batch_get(model: Model, ids: Iterable[str], get: Callable[[str], JsonObject]) -> JsonObject:
    """Return what is found for ids, each only once, and those for which `get` refuses."""
    rows = {it: model.attempt(it, partial(get, it))[0] for it in dict.fromkeys(ids)}
    return {
        "found": [row for row in rows.values() if row is not None],
        "notFound": [it for it, row in rows.items() if row is None],
    }
