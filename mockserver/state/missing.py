"""Refusal of a name that no record has; it says which record was probably meant."""

from collections.abc import Collection, Iterable

from mockserver.errors import ApiError, Err
from mockserver.state.catalogue import id_column
from mockserver.state.schema import Record
from mockserver.values.text import MAX_SHOWN, nearest, quoted


def missing(err: Err, name: str, what: str, others: Iterable[Record]) -> ApiError:
    """Return the refusal of a name; which of the `others` it resembles is worked out by whoever reads the reason."""
    return not_listed(err, name, what, [getattr(it, id_column(type(it)).attribute) for it in others])


def not_listed(err: Err, name: str, what: str, names: Collection[str]) -> ApiError:
    """Return the refusal of a name that is not listed; the reason keeps the beginning of a long one."""
    given, start = quoted(name), name[:MAX_SHOWN]
    return ApiError(err, why=lambda: f"{given} is not {what}; {nearest(start, names)}")
