"""Workers of pytest-xdist share one server, however many there are and whatever else connects."""

import socket
import threading
from collections.abc import Iterator
from contextlib import ExitStack, closing, suppress
from pathlib import Path

import psutil
import pytest

from conftest_plugin import broker
from conftest_plugin.address import Address
from conftest_plugin.broker import Broker, BrokerError, ask
from conftest_plugin.options import MockSettings
from tests.live.process import DEADLINE
from tests.plugin.sessions import eventually

ADDRESS = Address("http://127.0.0.1:8750", None)


class Starts:
    """A fake starter of servers that can be held back, and counts its calls."""

    def __init__(self) -> None:
        self.count = 0
        self.allowed = threading.Event()
        self.allowed.set()

    def __call__(self, _running: ExitStack, _settings: MockSettings) -> Address:
        self.count += 1
        assert self.allowed.wait(DEADLINE)
        return ADDRESS


class Asking(threading.Thread):
    """A worker that asks for a server."""

    def __init__(self, broker: Broker, settings: MockSettings | None = None) -> None:
        super().__init__(daemon=True)
        self._broker = broker
        self._settings = settings or MockSettings()
        self.answer: Address | BrokerError | None = None
        self.start()

    def run(self) -> None:
        try:
            self.answer = ask(self._broker.workerinput, self._settings)
        except BrokerError as error:
            self.answer = error

    def answered(self) -> Address | BrokerError | None:
        """Return the answer, or None if there is none before the deadline."""
        self.join(DEADLINE)
        return self.answer


def assert_closes(broker: Broker) -> None:
    closing_thread = threading.Thread(target=broker.close, daemon=True)
    closing_thread.start()
    closing_thread.join(DEADLINE)
    assert not closing_thread.is_alive()


@pytest.fixture
def starts() -> Starts:
    return Starts()


@pytest.fixture
def opened(starts: Starts) -> Iterator[Broker]:
    opened = Broker(starts, threading.Event())
    yield opened
    assert_closes(opened)


def connected(opened: Broker) -> socket.socket:
    return socket.create_connection((str(opened.workerinput["host"]), int(str(opened.workerinput["port"]))))


def test_any_number_of_workers_can_ask_while_the_server_starts(opened: Broker, starts: Starts) -> None:
    starts.allowed.clear()
    workers = [Asking(opened) for _ in range(40)]

    def all_connected() -> bool:
        port = opened.workerinput["port"]
        return sum(each.raddr[1:] == (port,) for each in psutil.Process().net_connections()) == len(workers)

    eventually(all_connected, "all workers have asked")
    starts.allowed.set()
    assert [worker.answered() for worker in workers] == [ADDRESS] * len(workers)
    assert starts.count == 1


def test_a_silent_connection_blocks_no_other(opened: Broker) -> None:
    with closing(connected(opened)):
        assert Asking(opened).answered() == ADDRESS
        assert_closes(opened)


def test_silent_connections_have_no_thread_and_give_way_to_others(opened: Broker, starts: Starts) -> None:
    assert Asking(opened).answered() == ADDRESS
    before = threading.active_count()
    silent = [connected(opened) for _ in range(broker._MAX_SILENT + 20)]
    assert Asking(opened, MockSettings(seed="two_agents")).answered() == ADDRESS
    assert threading.active_count() <= before + 1
    silent[0].settimeout(DEADLINE)
    with suppress(ConnectionError):
        assert silent[0].recv(1) == b""
    for stranger in silent:
        stranger.close()
    assert starts.count == 2


def test_a_connection_without_the_key_starts_no_server(opened: Broker, starts: Starts) -> None:
    for sent in (b"", b"\n", b"a wrong key\n{}\n", b"x" * 1_000_000):
        with closing(connected(opened)) as stranger:
            stranger.settimeout(DEADLINE)
            try:
                stranger.sendall(sent)
                stranger.shutdown(socket.SHUT_WR)
                assert stranger.recv(1) == b""
            except TimeoutError:
                raise
            except OSError:
                pass  # closed before everything was sent
    assert starts.count == 0
    assert Asking(opened).answered() == ADDRESS


def test_workers_with_different_server_settings_get_different_servers(opened: Broker, starts: Starts) -> None:
    for settings in (MockSettings(), MockSettings(strict=False), MockSettings(seed="two_agents")):
        assert Asking(opened, settings).answered() == ADDRESS
    assert starts.count == 2


def test_a_seed_can_be_a_path_object(opened: Broker) -> None:
    assert Asking(opened, MockSettings(seed=Path("seed.yaml"))).answered() == ADDRESS  # type: ignore[arg-type]


def test_each_worker_gets_the_reason_why_a_server_did_not_start() -> None:
    def start(_running: ExitStack, _settings: MockSettings) -> Address:
        raise OSError("the disk is full")

    opened = Broker(start, threading.Event())
    for _ in range(2):
        assert str(Asking(opened).answered()) == "the disk is full"
    assert_closes(opened)


def test_a_server_that_starts_while_the_session_ends_is_ended(starts: Starts) -> None:
    ending, ended = threading.Event(), threading.Event()

    def start(running: ExitStack, _settings: MockSettings) -> Address:
        starts.count += 1
        running.callback(ended.set)
        assert ending.wait(DEADLINE)
        return ADDRESS

    opened = Broker(start, ending)
    worker = Asking(opened)
    eventually(lambda: starts.count == 1, "the server is being started")
    late = Asking(opened, MockSettings(seed="two_agents"))
    assert_closes(opened)
    assert ended.is_set()
    assert worker.answered() == ADDRESS
    assert isinstance(late.answered(), BrokerError)
    assert starts.count == 1


def test_a_controller_that_does_not_answer_times_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(broker, "_MARGIN_SECONDS", 0)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1]
        with pytest.raises(BrokerError, match=r"^the controller of pytest-xdist did not answer within 0.2 s$"):
            ask({"host": "127.0.0.1", "port": port, "key": "a key"}, MockSettings(start_timeout=0.2))


def test_a_controller_that_has_ended_is_reported(starts: Starts) -> None:
    opened = Broker(starts, threading.Event())
    workerinput = opened.workerinput
    opened.close()
    with pytest.raises(BrokerError, match=r"^the controller of pytest-xdist cannot be reached$"):
        ask(workerinput, MockSettings())
