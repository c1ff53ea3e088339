"""The contract session, recorded once."""

import pytest

from tests.contract import session


@pytest.fixture(scope="session")
def answers() -> list[session.Answer]:
    """The answers of the contract session."""
    return session.record()
