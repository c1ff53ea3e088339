"""Comparison of answers, as far as the expected one is determined; and the ids that the service has made."""

import json
from collections.abc import Callable, Mapping

from mockserver.testing.model import SOME_TEXT
from mockserver.testing.requests import Answer
from mockserver.testing.tables import Minted

Adopt = Callable[[Minted, str], str]


def differences(expected: Answer, answered: Answer, adopt: Adopt) -> list[str]:
    """Return a line for each difference.

    Bodies are compared where there are two; of a refusal only what is expected of it. Ids that the service has made are
    handed to `adopt`, which returns what they have to be.
    """
    if expected.status != answered.status:
        return [f"the status is {_shown_answer(answered)}, where {_shown_answer(expected)} is right"]
    if expected.body is None or answered.body is None:
        return []
    shown: object = answered.body
    if expected.status >= 400 and isinstance(shown, Mapping):
        shown = {name: shown.get(name) for name in expected.body}
    return _differences("", expected.body, shown, adopt)


def _shown_answer(answer: Answer) -> str:
    code = answer.body.get("error_code") if isinstance(answer.body, Mapping) else None
    return f"{answer.status} {code}" if code else str(answer.status)


def _differences(where: str, expected: object, answered: object, adopt: Adopt) -> list[str]:
    name = where.lstrip(".") or "the body"
    if isinstance(expected, Mapping) and isinstance(answered, Mapping):
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
        wanted, right = "a text", isinstance(answered, str) and answered != ""
    else:
        wanted = _shown(expected)
        right = expected == answered and isinstance(expected, bool) == isinstance(answered, bool)
    return [] if right else [f"{name} is {_shown(answered)}, where {wanted} is right"]


def _shown(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, default=str)
