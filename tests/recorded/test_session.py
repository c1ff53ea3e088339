"""Each answer of a recorded session with version 0.1 is given again.

Answers of the API are compared to the byte. The control plane may say more than it did, and word it otherwise.
"""

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
import yaml

from tests.recorded import files, session

VOLATILE = {"durationMs", "uptimeSeconds", "version"}
WORDINGS = {"error", "error_message"}
LISTS_OF_WORDINGS = {"unknownFields", "mistakes"}

# What version 0.2 answers otherwise on purpose, by status or header.
CHANGED: dict[str, dict[str, Any]] = {
    "GET /_mock/worlds/six/state": {"status": 200},  # reading a world does not create it
    "PUT /_mock/worlds": {"allow": "GET, HEAD, POST"},
    "DELETE /_mock/health": {"allow": "GET, HEAD"},
    "POST /_mock/worlds of text/plain": {"status": 415},
}

ROWS: list[Any] = files.read(session.NAME)


def _id(number: int) -> str:
    request = ROWS[number]["request"]
    return f"{number}-{request['method']}-{request['target'][:60]}"


@pytest.fixture(scope="module")
def answers() -> list[Any]:
    """What is answered to the recorded requests, in their order."""
    with session.Session() as replayed:
        return [_without_made_ids(replayed.answer(row["request"])) for row in ROWS]


def _without_made_ids(answer: Any) -> Any:
    """Return an answer without correlation ids of the server's making, which were the same in all worlds of 0.1."""
    return json.loads(re.sub(r"[0-9a-f]{8}-0000-4000-8000-[0-9]{12}", "made", json.dumps(answer)))


@pytest.mark.parametrize("number", range(len(ROWS)), ids=_id)
def test_a_request_is_answered_as_recorded(number: int, answers: list[Any]) -> None:
    request, recorded, given = ROWS[number]["request"], _without_made_ids(ROWS[number]["answer"]), answers[number]
    media_type = request["headers"].get("content-type", "application/json")
    name = f"{request['method']} {request['target']}"
    changed = CHANGED.get(name if media_type == "application/json" else f"{name} of {media_type}")
    if changed:
        assert changed.items() <= {"status": given["status"], **given["headers"]}.items()
    elif request["target"].startswith("/_mock/") or '"MOCK_' in recorded.get("body", ""):
        assert (given["status"], given["headers"]) == (recorded["status"], recorded["headers"])
        assert list(differences(_parsed(recorded), _parsed(given))) == []
    else:
        assert given == recorded


def _parsed(answer: Any) -> object:
    is_yaml = answer["headers"]["content-type"] == "application/yaml"
    return yaml.safe_load(answer["body"]) if is_yaml else json.loads(answer["body"])


def differences(recorded: object, given: object, path: str = "") -> Iterator[str]:
    """Yield what was recorded of the control plane's answer and is not given now."""
    if isinstance(recorded, dict) and isinstance(given, dict):
        stopped = recorded.get("frozen") is not False
        for name, value in recorded.items():
            at = f"{path}.{name}"
            if name not in given:
                yield f"{at} is missing"
            elif name == "responseBody" and value != given[name]:
                yield f"{at}: {value!r} was recorded, {given[name]!r} is given"
            elif name in LISTS_OF_WORDINGS:
                if len(given[name]) < len(value):  # later versions explain more refusals
                    yield f"{at}: {value!r} was recorded, {given[name]!r} is given"
            elif name not in VOLATILE | WORDINGS and (name != "now" or stopped):
                yield from differences(value, given[name], at)
    elif isinstance(recorded, list) and isinstance(given, list):
        yield from differences(len(recorded), len(given), f"{path}.length") if len(recorded) != len(given) else ()
        for index, (value, other) in enumerate(zip(recorded, given, strict=False)):
            yield from differences(value, other, f"{path}[{index}]")
    elif recorded != given or type(recorded) is not type(given):
        yield f"{path}: {recorded!r} was recorded, {given!r} is given"
