"""The fuzz targets: their corpus passes, they notice what they are for, and atheris drives them for a moment.

At length they are run by hand: `python -m tests.fuzz.coverage_guided seed|request -max_total_time=600`.
"""

import importlib.util
import platform
import subprocess
import sys
from pathlib import Path

import pytest

from mockserver import seeds
from mockserver.state import phone_numbers
from tests.fuzz import targets
from tests.fuzz.inputs import CORPUS, requests
from tests.live.process import DEADLINE, ROOT

INPUTS = {
    f"{name}/{file.name}": file.read_bytes()
    for name in ("seed", "request")
    for file in sorted((CORPUS / name).iterdir())
}


@pytest.mark.parametrize("name", INPUTS)
def test_an_input_of_the_corpus_breaks_no_promise(name: str) -> None:
    target = targets.seed if name.startswith("seed/") else targets.request
    target(INPUTS[name])


def test_an_input_of_the_corpus_is_named_after_its_operation() -> None:
    for name, (operation, _) in requests().items():
        assert name.startswith(f"{operation.name}-")


def _broken(_text: str) -> None:
    raise KeyError("planted")


def test_a_seed_that_is_refused_with_anything_but_a_seed_error_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(seeds, "load_text", _broken)
    with pytest.raises(KeyError, match="planted"):
        targets.seed(b"accounts: []")


def test_a_request_that_meets_a_defect_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(phone_numbers, "is_e164", _broken)
    with pytest.raises(AssertionError, match="500"):
        targets.request(INPUTS["request/batchGetPhoneNumbers-1"])


# atheris has wheels for these alone, and the extra `fuzz` names no others.
INSTALLABLE = sys.platform == "linux" and platform.machine() == "x86_64" and sys.version_info < (3, 15)


@pytest.mark.skipif(
    not INSTALLABLE and importlib.util.find_spec("atheris") is None,
    reason="atheris cannot be installed here: it has wheels for Linux on x86-64 only",
)
@pytest.mark.process
@pytest.mark.parametrize("target", ["seed", "request"])
def test_a_short_run_under_coverage_breaks_no_promise(tmp_path: Path, target: str) -> None:
    ended = subprocess.run(
        [sys.executable, "-m", "tests.fuzz.coverage_guided", target, "-runs=2000", "-seed=1"],
        cwd=ROOT,
        env={"TMPDIR": str(tmp_path), "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=DEADLINE,
        check=False,
    )
    assert ended.returncode == 0, ended.stderr[-3_000:]
    assert "Done 2000 runs" in ended.stderr
