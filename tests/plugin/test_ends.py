"""The server ends with its session, however that ends."""

import psutil
import pytest

from tests.plugin.sessions import (
    INSTANCES,
    SIGNALS,
    WAITING,
    Session,
    assert_none_left,
    eventually,
    recorded,
    servers,
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
    eventually((project.path / INSTANCES).exists, "the test has a world")
    (instance,) = recorded(project.path).instances
    assert len(servers(instance)) == 1
    session.signal(SIGNALS[name], group=name == "SIGINT")
    assert_none_left(project.path)


# Run by every Python that has PYTHONPATH: a mock server starts slowly.
SLOW = """
import sys, threading
if "mockserver" in sys.orig_argv:
    open(f"{__file__}.waits", "w").close()
    threading.Event().wait(60)
"""


@pytest.mark.parametrize(
    "arguments",
    [(), ("-p", "no:cacheprovider"), ("--polyai-mock-keep",), ("-n", "2"), ("-n", "2", "--polyai-mock-keep")],
    ids=" ".join,
)
def test_no_process_outlives_a_session_that_was_interrupted_while_its_server_started(
    project: pytest.Pytester, monkeypatch: pytest.MonkeyPatch, arguments: tuple[str, ...]
) -> None:
    (project.path / "slow").mkdir()
    (project.path / "slow" / "sitecustomize.py").write_text(SLOW, encoding="utf-8")
    monkeypatch.setenv("PYTHONPATH", str(project.path / "slow"))
    project.makepyfile(WAITING)
    before = {process.pid for process in servers()}
    session = Session(project.path, *arguments)
    ours: list[psutil.Process] = []

    def started() -> bool:
        ours[:] = [process for process in servers() if _belongs_to(process, project)]
        return bool(ours) and (project.path / "slow" / "sitecustomize.py.waits").exists()

    eventually(started, "the server is being started")
    assert not before & {process.pid for process in ours}
    session.signal(SIGNALS["SIGINT"], group=True)
    eventually(lambda: not any(_belongs_to(process, project) for process in servers()), "the server is gone")


def _belongs_to(process: psutil.Process, project: pytest.Pytester) -> bool:
    """Tell whether a server belongs to the session in a project's folder."""
    try:
        return bool(process.environ().get("PYTHONPATH") == str(project.path / "slow"))
    except psutil.Error:
        return False
