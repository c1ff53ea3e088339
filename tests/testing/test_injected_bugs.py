"""The state machine finds bugs: each of these is injected, and has to be found by the same examples."""

import pytest
from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis.stateful import run_state_machine_as_test

from mockserver.testing import Adapter, TelephonyMachine, worlds
from tests.testing.adapters import EngineAdapter
from tests.testing.injected_bugs import BUGS, Bug, BuggyAdapter

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


def run_all_seeds(client: Adapter) -> None:
    """Run the same examples each time."""
    for number in SEEDS:

        @seed(number)
        class Machine(TelephonyMachine):
            worlds = worlds(min_agents=2, min_connectors=2, min_phone_numbers=2, max_accounts=1)

            def adapter(self) -> Adapter:
                return client

        run_state_machine_as_test(Machine, settings=SIZE)


def test_without_a_bug_the_examples_pass() -> None:
    run_all_seeds(EngineAdapter())


@pytest.mark.parametrize("bug", BUGS, ids=lambda bug: bug.__name__)
def test_a_bug_is_found(bug: Bug) -> None:
    with pytest.raises(AssertionError):
        run_all_seeds(BuggyAdapter(bug))
