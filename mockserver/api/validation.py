"""Validation errors as sentences; only a validation that failed imports this, and pydantic with it."""

from pydantic import ValidationError

from mockserver.seeds.problems import dotted, shown


def explain(error: ValueError) -> list[str]:
    """Return a sentence for each thing that pydantic found wrong: where, what was given, what is expected."""
    if not isinstance(error, ValidationError):
        return [str(error)]
    return [
        f"{dotted(detail['loc']) or 'the body'}: {_given(detail['type'], detail['input'])}"
        f"{detail['msg'][0].lower()}{detail['msg'][1:]}"
        for detail in error.errors(include_url=False)
    ]


def _given(kind: str, given: object) -> str:
    return "" if kind == "missing" else f"{shown(given)} given, but "
