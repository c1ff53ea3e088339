"""However a session ends, its server ends with it: looked for by process id."""

import pytest

from tests.plugin.sessions import (
    INSTANCES,
    SIGNALS,
    WAITING,
    Session,
    assert_none_left,
    eventually,
    servers,
    written,
)


@pytest.mark.parametrize(
    ("name", "arguments"),
    [(name, arguments) for name in SIGNALS for arguments in ((), ("-n", "2"))]
    + [("SIGKILL", ("-p", "no:cacheprovider"))],
)
def test_no_process_outlives_a_session_that_a_signal_ended(
    project: pytest.Pytester, name: str, arguments: tuple[str, ...]
) -> None:
    project.makepyfile(WAITING)
    session = Session(project.path, *arguments)
    eventually((project.path / INSTANCES).exists, "the test has its world")
    (instance,) = written(project.path).instances
    assert len(servers(instance)) == 1
    session.signal(SIGNALS[name], group=name == "SIGINT")
    assert_none_left(project.path)
