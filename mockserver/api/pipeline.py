"""API requests, in one pass: key, world, route, body, faults, handler, answer.

Once the body has arrived and delays are over, nothing awaits until the answer is ready: an operation is atomic without
a lock, and one that fails unexpectedly is rolled back. The entry is in the journal before the answer is sent, so that
a client that has its answer finds it there.

A request keeps the world object that its key opened. If that world was reset, replaced or dropped while the request
waited, the request ends with its connection: it changes nothing and is journalled nowhere.
"""

import asyncio
import logging
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from time import perf_counter
from traceback import format_exc

from mockserver.api.answers import content_of, spelled_out
from mockserver.api.auth import Caller, access
from mockserver.api.broken import send_broken
from mockserver.api.near_misses import unknown_in
from mockserver.api.operation import Operation
from mockserver.api.scopes import Request, scope_of
from mockserver.errors import ApiError, Err
from mockserver.http.exchange import (
    KEY,
    NO_CONTENT,
    ClientGoneError,
    Content,
    Exchange,
    Headers,
    envelope,
    framed,
    refusal_answer,
)
from mockserver.http.json import dump_json
from mockserver.http.routing import RouteTable
from mockserver.state.accounts import authenticate
from mockserver.state.catalogue import magic_keys
from mockserver.world.effects import ARRIVING_IN_PART, ApplyThenBody, ConnectionFault, code_and_message
from mockserver.world.faults import NO_FAULTS, Plan, Target
from mockserver.world.journal import Changed, Entry
from mockserver.world.worlds import Worlds

HEADERS: Headers = [(b"access-control-allow-origin", b"*"), (b"access-control-expose-headers", b"*")]

logger = logging.getLogger(__name__)


class WorldEndedError(Exception):
    """The world of a request was reset, replaced or dropped while the request waited."""


@dataclass(slots=True)
class _Answer:
    """An answer before it is framed; `connection` is how a fault breaks its connection."""

    status: int
    content: Content
    headers: Headers = field(default_factory=list)
    connection: ConnectionFault | None = None


class Api:
    """Answers everything under `/v1/`, and every other request that brings a key.

    `unbuilt` are methods and paths of operations that the service has and this server does not.
    """

    def __init__(
        self, operations: Iterable[Operation], unbuilt: Iterable[tuple[str, str]], worlds: Worlds, max_body_bytes: int
    ) -> None:
        self._worlds = worlds
        self._max_body_bytes = max_body_bytes
        self._routes: RouteTable[Operation | type[Request]] = RouteTable(
            [
                *((operation.method, operation.path, operation) for operation in operations),
                *((method, path, scope_of(path)) for method, path in unbuilt),
            ]
        )

    async def answer(self, exchange: Exchange) -> None:
        """Answer a request, and add it to the journal of its world."""
        started = perf_counter()
        world, caller = access(self._worlds, exchange.headers.get(KEY))
        entry = Entry((world or self._worlds.default).clock.now(), exchange.method, exchange.target)
        entry.correlation_id = exchange.correlation_id(
            (world or self._worlds).mint, f"world {world.name}" if world else "worlds"
        )
        try:
            answer = await self._answer(exchange, caller, entry)
        except ClientGoneError:
            return
        except WorldEndedError:
            await send_broken("close", exchange, 0, [], NO_CONTENT)
            return
        except ApiError as refusal:
            answer = _refused(refusal, entry)
        except Exception:
            answer = _failed(entry)
        content = answer.content
        headers = framed(HEADERS + answer.headers, entry.correlation_id, content)
        if answer.connection is None or answer.connection in ARRIVING_IN_PART:
            entry.status = answer.status
            entry.response_body = content.body
            entry.response_media_type = content.media_type
        entry.duration_ms = (perf_counter() - started) * 1000
        if world is not None:
            world.journal.add(entry)
        if answer.connection is None:
            await exchange.answer(answer.status, headers, content.body)
        else:
            await send_broken(answer.connection, exchange, answer.status, headers, content)

    async def _answer(self, exchange: Exchange, caller: Caller | ApiError, entry: Entry) -> _Answer:
        operation, path = self._routes.match(exchange.method, exchange.raw_path)
        if isinstance(caller, ApiError):
            raise caller
        if isinstance(operation, type):  # the scope of what is not built
            operation(*caller, path, exchange.headers, {})
            raise ApiError(Err.NOT_IMPLEMENTED)
        entry.operation = operation.name
        call = _Call(exchange, operation, caller, path, exchange.query(), entry, caller.world.life)
        if operation.body is not None:
            await call.read_body(operation.max_body or self._max_body_bytes)
        if call.query or operation.body is not None:
            entry.unknown_fields = unknown_in(operation, call.query, call.body)
        plan = call.plan()
        if plan.delay_seconds:
            await asyncio.sleep(plan.delay_seconds)
            call.resume()
        instead = plan.instead
        if instead is not None and instead.get("connection") not in ARRIVING_IN_PART:
            return _injected(instead, entry)
        answer = call.carried_out(plan.items)
        lost = instead or plan.afterwards
        if lost is not None and "status" in lost:
            return _injected(lost, entry)
        answer.connection = lost["connection"] if lost is not None else None
        return answer


@dataclass(slots=True)
class _Call:
    """A request for an operation; `life` is that of its world when it came."""

    exchange: Exchange
    operation: Operation
    caller: Caller
    path: Mapping[str, str]
    query: Mapping[str, str]
    entry: Entry
    life: object
    body: object = None

    async def read_body(self, limit: int) -> None:
        """Wait for the body, and read it."""
        self.entry.request_media_type = self.exchange.media_type
        try:
            self.entry.request_body = await self.exchange.body(limit)
        finally:
            self._check_life()
        self.resume()
        self.body = await self.operation.read(self.exchange.headers, self.entry.request_body)

    def resume(self) -> None:
        """Go on after a wait; raises AUTH_USER_INVALID_TOKEN for a key that expired or changed meanwhile."""
        self._check_life()
        world = self.caller.world
        self.caller = Caller(authenticate(world.state, self.caller.key.key, world.clock), world)

    def _check_life(self) -> None:
        """Raise WorldEndedError if the world began another life while the request waited."""
        if self.caller.world.life is not self.life:
            raise WorldEndedError

    def plan(self) -> Plan:
        """Return what the world's faults do to the request."""
        world, operation = self.caller.world, self.operation
        magic = self._may_be_magic() and world.state.policies.magic_values == "magic"
        if not magic and not world.faults:
            return NO_FAULTS
        ids = operation.ids_in(self.path, self.query, self.body)
        path = self.exchange.raw_path.decode("latin-1")
        target = Target(operation.name, operation.method, path, ids, operation.items)
        plan = world.faults.plan(target, world.clock.now(), magic=magic)
        self.entry.faults = plan.fault_ids
        return plan

    def _may_be_magic(self) -> bool:
        """Tell whether the request may carry a magic value; false only where it certainly does not."""
        keys, body = magic_keys(), self.entry.request_body
        if not keys.isdisjoint(self.path.values()) or not keys.isdisjoint(self.query.values()):
            return True
        return body != b"" and (b"\\" in body or any(key.encode() in body for key in keys))

    def carried_out(self, failing: Mapping[str, str]) -> _Answer:
        """Run the operation on the state of its world, completely or not at all."""
        state, operation, entry = self.caller.world.state, self.operation, self.entry
        try:
            request = operation.scope(*self.caller, self.path, self.exchange.headers, failing)
            if entry.unknown_fields:
                operation.check_keys(state.policies, entry.unknown_fields)
            answer = operation.handler(request, **operation.arguments(self.query, self.body))
            content = content_of(answer if state.policies.absent_fields == "omit" else spelled_out(answer))
        except ApiError as refusal:
            state.rollback()
            return _refused(refusal, entry)
        except Exception:
            state.rollback()
            return _failed(entry)
        if changes := state.commit():
            entry.changes = tuple([Changed(change.table, change.key, change.kind) for change in changes])
        return _Answer(operation.success, content)


def _refused(refusal: ApiError, entry: Entry) -> _Answer:
    entry.error_code, entry.why = refusal.err.name, refusal.why
    status, headers, content = refusal_answer(refusal, entry.correlation_id)
    return _Answer(status, content, headers)


def _failed(entry: Entry) -> _Answer:
    """Return the answer to a request that met a defect of this server, which goes to the log and the journal."""
    entry.traceback = format_exc()
    logger.exception("%s failed", entry.operation or "a request")
    return _refused(ApiError(Err.INTERNAL_ERROR), entry)


def _injected(effect: ApplyThenBody, entry: Entry) -> _Answer:
    """Return the answer that a fault gives instead of the operation's own."""
    entry.error_code, entry.why = None, ()
    if "connection" in effect:
        return _Answer(0, NO_CONTENT, connection=effect["connection"])
    retry: Headers = [(b"retry-after", b"%d" % effect["retryAfter"])] if "retryAfter" in effect else []
    if "body" in effect:
        return _Answer(effect["status"], Content(dump_json(effect["body"])), retry)
    entry.error_code, message = code_and_message(effect)
    return _Answer(effect["status"], Content(envelope(entry.error_code, message, entry.correlation_id)), retry)
