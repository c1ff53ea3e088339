"""A client of the control plane, and of the API in any world."""

from collections.abc import Iterator

import pytest

from tests.control.mock import Mock


@pytest.fixture
def mock() -> Iterator[Mock]:
    """A fresh server with the small seed."""
    with Mock("two_agents") as mock:
        yield mock
