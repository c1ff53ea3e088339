"""Control calls that work away from the event loop: what requests change meanwhile is neither lost nor undone."""

import threading
from collections.abc import Callable
from importlib import import_module
from typing import TypeVar

import pytest

from tests.client import AGENT
from tests.control.mock import Mock
from tests.hardening.direct import ask

T = TypeVar("T")

ADDITION = {"accounts": [{"accountId": "ws-added", "slug": "added"}]}
TELEPHONY = f"/v1/agents/{AGENT}/telephony"
HEADERS = [(b"host", b"mock"), (b"x-api-key", b"demo-key~one"), (b"content-type", b"application/json")]


def import_number(mock: Mock, number: int) -> None:
    path = f"{TELEPHONY}/phone-numbers/+4420700000{number:02d}".encode()
    assert ask(mock.app, "POST", path, b"{}", HEADERS).status == 201


def meanwhile(monkeypatch: pytest.MonkeyPatch, happens: Callable[[int], object]) -> None:
    """Let something happen while each piece of work is away; it gets how many there were before."""
    count = 0

    async def off_loop(work: Callable[[], T]) -> T:
        nonlocal count
        count += 1
        result = work()
        happens(count - 1)
        return result

    monkeypatch.setattr("mockserver.control.state.off_loop", off_loop)


@pytest.mark.parametrize("often", [1, 2, 99])
def test_what_requests_change_while_records_are_added_is_kept(
    mock: Mock, monkeypatch: pytest.MonkeyPatch, often: int
) -> None:
    mock.post("/worlds/one/reset")
    meanwhile(monkeypatch, lambda count: import_number(mock, count) if count < often else None)
    assert mock.http.patch("/worlds/one/state", json=ADDITION).status_code == 200
    accounts = mock.get("/worlds/one/state")["accounts"]
    assert [account["accountId"] for account in accounts][-1] == "ws-added"
    assert mock.api("one").get("/phone-numbers/+442070000000").status_code == 200


def test_records_are_added_to_the_world_that_there_is_afterwards(mock: Mock, monkeypatch: pytest.MonkeyPatch) -> None:
    mock.post("/worlds/one/reset")
    import_number(mock, 0)
    meanwhile(monkeypatch, lambda count: mock.worlds.drop("one") if count == 0 else None)
    assert mock.http.patch("/worlds/one/state", json=ADDITION).status_code == 200
    assert [account["accountId"] for account in mock.get("/worlds/one/state")["accounts"]][-1] == "ws-added"
    assert mock.api("one").get("/phone-numbers/+442070000000").status_code == 404


def test_a_clock_that_is_set_while_records_are_added_stays_set(mock: Mock, monkeypatch: pytest.MonkeyPatch) -> None:
    world = mock.worlds.use("one")

    def freeze(count: int) -> None:
        if count == 0:
            world.clock.freeze()

    meanwhile(monkeypatch, freeze)
    assert mock.http.patch("/worlds/one/state", json=ADDITION).status_code == 200
    assert mock.get("/worlds/one/clock")["frozen"] is True


def test_policies_and_the_clock_are_set_without_a_look_at_the_records(
    mock: Mock, monkeypatch: pytest.MonkeyPatch
) -> None:
    mock.post("/worlds/one/reset")
    import_number(mock, 0)
    before = mock.get("/worlds/one/state")
    rows = mock.worlds.use("one").state.tables()
    monkeypatch.setattr(import_module("mockserver.seeds.export")._Exporter, "_row", None)
    rules = {"policies": {"existingImports": "skip"}, "clock": {"frozenAt": "2026-07-02T10:00:00Z"}}
    assert mock.http.patch("/worlds/one/state", json=rules).status_code == 200
    monkeypatch.undo()
    assert mock.worlds.use("one").state.tables() == rows
    assert mock.get("/worlds/one/state") == {**before, **rules}


@pytest.mark.parametrize("rules", [{"policies": {"existingImport": "skip"}}, {"clock": {"frozenAt": "now"}}])
def test_rules_that_are_not_valid_change_nothing(mock: Mock, rules: dict[str, object]) -> None:
    before = mock.get("/worlds/one/state")
    assert mock.http.patch("/worlds/one/state", json=rules).status_code == 400
    assert mock.get("/worlds/one/state") == before


@pytest.mark.parametrize("path", ["/state", "/state?full=true", "/diff", "/requests"])
def test_a_reader_sees_one_moment_while_requests_go_on(mock: Mock, path: str) -> None:
    mock.post("/worlds/one/reset")
    ended = threading.Event()
    answers: list[int] = []

    def read() -> None:
        while not ended.is_set():
            answers.append(mock.http.get(f"/worlds/one{path}").status_code)

    thread = threading.Thread(target=read)
    thread.start()
    for number in range(60):
        import_number(mock, number)
    ended.set()
    thread.join()
    assert set(answers) <= {200}
