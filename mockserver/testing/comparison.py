"""Whether an answer is the expected one, as far as that is determined; and what the service made up meanwhile."""

import json
from collections.abc import Callable

from mockserver.testing.model import SOME_TEXT
from mockserver.testing.model_state import Minted
from mockserver.testing.requests import Answer

Adopt = Callable[[Minted, str], str]


def differences(expected: Answer, answered: Answer, adopt: Adopt) -> list[str]:
    """Return a line for everything in which an answer is not the expected one.

    A body is compared where both have one; of a refusal only what is expected of it. Ids that the service has made up
    are handed to `adopt`, which returns what they have to be.
    """
    if expected.status != answered.status:
        return [f"the status is {_shown_answer(answered)}, where {_shown_answer(expected)} is right"]
    if expected.body is None or answered.body is None:
        return []
    if expected.status >= 400:
        shown: object = {name: answered.body.get(name) for name in expected.body}
        return _differences("", dict(expected.body), shown, adopt)
    return _differences("", dict(expected.body), answered.body, adopt)


def _shown_answer(answer: Answer) -> str:
    code = (answer.body or {}).get("error_code")
    return f"{answer.status} {code}" if code else str(answer.status)


def _differences(where: str, expected: object, answered: object, adopt: Adopt) -> list[str]:
    name = where.lstrip(".") or "the body"
    if isinstance(expected, dict) and isinstance(answered, dict):
        lines = [f"{where}.{key}".lstrip(".") + " should not be there" for key in answered if key not in expected]
        lines += [f"{where}.{key}".lstrip(".") + " is missing" for key in expected if key not in answered]
        both = [key for key in expected if key in answered]
        return lines + [
            line for key in both for line in _differences(f"{where}.{key}", expected[key], answered[key], adopt)
        ]
    if isinstance(expected, list) and isinstance(answered, list) and len(expected) == len(answered):
        pairs = enumerate(zip(expected, answered, strict=True))
        return [line for at, (one, other) in pairs for line in _differences(f"{where}[{at}]", one, other, adopt)]
    if isinstance(expected, Minted) and isinstance(answered, str) and answered:
        expected = adopt(expected, answered)
    if expected is SOME_TEXT:
        return (
            [] if isinstance(answered, str) and answered else [f"{name} is {_shown(answered)}, where a text is right"]
        )
    if expected == answered and isinstance(expected, bool) == isinstance(answered, bool):
        return []
    return [f"{name} is {_shown(answered)}, where {_shown(expected)} is right"]


def _shown(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, default=str)
