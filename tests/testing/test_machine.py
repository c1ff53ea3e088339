"""The engine does what the reference model says: called directly, in process over ASGI, and over a socket."""

from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from mockserver.testing import OPERATIONS, Adapter, ApiMachine, ApiRequest, TelephonyMachine
from mockserver.testing.tables import Minted
from tests.live.process import Server
from tests.testing.adapters import AsgiAdapter, EngineAdapter, SocketAdapter

AGENT = {"agentId": "PROJECT-1"}


class EngineMachine(ApiMachine):
    def adapter(self) -> Adapter:
        return EngineAdapter()


class AsgiMachine(ApiMachine):
    def adapter(self) -> Adapter:
        return AsgiAdapter()


@pytest.fixture(scope="module")
def process() -> Iterator[Server]:
    server = Server("--seed", "empty")
    yield server
    ended = server.stop()
    assert (ended.code, ended.err) == (0, "")


def run(machine: type[ApiMachine], examples: int, steps: int) -> None:
    """Run a machine, without a limit on the time of a single example."""
    size = settings(
        max_examples=examples,
        stateful_step_count=steps,
        deadline=None,
        phases=[Phase.reuse, Phase.generate, Phase.shrink],
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much, HealthCheck.data_too_large],
    )
    run_state_machine_as_test(machine, settings=size)


def over_socket(process: Server) -> type[ApiMachine]:
    """Return the machine that talks to a server."""

    class SocketMachine(ApiMachine):
        def adapter(self) -> Adapter:
            return SocketAdapter(process)

    return SocketMachine


def test_the_engine_itself_agrees_with_the_model() -> None:
    run(EngineMachine, examples=60, steps=25)


def test_the_application_agrees_with_the_model() -> None:
    run(AsgiMachine, examples=40, steps=20)


def test_a_server_agrees_with_the_model(process: Server) -> None:
    run(over_socket(process), examples=12, steps=15)


@pytest.mark.long
def test_the_engine_itself_agrees_with_the_model_at_length() -> None:
    run(EngineMachine, examples=1_500, steps=50)


@pytest.mark.long
def test_the_application_agrees_with_the_model_at_length() -> None:
    run(AsgiMachine, examples=800, steps=50)


@pytest.mark.long
def test_a_server_agrees_with_the_model_at_length(process: Server) -> None:
    run(over_socket(process), examples=150, steps=40)


def test_a_machine_asks_for_the_operations_that_it_chooses() -> None:
    class Machine(AsgiMachine):
        operations = ("listConnectors",)

    machine = Machine()
    assert [name for name, operation in OPERATIONS.items() if machine.can(operation)] == ["listConnectors"]
    assert len(TelephonyMachine.operations) == 17
    machine.client.close()


def test_an_id_that_nobody_has_seen_yet_is_not_asked_for() -> None:
    machine = AsgiMachine()
    machine.start({"accounts": [{"accountId": "ws-1", "apiKeys": [{"key": "demo-key"}], "agents": [AGENT]}]})
    machine.fail_next("listConnectors", 503, applied=False)
    machine.fail_next("listPhoneNumbers", 503, applied=False)
    machine.ask(ApiRequest("importPhoneNumbers", {"agentId": "PROJECT-1"}, body={"phoneNumbers": ["+442079460100"]}))
    machine.everything_agrees()  # both lists fail, so that the connector that the import made stays unseen
    assert isinstance(machine.model.rows["connectors"][0]["connectorId"], Minted)
    machine.everything_agrees()
    assert not isinstance(machine.model.rows["connectors"][0]["connectorId"], Minted)
    machine.teardown()


def test_time_stands_still_in_a_world_that_says_nothing_of_it() -> None:
    machine = AsgiMachine()
    machine.start({"accounts": [{"accountId": "ws-1", "apiKeys": [{"key": "demo-key"}], "agents": [AGENT]}]})
    assert isinstance(machine.client, AsgiAdapter)
    assert machine.client.app.state.worlds.default.clock.frozen_at == machine.model.now
    machine.teardown()
