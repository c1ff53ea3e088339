"""Validation errors as sentences; only a validation that failed imports this, and pydantic with it."""

from pydantic import ValidationError

from mockserver.errors import MAX_REASONS
from mockserver.values.text import dotted, shown

_MANY = 2_000  # so many take longer to list than the whole validation took


def explain(error: ValueError) -> list[str]:
    """Return sentences for what pydantic found wrong: where, what was given, what is expected."""
    if not isinstance(error, ValidationError):
        return [str(error)]
    if error.error_count() > _MANY:
        return [f"{error.error_count():,} values do not fit"]
    return [
        f"{dotted(detail['loc']) or 'the body'}: {_given(detail['type'], detail['input'])}"
        f"{detail['msg'][0].lower()}{detail['msg'][1:]}"
        for detail in error.errors(include_url=False, include_context=False)[:MAX_REASONS]
    ]


def _given(kind: str, given: object) -> str:
    return "" if kind == "missing" else f"{shown(given)} given, but "
