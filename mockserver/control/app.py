"""Control plane: answers everything under `/_mock/` for tests and people, and refuses web pages.

A page of another site cannot use it even on the same machine: a cross-origin request is refused by `Origin` and
`Sec-Fetch-Site`, and one that changes something needs a media type for which browsers ask permission first. Where the
server listens beyond loopback, a token is needed as well.
"""

import hmac
from functools import partial
from inspect import isawaitable
from time import monotonic

from mockserver import seeds
from mockserver.api.answers import content_of
from mockserver.api.near_misses import unknown_in
from mockserver.control import clock, faults, journal, state, worlds
from mockserver.control.peers import is_own_user
from mockserver.control.request import YAML, ControlOperation, ControlRequest, invalid, off_loop, refused
from mockserver.errors import ApiError, Err, sentences
from mockserver.http.exchange import JSON, Content, Exchange
from mockserver.http.json import parse_json
from mockserver.http.routing import RouteTable
from mockserver.settings import Settings
from mockserver.values.text import nearest
from mockserver.world.worlds import Worlds

MAX_BODY_BYTES = 32 * 1024 * 1024
_SMALL_BODY_BYTES = 64 * 1024

OPERATIONS: tuple[ControlOperation, ...] = (
    *worlds.OPERATIONS,
    *state.OPERATIONS,
    *journal.OPERATIONS,
    *faults.OPERATIONS,
    *clock.OPERATIONS,
)


class ControlPlane:
    """Answers everything under `/_mock/`; `started` is the server's start by `monotonic`."""

    def __init__(self, worlds: Worlds, settings: Settings, started: float) -> None:
        self._worlds = worlds
        self._settings = settings
        self._started = started
        heads = [("HEAD", operation.path, operation) for operation in OPERATIONS if operation.method == "GET"]
        self._routes = RouteTable([*((it.method, it.path, it) for it in OPERATIONS), *heads])

    async def answer(self, exchange: Exchange) -> tuple[int, Content]:
        """Return the status and the body of an answer; raises the refusal of a request."""
        operation, path = self._routes.match(exchange.method, exchange.raw_path)
        self._check_caller(exchange, operation)
        query = exchange.query()
        uptime = monotonic() - self._started
        request = ControlRequest(self._worlds, path, uptime, self._settings.instance, reads=operation.method == "GET")
        body = None if operation.body is None else await _body(operation, exchange)
        for unknown in unknown_in(operation, query, body):
            what = f"unknown parameter {unknown.name!r}" if unknown.in_query else f"{unknown.where}: unknown field"
            raise invalid(f"{what}; {nearest(unknown.name, sorted(unknown.known))}")
        try:
            arguments = operation.arguments(query, body)
        except ApiError as refusal:  # what reaches only the journal of a world is the answer here
            raise invalid("; ".join(sentences(refusal.why))) from None
        answer = operation.handler(request, **arguments)
        if not isawaitable(answer):
            return operation.success, content_of(answer)
        as_yaml = operation.yaml == "answer" and b"yaml" in exchange.headers.get(b"accept", b"")
        write = _yaml if as_yaml else content_of
        return operation.success, await off_loop(partial(write, await answer))

    def _check_caller(self, exchange: Exchange, operation: ControlOperation) -> None:
        headers = exchange.headers
        for name in (b"origin", b"sec-fetch-site"):
            if sum(name == given for given, _ in exchange.scope["headers"]) > 1:
                raise _forbidden(f"the header {name.decode()} occurs twice")
        token = self._settings.control_token
        if token is not None:
            given = headers.get(b"authorization")
            known = given is None and self._settings.trust_own_user and is_own_user(exchange.scope)
            if not known and not hmac.compare_digest(given or b"", f"Bearer {token}".encode()):
                raise _forbidden("the control token is needed: Authorization: Bearer …")
        if headers.get(b"sec-fetch-site", b"none") not in (b"none", b"same-origin"):
            raise _forbidden("cross-site requests are not allowed")
        origin = headers.get(b"origin")
        if origin is not None and origin != b"http://" + headers.get(b"host", b""):
            raise _forbidden("cross-origin requests are not allowed")
        media_types = (JSON, *YAML) if operation.yaml == "body" else (JSON,)
        if exchange.method in ("POST", "PUT", "PATCH") and exchange.media_type not in media_types:
            accepted = " or ".join(media_types[:2])
            raise ApiError(Err.MOCK_MEDIA_TYPE, f"{exchange.method} needs the header content-type: {accepted}")


async def _body(operation: ControlOperation, exchange: Exchange) -> object:
    content = await exchange.body(MAX_BODY_BYTES)
    if exchange.media_type not in YAML and len(content) < _SMALL_BODY_BYTES:
        return await operation.read(exchange.headers, content)
    try:
        return await off_loop(partial(seeds.read_yaml if exchange.media_type in YAML else parse_json, content))
    except seeds.SeedError as error:
        raise refused(error) from None
    except ApiError as refusal:
        return refusal


def _yaml(seed: dict[str, object]) -> Content:
    return Content(seeds.dump_yaml(seed), YAML[0])


def _forbidden(why: str) -> ApiError:
    return ApiError(Err.MOCK_FORBIDDEN, why)
