"""The API's own requests, in one pass: route, key, world, body, faults, operation, journal.

From the moment that body and delays are over, nothing awaits until the answer is made: an operation is atomic without
a lock, and one that fails unexpectedly is rolled back. The entry is in the journal before the answer is sent, so that
a client that has its answer finds it there.
"""

import asyncio
import logging
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from time import perf_counter
from traceback import format_exc

from mockserver.api.auth import Caller, Credentials, credentials, identify
from mockserver.api.broken import send_broken
from mockserver.api.fragments import dump_written
from mockserver.api.near_misses import may_name, names_in, nearest_route, unknown_in, unknown_parameters
from mockserver.api.operation import Absent, Call, Operation
from mockserver.errors import ApiError, Err, MethodNotAllowedError
from mockserver.http.errors import envelope
from mockserver.http.exchange import CORRELATION_ID, JSON, KEY, ClientGoneError, Exchange, Headers, framed
from mockserver.http.json import Json, dump_json
from mockserver.http.routing import RouteTable
from mockserver.state.accounts import authorise_account, authorise_agent
from mockserver.state.catalogue import magic_keys
from mockserver.world.effects import Answer, Connection
from mockserver.world.faults import UNTOUCHED, Plan, Request
from mockserver.world.journal import Changed, Entry
from mockserver.world.worlds import World, Worlds, is_world_name

HEADERS: Headers = [
    (b"content-type", JSON),
    (b"access-control-allow-origin", b"*"),
    (b"access-control-expose-headers", b"*"),
]

logger = logging.getLogger(__name__)


@dataclass(slots=True)
class _Outcome:
    """The answer to a request as far as it is known; what is left at None has not come to pass."""

    status: int
    body: bytes = b""
    refusal: tuple[str, str] | None = None
    headers: Headers | None = None
    connection: Connection | None = None


class Api:
    """Answers everything under `/v1/`, and whatever else comes with a key."""

    def __init__(
        self,
        operations: Iterable[Operation],
        unbuilt: Iterable[tuple[str, str]],
        worlds: Worlds,
        max_body_bytes: int,
    ) -> None:
        self._worlds = worlds
        self._max_body_bytes = max_body_bytes
        routes = [
            *((operation.method, operation.path, operation) for operation in operations),
            *((method, path, None) for method, path in unbuilt),
        ]
        self._templates = [f"{method} {path}" for method, path, _ in routes]
        self._routes: RouteTable[Operation | None] = RouteTable(routes)

    async def answer(self, exchange: Exchange) -> None:
        """Answer a request, and write it down."""
        started = perf_counter()
        given = credentials(exchange.headers.get(KEY))
        caller: Caller | ApiError
        try:
            caller = identify(self._worlds, given)
        except ApiError as refusal:
            caller = refusal
        world = self._witness(given)
        entry = Entry((world or self._worlds.default).clock.now(), exchange.method, exchange.target)
        try:
            outcome = await self._outcome(exchange, given, caller, entry)
        except ClientGoneError:
            return
        except ApiError as refusal:
            outcome = _refused(refusal)
        except Exception:
            outcome = _failed(entry)
        world = self._witness(given)  # which may have come, gone or begun anew while the request was under way
        sent = exchange.headers.get(CORRELATION_ID)
        mint = (world or self._worlds).mint
        entry.correlation_id = sent.decode("latin-1") if sent else mint.serial("correlation-ids")
        body = outcome.body
        if outcome.refusal is not None:
            entry.error_code, message = outcome.refusal
            body = envelope(entry.error_code, message, entry.correlation_id)
        headers = framed([*HEADERS, *outcome.headers] if outcome.headers else HEADERS, entry.correlation_id, body)
        if outcome.connection is None or outcome.connection.arrives_in_part:
            entry.status = outcome.status
            entry.response_body = body
        entry.duration_ms = (perf_counter() - started) * 1000
        if world is not None:
            world.journal.add(entry)
        if outcome.connection is None:
            await exchange.answer(outcome.status, headers, body)
        else:
            await send_broken(
                outcome.connection.kind,
                exchange.scope,
                exchange.receive,
                exchange.send,
                outcome.status,
                headers,
                body,
            )

    def _witness(self, given: Credentials | None) -> World | None:
        """Return the world in whose journal a request belongs, good key or not; None if there is no such world yet.

        What names no world, or what can be none's name, is found in the default one.
        """
        world = None if given is None else self._worlds.get(given.world)
        return self._worlds.default if world is None and (given is None or not is_world_name(given.world)) else world

    async def _outcome(
        self, exchange: Exchange, given: Credentials | None, caller: Caller | ApiError, entry: Entry
    ) -> _Outcome:
        match = self._routes.match(exchange.method, exchange.raw_path)
        if isinstance(match, list):
            entry.nearest = nearest_route(exchange, self._templates)
            raise MethodNotAllowedError(match) if match else ApiError(Err.NOT_FOUND)
        if isinstance(caller, ApiError):
            raise caller
        operation, path = match
        if operation is None:
            _authorise(caller, path)
            raise ApiError(Err.NOT_IMPLEMENTED)
        entry.operation = operation.name
        query = exchange.query()
        if query:
            entry.unknown_fields = tuple(unknown_parameters(operation, query))
        body = b""
        if operation.takes_body:
            entry.request_body = body = await exchange.body(self._max_body_bytes)
            caller = identify(self._worlds, given)  # the world may have been dropped or begun anew in the meantime
        plan = _plan(exchange, operation, caller.world, path, query, body)
        if plan is not UNTOUCHED:
            entry.faults = plan.fault_ids
            if plan.delay_seconds:
                await asyncio.sleep(plan.delay_seconds)
                caller = identify(self._worlds, given)
            in_part = isinstance(plan.instead, Connection) and plan.instead.arrives_in_part
            if plan.instead is not None and not in_part:
                return _struck(plan.instead)
        outcome = _carry_out(operation, caller, path, query, body, plan, entry)
        lost = plan.instead or plan.afterwards
        if isinstance(lost, Connection):
            outcome.connection = lost
        elif isinstance(lost, Answer):
            outcome = _struck(lost)
        return outcome


def _plan(
    exchange: Exchange,
    operation: Operation,
    world: World,
    path: Mapping[str, str],
    query: Mapping[str, str],
    body: bytes,
) -> Plan:
    """Return what the world's faults do to a request."""
    magic = world.state.policies.magic_values == "magic" and may_name(magic_keys(), path, query, body)
    considered = world.faults.considered(magic=magic)
    if not considered:
        return UNTOUCHED
    named = names_in(operation, path, query, body)
    raw_path = exchange.raw_path.decode("latin-1")
    request = Request(operation.name, operation.method, raw_path, operation.per_item, *named)
    return world.faults.plan(considered, request, world.clock.now())


def _carry_out(
    operation: Operation,
    caller: Caller,
    path: Mapping[str, str],
    query: Mapping[str, str],
    body: bytes,
    plan: Plan,
    entry: Entry,
) -> _Outcome:
    """Run an operation on its world as it is now, whole or not at all."""
    state = caller.world.state
    try:
        call = Call(caller, authorise_agent(state, caller.key, path["agentId"]), path, query, plan.items)
        if operation.takes_body:
            content = operation.handler(call, _validated(operation, operation.read(body), entry))
        else:
            content = operation.handler(call)
        answer = dump_written(content)
    except ApiError as refusal:
        state.rollback()
        return _refused(refusal)
    except Exception:
        state.rollback()
        return _failed(entry)
    entry.changes = tuple([Changed(change.table, change.key, change.kind) for change in state.commit()])
    return _Outcome(operation.status, answer)


def _validated(operation: Operation, value: "Json | Absent", entry: Entry) -> object:
    """Return a body as the handler wants it, once what is unknown in it has been put down."""
    try:
        fitting = operation.validated(value)
    except ApiError:
        entry.unknown_fields += tuple(unknown_in(operation, value))
        raise
    if fitting != value:  # validation leaves out what it does not know
        entry.unknown_fields += tuple(unknown_in(operation, value))
    return fitting


def _refused(refusal: ApiError) -> _Outcome:
    outcome = _Outcome(refusal.err.status, refusal=(refusal.err.name, refusal.message))
    if isinstance(refusal, MethodNotAllowedError):
        outcome.headers = [(b"allow", ", ".join(refusal.allowed).encode())]
    return outcome


def _failed(entry: Entry) -> _Outcome:
    """Return the answer to a request that met a defect, which goes to the log and the journal."""
    entry.traceback = format_exc()
    logger.exception("%s failed", entry.operation or "a request")
    return _refused(ApiError(Err.INTERNAL_ERROR))


def _struck(effect: Answer | Connection) -> _Outcome:
    if isinstance(effect, Connection):
        return _Outcome(0, connection=effect)
    retry: Headers = [] if effect.retry_after is None else [(b"retry-after", b"%d" % effect.retry_after)]
    if effect.body is not None:
        return _Outcome(effect.status, dump_json(effect.body), headers=retry)
    return _Outcome(effect.status, refusal=effect.code_and_message, headers=retry)


def _authorise(caller: Caller, path: Mapping[str, str]) -> None:
    """Check the caller's right to the agent or account of an operation that is not built."""
    state = caller.world.state
    if "agentId" in path:
        authorise_agent(state, caller.key, path["agentId"])
    else:
        authorise_account(state, caller.key, path["accountId"])
