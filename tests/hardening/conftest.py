"""What tests of the control plane and of real servers have, these have too."""

from tests.control.conftest import mock
from tests.live.conftest import server

__all__ = ["mock", "server"]
