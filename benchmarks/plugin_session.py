"""The session of pytest in which the plugin's cost is measured: its files, written into a folder.

All kinds of test take turns in one session, so that whatever pytest itself costs, or the machine does, meets them
alike. No other plugin is loaded than those that are measured.
"""

import importlib.util
import json
import subprocess
import sys
from pathlib import Path
from statistics import median

from benchmarks.cores import Cores
from benchmarks.measurements import FailedError
from benchmarks.servers import ROOT, environment

_CONFTEST = """
import json
from pathlib import Path
from time import perf_counter

import pytest

TIMES = {}

@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_protocol(item):
    began = perf_counter()
    try:
        return (yield)
    finally:
        TIMES.setdefault(item.originalname, []).append(perf_counter() - began)

@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items):
    items.sort(key=lambda item: item.callspec.params["turn"])

def pytest_sessionfinish(session):
    Path("times.json").write_text(json.dumps(TIMES))
"""

_TESTS = {
    "conftest_plugin.plugin": """
def test_polyai_mock(turn, polyai_mock):
    pass

def test_polyai_mock_call(turn, polyai_mock):
    path = f"/v1/agents/{polyai_mock.agent_id}/telephony/connectors/conn_abc123"
    assert polyai_mock.client.get(path).status_code == 200
""",
    "pytest_httpserver.pytest_plugin": """
def test_httpserver(turn, httpserver):
    pass

def test_httpserver_call(turn, httpserver):
    httpserver.expect_request("/connector").respond_with_json(CONTENT)
    assert CLIENT.get(httpserver.url_for("/connector")).status_code == 200
""",
    "respx.plugin": """
def test_respx(turn, respx_mock):
    pass

def test_respx_call(turn, respx_mock):
    respx_mock.get("http://localhost/connector").respond(json=CONTENT)
    assert CLIENT.get("http://localhost/connector").status_code == 200
""",
    "moto": """
from moto import mock_aws

def test_moto(turn):
    with mock_aws():
        pass
""",
}

_HEAD = """
from http.client import HTTPConnection

import httpx
import pytest

pytestmark = pytest.mark.parametrize("turn", range(TURNS))
CLIENT = httpx.Client(trust_env=False)

def test_empty(turn):
    pass

def test_bare_call(turn):
    connection = HTTPConnection("127.0.0.1", PORT)
    connection.request("GET", "/")
    answer = connection.getresponse()
    assert answer.status == 200
    answer.read()
    connection.close()
"""


class SessionError(FailedError):
    """The session of pytest did not go well; the text is what it said."""


def present() -> list[str]:
    """Return the plugins that there are, ours first."""
    return [module for module in _TESTS if importlib.util.find_spec(module.partition(".")[0]) is not None]


def times(folder: Path, mode: str, turns: int, port: int, content: object, cores: Cores) -> dict[str, float]:
    """Run a session; return the median microseconds of a test of each kind. `port` is that of the bare server."""
    plugins = present()
    folder.mkdir(exist_ok=True)
    head = f"TURNS = {turns}\nPORT = {port}\nCONTENT = {content!r}\n{_HEAD}"
    tests = "\n".join([head, *(_TESTS[module] for module in plugins)])
    (folder / "conftest.py").write_text(_CONFTEST, encoding="utf-8")
    (folder / "test_costs.py").write_text(tests, encoding="utf-8")
    loaded = ["xprocess.pytest_xprocess", *(module for module in plugins if "plugin" in module)]
    options = [part for module in loaded for part in ("-p", module)]
    quiet = ["-q", "-p", "no:cacheprovider", "--rootdir", str(folder), "--polyai-mock-mode", mode]
    command = [sys.executable, "-m", "pytest", *options, *quiet, str(folder)]
    variables = {**environment(), "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", "PYTHONPATH": str(ROOT)}
    with cores.all():
        ended = subprocess.run(command, cwd=folder, env=variables, capture_output=True, text=True, check=False)
    if ended.returncode:
        raise SessionError(f"{ended.stdout[-2000:]}{ended.stderr[-2000:]}")
    taken: dict[str, list[float]] = json.loads((folder / "times.json").read_text(encoding="utf-8"))
    (folder / "times.json").unlink()
    return {name.removeprefix("test_"): median(seconds) * 1e6 for name, seconds in taken.items()}
