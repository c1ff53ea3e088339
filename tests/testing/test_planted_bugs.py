"""The state machine finds bugs: each of these is planted in the engine, and has to be found by the same examples."""

import pytest
from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis.stateful import run_state_machine_as_test

from mockserver.testing import TelephonyMachine, worlds
from tests.testing.adapters import EngineAdapter
from tests.testing.injected_bugs import PLANTS, Plant

# Few examples from each of several seeds are more diverse than many from one. None is shrunk: a bug ends the run.
SEEDS = range(1, 10)
SIZE = settings(
    max_examples=12,
    stateful_step_count=25,
    database=None,
    deadline=None,
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)


def run_all_seeds() -> None:
    """Run the same examples as ever."""
    for number in SEEDS:

        @seed(number)
        class EngineMachine(TelephonyMachine):
            worlds = worlds(min_agents=2, min_connectors=2, min_phone_numbers=2, max_accounts=1)

            def adapter(self) -> EngineAdapter:
                return EngineAdapter()

        run_state_machine_as_test(EngineMachine, settings=SIZE)


def test_without_a_planted_bug_the_examples_pass() -> None:
    run_all_seeds()


@pytest.mark.parametrize("plant", PLANTS, ids=lambda plant: plant.__name__)
def test_a_planted_bug_is_found(plant: Plant, monkeypatch: pytest.MonkeyPatch) -> None:
    plant(monkeypatch)
    with pytest.raises((AssertionError, KeyError)):
        run_all_seeds()
