"""Kinds of values: for each, its JSON Schema, the check of a value as JSON or YAML holds it, and how it is written.

Text may stand for a truth value or a number, because the scalars of YAML arrive as the text that was written.
"""

import math
import re
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any

Schema = Mapping[str, object]


class Kind:
    """What a value may be.

    `check` raises ValueError with the end of a sentence that begins with the value, in most cases `wrong`.
    `parse` makes a checked value what a record holds, and `dump` makes that JSON; None: it is the same. `plain` says
    that its text needs no escapes in JSON.
    """

    plain = False
    parse: Callable[[Any], Any] | None = None
    dump: Callable[[Any], Any] | None = None

    def __init__(self, schema: Schema, noun: str, expected: str) -> None:
        self.schema, self.expected = schema, expected
        self.wrong = f"is not a valid {noun}; expected {expected}"

    def check(self, value: object) -> None:
        """Raise ValueError for a value of another kind; what is inside a list or a mapping is checked by itself."""


class Text(Kind):
    """Text that UTF-8 can hold, perhaps of at least one character."""

    def __init__(self, *, empty: bool = True) -> None:
        bound = {} if empty else {"minLength": 1}
        super().__init__({"type": "string", **bound}, "text", "text")
        self.empty = empty

    def check(self, value: object) -> None:
        """Raise ValueError for what is not text, for half a surrogate pair, and perhaps for no characters at all."""
        if not isinstance(value, str):
            raise ValueError("is not text")  # noqa: TRY004  # pydantic collects no other error
        if not value and not self.empty:
            raise ValueError("is empty; expected at least 1 character")
        try:
            value.encode("utf-8")
        except UnicodeEncodeError:
            raise ValueError("has a character that UTF-8 cannot hold") from None


class Pattern(Kind):
    """Text that a regular expression matches as a whole."""

    def __init__(self, pattern: str, noun: str, expected: str, *, plain: bool = False) -> None:
        super().__init__({"type": "string", "pattern": f"^{pattern}$"}, noun, expected)
        self.plain = plain
        self.matches = re.compile(pattern).fullmatch

    def check(self, value: object) -> None:
        """Raise ValueError for what does not match."""
        if not isinstance(value, str) or self.matches(value) is None:
            raise ValueError(self.wrong)


class Choice(Kind):
    """One of some words."""

    plain = True

    def __init__(self, choices: tuple[str, ...]) -> None:
        super().__init__({"type": "string", "enum": list(choices)}, "choice", ", ".join(choices))
        self.choices = choices

    def check(self, value: object) -> None:
        """Raise ValueError for any other word."""
        if value not in self.choices:
            raise ValueError(self.wrong)


class Flag(Kind):
    """True or false."""

    def __init__(self) -> None:
        super().__init__({"type": "boolean"}, "flag", "true or false")

    def check(self, value: object) -> None:
        """Raise ValueError for what is neither, as JSON or as text."""
        if not isinstance(value, bool) and value not in ("true", "false"):
            raise ValueError(self.wrong)

    parse = staticmethod(lambda value: value is True or value == "true")


class Number(Kind):
    """A number from `low` to `high`, of `unit`."""

    parse: Callable[[Any], Any] | None = float

    def __init__(self, low: int, high: int, unit: str) -> None:
        schema = {"type": "number", "minimum": low, "maximum": high}
        super().__init__(schema, f"number of {unit}", f"{low:,} to {high:,}")
        self.low, self.high = low, high

    def check(self, value: object) -> None:
        """Raise ValueError for what is not within the bounds, NaN among it."""
        number = math.nan
        if isinstance(value, str | int | float) and not isinstance(value, bool):
            with suppress(ValueError, OverflowError):
                number = float(value)
        if not self.low <= number <= self.high:
            raise ValueError(self.wrong)


class Count(Kind):
    """A whole number, 0 or more, of at most twelve digits."""

    parse = int

    def __init__(self) -> None:
        super().__init__({"type": "integer", "minimum": 0}, "count", "0 or more")

    def check(self, value: object) -> None:
        """Raise ValueError for anything else."""
        digits = str(value) if type(value) is int and value < 10**12 else value
        if not isinstance(digits, str) or not re.fullmatch("[0-9]{1,12}", digits):
            raise ValueError(self.wrong)


class ListOf(Kind):
    """A list of values of one kind; `collect` makes them a tuple or a frozenset."""

    def __init__(self, item: Kind, collect: type[tuple[Any, ...]] | type[frozenset[Any]]) -> None:
        super().__init__({"type": "array", "items": item.schema}, "list", "a list")
        self.item, self.collect = item, collect
        ordered, dump = sorted if collect is frozenset else list, item.dump
        self.dump = ordered if dump is None else lambda values: ordered(map(dump, values))


class MapOf(Kind):
    """A mapping from keys of one kind to values of one kind."""

    def __init__(self, keys: Kind, item: Kind) -> None:
        schema = {"type": "object", "propertyNames": keys.schema, "additionalProperties": item.schema}
        super().__init__(schema, "mapping", "a mapping")
        self.keys, self.item = keys, item
        dump = item.dump
        self.dump = dict if dump is None else lambda values: {key: dump(value) for key, value in values.items()}


TEXT = Text()
NOT_EMPTY = Text(empty=False)
FLAG = Flag()
COUNT = Count()
ID = Pattern(
    "[A-Za-z0-9][A-Za-z0-9._-]{0,99}", "id", "1 to 100 letters, digits, '.', '_' and '-', a letter or digit first"
)
SECONDS = Number(0, 86_400, "seconds")
