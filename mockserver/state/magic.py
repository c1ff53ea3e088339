"""Values that misbehave by themselves, for clients that cannot call the control plane.

They work in worlds whose seed sets the policy `magicValues: magic`, as the demo's does.
"""

from mockserver.state.records import CallOutcome
from mockserver.state.state import State

BUSY_NUMBER = "+442079460990"
NO_ANSWER_NUMBER = "+442079460991"
RATE_LIMITED_NUMBER = "+442079460992"
SLOW_NUMBER = "+442079460993"
RATE_LIMITED_CONNECTOR = "conn_magic_limited"
SLOW_CONNECTOR = "conn_magic_slow"
REJECTED_VOICE = "en-GB-Magic-Rejected"

SLOW_MS = 2000

FAILING = frozenset({RATE_LIMITED_NUMBER, SLOW_NUMBER, RATE_LIMITED_CONNECTOR, SLOW_CONNECTOR})

_OUTCOMES = {
    BUSY_NUMBER: CallOutcome(to_number=BUSY_NUMBER, result="FAILURE", reason="busy", calling_seconds=1, position=0),
    NO_ANSWER_NUMBER: CallOutcome(
        to_number=NO_ANSWER_NUMBER, result="FAILURE", reason="no answer", calling_seconds=30, position=0
    ),
}


def outcome_of(state: State, to_number: str) -> CallOutcome:
    """Return how calls to a number go: as the seed says, or magically, or well."""
    outcome = state.call_outcomes.get(to_number)
    if outcome is None and state.policies.magic_values == "magic":
        outcome = _OUTCOMES.get(to_number)
    return outcome or CallOutcome(to_number=to_number, position=0)


def rejects_voice(state: State, voice_name: str) -> bool:
    """Tell whether a world rejects a voice that looks well."""
    magic = voice_name == REJECTED_VOICE and state.policies.magic_values == "magic"
    return magic or voice_name in state.rules.rejected_voices
