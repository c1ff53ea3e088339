"""The kit as its users meet it: what it imports, what it exports, and how a failure reads."""

import os
import re
import subprocess
import sys

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import run_state_machine_as_test

import mockserver.testing
from mockserver.testing import Adapter, Answer, ApiRequest, TelephonyMachine, World, worlds
from mockserver.testing.values import JsonObject
from tests.testing.adapters import EngineAdapter
from tests.testing.injected_bugs import BuggyAdapter, a_refused_item_changes_what_it_can, a_second_delete_succeeds

SIZE = settings(
    max_examples=40,
    stateful_step_count=6,
    derandomize=True,
    database=None,
    deadline=None,
    phases=[Phase.generate, Phase.shrink],
    print_blob=False,
    suppress_health_check=list(HealthCheck),
)
AGENT = {"agentId": "PROJECT-1"}
SMALL_WORLD = World({"accounts": [{"accountId": "ws-1", "apiKeys": [{"key": "demo-key"}], "agents": [AGENT]}]})


def test_importing_it_needs_hypothesis_and_nothing_of_the_server() -> None:
    code = """
import sys
import mockserver.testing
print(*sorted({name.partition(".")[0] for name in sys.modules} - sys.stdlib_module_names))
print(*sorted(name for name in sys.modules if name.startswith("mockserver.") and ".testing" not in name))
"""
    said = subprocess.run(
        [sys.executable, "-I", "-S", "-c", _with_path(code)],
        env={**os.environ, "HYPOTHESIS_NO_PLUGINS": "1"},  # those of other packages import what they like
        capture_output=True,
        text=True,
        check=True,
    )
    packages, modules = said.stdout.splitlines()
    assert set(packages.split()) & {"uvicorn", "starlette", "pydantic", "yaml", "click", "httpx", "pytest"} == set()
    shells = ["mockserver.app", "mockserver.settings", "mockserver.version"]  # what `import mockserver` itself needs
    assert [name for name in modules.split() if name not in shells] == []


def _with_path(code: str) -> str:
    return f"import sys; sys.path[:] = {[path for path in sys.path if path]!r}\n{code}"


def test_without_hypothesis_it_says_what_is_missing() -> None:
    code = "import sys; sys.modules['hypothesis'] = None; import mockserver.testing"
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert "mockserver.testing needs Hypothesis: pip install 'polyai-mockserver[hypothesis]'" in said.stderr


def test_public_names_are_listed_in_order_and_exist() -> None:
    names = mockserver.testing.__all__
    assert list(names) == sorted(names, key=lambda name: (not name.isupper(), name[0].islower(), name))
    assert all(hasattr(mockserver.testing, name) for name in names)


class EngineMachine(TelephonyMachine):
    worlds = st.just(SMALL_WORLD)

    def adapter(self) -> Adapter:
        return EngineAdapter()


def test_a_failure_reads_as_a_short_script() -> None:
    class Machine(EngineMachine):
        operations = ("listPhoneNumbers", "deletePhoneNumber")

        def adapter(self) -> Adapter:
            return BuggyAdapter(a_second_delete_succeeds)

    with pytest.raises(AssertionError) as failure:
        run_state_machine_as_test(Machine, settings=SIZE)
    assert str(failure.value) == (
        "DELETE /v1/agents/PROJECT-1/telephony/phone-numbers/+999999999999999\n"
        "  the status is 200, where 404 PHONE_NUMBERS_NOT_FOUND is right"
    )
    script = "\n".join(failure.value.__notes__)
    assert script.splitlines()[1:] == [
        "state = Machine()",
        "state.start(world={'accounts': [{'accountId': 'ws-1',",
        "   'apiKeys': [{'key': 'demo-key'}],",
        "   'agents': [{'agentId': 'PROJECT-1'}]}]})",
        "state.everything_agrees()",
        "state.delete_phone_number(path={'agentId': 'PROJECT-1', 'phoneNumber': '+999999999999999'})",
        "state.teardown()",
    ]


def test_a_machine_may_choose_its_settings_itself() -> None:
    class Machine(EngineMachine):
        pass

    assert Phase.explain not in Machine.TestCase.settings.phases
    Machine.TestCase.settings = settings(phases=[Phase.generate, Phase.shrink, Phase.explain])
    assert Phase.explain in Machine.TestCase.settings.phases


class Lenient(EngineAdapter):
    def request(self, request: ApiRequest) -> Answer:
        return Answer(200) if request.flaw == "malformed-number" else super().request(request)


class LenientMachine(EngineMachine):
    operations = ("importPhoneNumber", "importPhoneNumbers")

    def adapter(self) -> Adapter:
        return Lenient()


def test_a_broken_request_in_the_script_says_what_is_broken() -> None:
    with pytest.raises(AssertionError, match="was answered with 200, where 400 is right") as failure:
        run_state_machine_as_test(LenientMachine, settings=settings(SIZE, max_examples=200, phases=[Phase.generate]))
    script = "\n".join(failure.value.__notes__)
    *_, sent = re.findall(r"state\.send_broken\(request=(ApiRequest\(.*\))\)", script)
    assert "flaw='malformed-number', statuses=(400,)" in sent


def test_a_failure_is_not_explained_by_lines_of_the_kit() -> None:
    own = LenientMachine.TestCase.settings
    size = settings(own, max_examples=200, stateful_step_count=6, derandomize=True, database=None)
    with pytest.raises(AssertionError, match="was answered with 200, where 400 is right") as failure:
        run_state_machine_as_test(LenientMachine, settings=size)
    script = "\n".join(failure.value.__notes__)
    assert "state.send_broken(" in script
    assert "mockserver/testing" not in script


def test_a_batch_in_the_script_reads_as_its_body() -> None:
    class Machine(TelephonyMachine):
        operations = ("listConnectors", "batchUpdateConnectors")
        worlds = worlds(min_agents=1, max_agents=1, min_connectors=1, max_connectors=1, max_accounts=1)

        def adapter(self) -> Adapter:
            return BuggyAdapter(a_refused_item_changes_what_it_can)

    with pytest.raises(AssertionError) as failure:
        run_state_machine_as_test(Machine, settings=settings(SIZE, max_examples=200, phases=[Phase.generate]))
    script = "\n".join(failure.value.__notes__)
    assert "state.batch_update_connectors(body={'updates': [{'connectorId': " in script
    assert "lambda" not in script


class OfConnectors(Adapter):
    """A client that only reads connectors, and has an exception of its own for what is not there."""

    class MissingError(Exception):
        pass

    def start(self, world: JsonObject) -> None:
        self.engine = EngineAdapter()
        self.engine.start(world)
        self.asked: list[str] = []

    def get_connector(self, request: ApiRequest) -> JsonObject | None:
        self.asked.append(request.path["connectorId"])
        answer = self.engine.request(request)
        if answer.status != 200:
            raise self.MissingError(answer)
        body: JsonObject = answer.body
        return body

    def list_connectors(self, request: ApiRequest) -> JsonObject | None:
        answer = self.engine.request(request)
        if answer.status != 200:
            raise self.MissingError(answer)
        return None

    def refused(self, error: Exception) -> Answer | None:
        return error.args[0] if isinstance(error, self.MissingError) else None


def test_a_client_of_a_few_operations_is_asked_for_no_others() -> None:
    asked: list[str] = []

    class Machine(TelephonyMachine):
        def adapter(self) -> Adapter:
            return OfConnectors()

        def ask(self, request: ApiRequest) -> None:
            asked.append(request.operation)
            super().ask(request)

    run_state_machine_as_test(Machine, settings=SIZE)
    assert set(asked) == {"listConnectors", "getConnector"}


class Helpful(OfConnectors):
    """A client with methods of its own beside those that the machine knows."""

    def log_in(self) -> None: ...

    def _get_conector(self) -> None: ...

    list_connector = "not a method"


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("get_conector", "get_connector"),
        ("getConnector", "get_connector"),
        ("list_connector", "list_connectors"),
        ("delete_number", "delete_phone_number"),
        ("advance_clok", "advance_clock"),
        ("refuse", "refused"),
    ],
)
def test_a_misspelt_method_is_refused_before_anything_is_asked(name: str, meant: str) -> None:
    misspelt = type("Misspelt", (Helpful,), {name: OfConnectors.get_connector})
    said = f"Misspelt.{name} is never called: did you mean {meant}? If it is a helper, let it be _{name}."

    class Machine(TelephonyMachine):
        def adapter(self) -> Adapter:
            adapter = misspelt()
            assert isinstance(adapter, Adapter)
            return adapter

    with pytest.raises(TypeError, match=f"^{re.escape(said)}$"):
        Machine()


def test_other_methods_of_a_client_are_its_own_affair() -> None:
    class Machine(TelephonyMachine):
        def adapter(self) -> Adapter:
            return Helpful()

    assert isinstance(Machine().client, Helpful)


def test_a_client_without_any_operation_is_refused() -> None:
    class Idle(Adapter):
        def start(self, world: JsonObject) -> None: ...

    class Machine(TelephonyMachine):
        def adapter(self) -> Adapter:
            return Idle()

    with pytest.raises(
        TypeError, match=r"^Idle needs a method request\(request\), or one for an operation, such as \w+\(request\)$"
    ):
        Machine()


def test_broken_requests_are_sent_as_they_are_and_not_by_a_method_that_would_correct_them() -> None:
    class Both(EngineAdapter):
        def list_connectors(self, request: ApiRequest) -> JsonObject | None:
            assert request.flaw is None
            body: JsonObject | None = self.request(request).body
            return body

    class Machine(EngineMachine):
        def adapter(self) -> Adapter:
            return Both()

    run_state_machine_as_test(Machine, settings=SIZE)


def test_an_exception_that_stands_for_no_answer_fails_the_test() -> None:
    class Broken(OfConnectors):
        refused = Adapter.refused

    class Machine(TelephonyMachine):
        def adapter(self) -> Adapter:
            return Broken()

    with pytest.raises(OfConnectors.MissingError):
        run_state_machine_as_test(Machine, settings=settings(SIZE, phases=[Phase.generate]))


def test_a_machine_without_an_adapter_says_so() -> None:
    with pytest.raises(NotImplementedError, match=r"TelephonyMachine needs a method adapter\(\)"):
        run_state_machine_as_test(TelephonyMachine, settings=SIZE)
