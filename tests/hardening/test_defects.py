"""A defect in the server: 500 in the envelope, nothing changed, a traceback in log and journal, and on it goes."""

from collections.abc import Callable
from typing import Any

import pytest

from mockserver.http.exchange import Content
from mockserver.resources import OPERATIONS
from mockserver.state.table import Table
from tests.client import OTHER_AGENT, assert_refused
from tests.control.mock import Mock
from tests.fuzz.targets import path_of
from tests.state.invariants import broken_invariants

PLANTED = "a planted defect"
CONNECTOR = "/connectors/conn_abc123"

# Places in which an operation can fail, from its first step to the making of its answer.
PLACES = [
    "mockserver.api.scopes.authorise_agent",
    "mockserver.api.pipeline._Call.plan",
    "mockserver.state.phone_numbers.is_e164",
    "mockserver.resources.phone_numbers.cascades.import_phone_numbers",
    "mockserver.state.table.Table.put",
]
DEFECTS: list[type[BaseException]] = [AssertionError, KeyError, RecursionError, MemoryError, OSError, UnicodeError]


def _raising(defect: type[BaseException]) -> Callable[..., Any]:
    def broken(*_args: object, **_options: object) -> None:
        raise defect(PLANTED)

    return broken


def _import(mock: Mock) -> Any:
    return mock.api().post("/phone-numbers", json={"phoneNumbers": ["+442079460301", "+442079460302"]})


@pytest.mark.parametrize("defect", DEFECTS)
@pytest.mark.parametrize("place", PLACES)
def test_a_defect_of_the_api_is_a_500_and_leaves_its_traceback(
    mock: Mock,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    place: str,
    defect: type[BaseException],
) -> None:
    before = mock.get("/worlds/default/state")
    with monkeypatch.context() as planted:
        planted.setattr(place, _raising(defect))
        assert_refused(_import(mock), 500, "INTERNAL_ERROR")
    (entry,) = mock.requests()
    assert entry["status"] == 500
    assert f"{defect.__name__}: " in entry["traceback"]
    assert PLANTED in entry["traceback"]
    assert entry["changed"] == []
    assert PLANTED in caplog.text
    assert mock.get("/worlds/default/state") == before
    assert _import(mock).status_code == 201


def _move(mock: Mock) -> Any:
    return mock.api().patch(CONNECTOR, json={"projectId": OTHER_AGENT})


@pytest.mark.parametrize(("do", "writes"), [(_import, 1), (_move, 1), (_move, 2)])
def test_a_defect_in_the_midst_of_writing_is_undone_as_a_whole(
    mock: Mock, monkeypatch: pytest.MonkeyPatch, do: Callable[[Mock], Any], writes: int
) -> None:
    before = mock.get("/worlds/default/state")
    put = Table.put
    written: list[object] = []

    def put_or_break(table: Table[Any], row: Any) -> None:
        assert len(written) < writes, PLANTED
        written.append(row)
        put(table, row)

    with monkeypatch.context() as planted:
        planted.setattr(Table, "put", put_or_break)
        answer = do(mock)
        assert_refused(answer, 500, "INTERNAL_ERROR")
    assert len(written) == writes
    assert mock.get("/worlds/default/state") == before
    assert broken_invariants(mock.worlds.default.state) == []
    assert do(mock).is_success


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda operation: operation.name)
def test_a_handler_that_raises_is_a_500_for_every_operation(
    mock: Mock, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, operation: Any
) -> None:
    before = mock.get("/worlds/default/state")
    for scope in ("agent", "account"):
        monkeypatch.setattr(f"mockserver.api.scopes.authorise_{scope}", _raising(ZeroDivisionError))
    answer = mock.api().request(operation.method, f"http://mock{path_of(operation).decode()}", json={})
    assert_refused(answer, 500, "INTERNAL_ERROR")
    (entry,) = mock.requests()
    assert "ZeroDivisionError" in entry["traceback"]
    assert f"{operation.name} failed" in caplog.text
    assert mock.get("/worlds/default/state") == before


def test_what_a_handler_returns_but_json_cannot_hold_is_a_500(
    mock: Mock, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    before = mock.get("/worlds/default/state")
    with monkeypatch.context() as planted:
        planted.setattr("mockserver.resources.phone_numbers.cascades.import_phone_numbers", lambda *_: {"a set"})
        assert_refused(_import(mock), 500, "INTERNAL_ERROR")
    assert "TypeError" in caplog.text
    (entry,) = mock.requests()
    assert "TypeError" in entry["traceback"]
    assert entry["changed"] == []
    assert mock.get("/worlds/default/state") == before


CONTROL = {
    "mockserver.control.worlds.glance": ("GET", "/worlds/default"),
    "mockserver.control.state.inline_seed": ("PUT", "/worlds/default/state"),
    "mockserver.world.worlds.World.reset": ("POST", "/worlds/default/reset"),
    "mockserver.control.faults._check_effect": ("POST", "/worlds/default/faults"),
    "mockserver.control.app.content_of": ("GET", "/health"),
}


@pytest.mark.parametrize("defect", DEFECTS)
@pytest.mark.parametrize("place", CONTROL)
def test_a_defect_of_the_control_plane_is_a_500_and_leaves_its_traceback_in_the_log(
    mock: Mock,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    place: str,
    defect: type[BaseException],
) -> None:
    before = mock.worlds.default.state
    method, path = CONTROL[place]
    body = {} if method in ("GET", "PUT") else {"operation": "listConnectors", "status": 500}
    options: dict[str, Any] = {} if method == "GET" else {"json": {} if path.endswith("reset") else body}
    calls = []

    def once(*arguments: Any) -> Content:
        calls.append(arguments)
        if len(calls) == 1:
            raise defect(PLANTED)
        return real(*arguments)

    from mockserver.api.answers import content_of as real

    with monkeypatch.context() as planted:
        planted.setattr(place, once if place.endswith("content_of") else _raising(defect))
        assert_refused(mock.http.request(method, path, **options), 500, "INTERNAL_ERROR")
    assert PLANTED in caplog.text
    assert "Traceback" in caplog.text
    assert mock.worlds.default.state is before
    assert mock.get("/health")["status"] == "ok"


def test_a_defect_of_the_document_is_a_500_and_logged(
    mock: Mock, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    with monkeypatch.context() as planted:
        planted.setattr("mockserver.openapi.document.document", _raising(RuntimeError))
        assert_refused(mock.http.get("http://localhost/openapi.json"), 500, "INTERNAL_ERROR")
    assert PLANTED in caplog.text
    assert mock.http.get("http://localhost/openapi.json").status_code == 200


def test_a_cancelled_request_is_not_taken_for_a_defect(mock: Mock, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mockserver.api.scopes.authorise_agent", _raising(KeyboardInterrupt))
    with pytest.raises(KeyboardInterrupt, match=PLANTED):
        _import(mock)
