"""Hostile bodies, for every operation of API and control plane that takes one: a 4xx, and nothing changes."""

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from starlette.applications import Starlette

from mockserver import seeds
from mockserver.api.operation import Operation
from mockserver.http.json import MAX_DEPTH
from tests.client import server
from tests.fuzz.inputs import requests
from tests.fuzz.targets import WITH_BODY, path_of
from tests.hardening.direct import Answer, ask
from tests.live.process import Server, head, read_answer

NOT_JSON = {
    "100,000 opening brackets": b"[" * 100_000,
    "100,000 opening braces": b'{"x":' * 100_000,
    "brackets that never match": b"[}" * 1_000,
    "NaN": b'{"x": NaN}',
    "Infinity": b'{"x": Infinity}',
    "-Infinity": b'{"x": [-Infinity]}',
    "an integer of 5,000 digits": b'{"x": ' + b"7" * 5_000 + b"}",
    "a negative integer of 5,000 digits": b'{"x": -' + b"7" * 5_000 + b"}",
    "1e400": b'{"x": 1e400}',
    "-1e400": b'{"x": [[-1e400]]}',
    "a hexadecimal number": b'{"x": 0x10}',
    "a number with a leading zero": b'{"x": 007}',
    "an escaped high surrogate": b'{"x": "\\ud800"}',
    "an escaped low surrogate": b'{"x": "\\uDFFF."}',
    "a lone surrogate in a key": b'{"\\ud800": 1}',
    "surrogates in the wrong order": b'{"x": "\\ude00\\ud83d"}',
    "a surrogate in UTF-8": b'{"x": "\xed\xa0\x80"}',
    "bad UTF-8": b'{"x": "\xff"}',
    "overlong UTF-8": b'{"x": "\xc0\xaf"}',
    "cut UTF-8": b'{"x": "\xe2\x82"}',
    "UTF-16": '{"x": 1}'.encode("utf-16"),
    "UTF-16 without a mark": '{"x": 1}'.encode("utf-16-le"),
    "UTF-32": '{"x": 1}'.encode("utf-32"),
    "a byte order mark": b"\xef\xbb\xbf{}",
    "a key twice": b'{"x": 1, "x": 1}',
    "a key twice, deep inside": b'{"x": [{"y": {"z": 1, "z": 2}}]}',
    "a key twice, once escaped": b'{"x": 1, "\\u0078": 2}',
    "single quotes": b"{'x': 1}",
    "a comment": b"{} // none",
    "a comma at the end": b'{"x": 1,}',
    "two values": b"{} {}",
    "a NUL": b"{}\x00",
    "a control character in text": b'{"x": "\x1f"}',
    "white space": b" \t\r\n",
    "white space that JSON has not": b"\xc2\xa0{}",
    "a form": b"x=1&y=2",
    "XML": b"<?xml version='1.0'?><x/>",
    "nested too deep": b'{"x":' + b"[" * MAX_DEPTH + b"]" * MAX_DEPTH + b"}",
}
NO_OBJECT = {
    "null": b"null",
    "true": b"true",
    "a number": b"0",
    "a negative zero": b"-0.0",
    "a text": b'"x"',
    "an empty list": b"[]",
    "a list of an object": b"[{}]",
    "100,000 numbers": b"[" + b"1," * 99_999 + b"1]",
}
UNUSUAL = {
    "an empty object": b"{}",
    "an unknown field": b'{"x": 1}',
    "unknown fields, deep": b'{"x":' * (MAX_DEPTH - 1) + b"{}" + b"}" * (MAX_DEPTH - 1),
    "10,000 unknown fields": json.dumps({f"x{number}": number for number in range(10_000)}).encode(),
    "fields of Python's": b'{"__class__": 1, "__proto__": {}, "constructor": null, "self": "x"}',
    "an empty key": b'{"": ""}',
    "a long key": b'{"' + b"x" * 500_000 + b'": 1}',
    "a long text": b'{"name": "' + b"x" * 500_000 + b'"}',
    "huge numbers that JSON has": b'{"x": [1e308, -1e308, 5e-324, ' + b"9" * 4_000 + b"]}",
}
OTHER_TYPES: list[object] = [None, True, 0, 1.5, "x", [], [[]], {}, {"x": [0]}]


@pytest.fixture(scope="module", params=["two_agents", "demo"])
def app(request: pytest.FixtureRequest) -> Starlette:
    """An application; with the demo world, magic values are looked for in every body."""
    return server(request.param)


Ask = Callable[[bytes], Answer]


@pytest.fixture(params=WITH_BODY, ids=lambda operation: operation.name)
def operation(request: pytest.FixtureRequest) -> Operation:
    """An operation that takes a body."""
    chosen: Operation = request.param
    return chosen


def _state_after(app: Starlette) -> tuple[object, list[str]]:
    worlds = app.state.worlds
    return seeds.export(worlds.default.state, worlds.default.clock), [world.name for world in worlds]


def _wrongly_answered(app: Starlette, operation: Operation, bodies: dict[str, bytes]) -> Iterator[str]:
    """Yield the names of the bodies that are not refused, or whose refusal changes something."""
    app.state.worlds.default.reset()
    app.state.worlds.default.clock.freeze()
    before = _state_after(app)
    for name, body in bodies.items():
        answer = ask(app, operation.method, path_of(operation), body)
        if not answer.refused or _state_after(app) != before:
            yield f"{name}: {answer.status}"


def test_what_is_not_json_is_refused(app: Starlette, operation: Operation) -> None:
    assert list(_wrongly_answered(app, operation, NOT_JSON)) == []


def test_what_is_no_object_is_refused(app: Starlette, operation: Operation) -> None:
    assert list(_wrongly_answered(app, operation, NO_OBJECT)) == []


def test_no_body_is_refused_where_one_is_needed(app: Starlette, operation: Operation) -> None:
    assert operation.body is not None
    optional = operation.body.rules.missing == "none"
    assert [*_wrongly_answered(app, operation, {"nothing": b""})] == [] or optional


def test_an_unusual_object_is_answered_and_never_a_defect(app: Starlette, operation: Operation) -> None:
    for name, body in UNUSUAL.items():
        app.state.worlds.default.reset()
        before = app.state.worlds.default.state
        answer = ask(app, operation.method, path_of(operation), body)
        assert answer.refused or answer.status < 300, (name, answer)
        assert answer.status < 300 or app.state.worlds.default.state is before


def _places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    yield path
    for key in value if isinstance(value, dict) else range(len(value)) if isinstance(value, list) else ():
        yield from _places(value[key], (*path, key))


def _with(value: Any, path: tuple[Any, ...], other: object) -> Any:
    """Return JSON with something else at a place of it."""
    if not path:
        return other
    items = dict(value) if isinstance(value, dict) else list(value)
    items[path[0]] = _with(value[path[0]], path[1:], other)
    return items


# Where another type is right too.
_ANY_TYPE = {"seed", "x", "accounts", "clock", "minted", "rejectedVoices", "policies", "body"}


@pytest.mark.parametrize("name", sorted(requests()))
def test_a_value_of_a_wrong_type_is_refused_wherever_it_stands(name: str) -> None:
    app = server("two_agents")
    operation, body = requests()[name]
    for path in _places(body):
        for other in OTHER_TYPES:
            app.state.worlds.default.reset()
            before = app.state.worlds.default.state
            answer = ask(app, operation.method, path_of(operation), json.dumps(_with(body, path, other)).encode())
            assert answer.refused or answer.status < 300, (path, other, answer)
            if answer.status >= 400:
                assert app.state.worlds.default.state is before
            elif not _ANY_TYPE.intersection(path):
                assert _is_meant(operation.name, path, other), (path, other, answer)


# Operation and field where another value of OTHER_TYPES is right as well: a text of any kind, null, or a number.
_UPDATES = ("updateConnector", "batchUpdateConnectors")
_TEXT_TOO = {
    *((operation, field) for operation in _UPDATES for field in ("variantId", "asrLangCode")),
    *(("batchUpdateConnectors", field) for field in ("connectorId", "projectId", "voiceName")),
    *(("triggerOutboundCall", field) for field in ("variantId", "encryption", "a")),
    *(("addFault", field) for field in ("connectorId", "errorCode", "item")),
    ("batchGetConnectors", 0),
    ("batchGetConnectors", 1),
    ("deletePhoneNumbers", 0),
    ("deletePhoneNumbers", 1),
    ("deletePhoneNumbers", 2),
    ("makeWorld", "name"),
    ("takeSnapshot", "name"),
}
_NULL_TOO = {
    *((operation, field) for operation in _UPDATES for field in ("variantId", "asrLangCode", "voiceName")),
    ("batchUpdateConnectors", "projectId"),
}
_NUMBER_TOO = {("addFault", field) for field in ("skip", "retryAfter", "requests", "median", "sigma", "probability")}


def _is_meant(operation: str, path: tuple[Any, ...], other: object) -> bool:
    """Tell whether a value that stands at a place instead of the one of the corpus is allowed there."""
    if not path or path[-1] == "metadata":
        return isinstance(other, dict)
    place = operation, path[-1]
    match other:
        case None:
            return place in _NULL_TOO
        case bool():
            return place == ("setClock", "freeze") and other
        case int() | float():
            return place in _NUMBER_TOO
        case str():
            return place in _TEXT_TOO
    return False


def test_lists_of_any_length_are_answered(app: Starlette) -> None:
    by_name = {operation.name: operation for operation in WITH_BODY}
    for name, body in {
        "batchGetConnectors": {"connectorIds": ["x"] * 150_000},
        "batchUpdateConnectors": {"updates": [{"connectorId": "x"}] * 20_000},
        "batchGetPhoneNumbers": {"phoneNumbers": ["+442079460301"] * 50_000},
        "importPhoneNumbers": {"phoneNumbers": ["+442079460301"] * 50_000 + ["x"]},
        "deletePhoneNumbers": {"phoneNumbers": ["x"] * 100_000},
    }.items():
        answer = ask(app, by_name[name].method, path_of(by_name[name]), json.dumps(body).encode())
        assert answer.refused or answer.status == 200, (name, answer.status)


def test_what_is_kept_of_a_deep_body_can_be_read_again(app: Starlette) -> None:
    deep: Any = {}
    for _ in range(MAX_DEPTH - 2):
        deep = {"x": deep}
    fault = json.dumps({"operation": "listConnectors", "status": 500, "body": deep}).encode()
    assert ask(app, "POST", b"/_mock/worlds/default/faults", fault).status == 201
    assert ask(app, "GET", b"/_mock/worlds/default/faults").status == 200
    assert ask(app, "GET", b"/_mock/worlds/default/requests").status == 200


def test_a_real_server_refuses_them_too(server: Server) -> None:
    lookup = next(operation for operation in WITH_BODY if operation.name == "lookupConnector")
    line = f"{lookup.method} {path_of(lookup).decode()}"
    for name, body in {**NOT_JSON, **NO_OBJECT}.items():
        with server.connect() as connection:
            connection.sendall(head(line, f"Content-Length: {len(body)}") + body)
            answer = read_answer(connection)
        assert Answer(answer.status, {}, answer.body).refused, (name, answer)
