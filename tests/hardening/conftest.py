"""One real server for each module that needs one."""

from tests.live.conftest import server

__all__ = ["server"]
