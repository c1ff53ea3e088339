"""Refusal of a name that no record has; it says which record was probably meant."""

from collections.abc import Iterable

from mockserver.errors import ApiError, Err
from mockserver.state.catalogue import id_column
from mockserver.state.schema import Record
from mockserver.values.text import nearest, quoted


def missing(err: Err, name: str, what: str, others: Iterable[Record]) -> ApiError:
    """Return the refusal of a name; which of the `others` it resembles is worked out by whoever reads the reason."""
    rows = list(others)

    def why() -> str:
        names = [getattr(it, id_column(type(it)).attribute) for it in rows]
        return f"{quoted(name)} is not {what}; {nearest(name, names)}"

    return ApiError(err, why=why)
