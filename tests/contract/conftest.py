"""The contract session, recorded once."""

import pytest

from tests.contract import session


@pytest.fixture(scope="session")
def recorded() -> session.Session:
    """The contract session."""
    return session.record()


@pytest.fixture
def answers(recorded: session.Session) -> list[session.Answer]:
    """The answers of operations in the contract session."""
    return recorded.answers


@pytest.fixture
def entries(recorded: session.Session) -> list[dict[str, object]]:
    """The entries of the journals of the contract session."""
    return recorded.entries
