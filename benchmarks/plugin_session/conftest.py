"""Durations of the tests beside this file, written as JSON to the file that the variable TIMES names."""

import json
import os
from collections.abc import Iterator
from pathlib import Path
from time import perf_counter

import pytest

_seconds: dict[str, list[float]] = {}


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_protocol(item: pytest.Item) -> Iterator[None]:
    """Measure a test with its set-up and teardown."""
    started = perf_counter()
    result = yield
    _seconds.setdefault(item.name.partition("[")[0], []).append(perf_counter() - started)
    return result


def pytest_sessionfinish() -> None:
    """Write the durations."""
    Path(os.environ["TIMES"]).write_text(json.dumps(_seconds), encoding="utf-8")
