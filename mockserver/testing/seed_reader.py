"""A part of a seed, read by name: what is absent or null has a default, and what cannot be read is refused by place."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

from mockserver.testing.formats import is_phone_number
from mockserver.testing.values import JsonObject

Choice = TypeVar("Choice", bound=str)


@dataclass(frozen=True, slots=True)
class Part:
    """A mapping in a seed, and the place where it stands; all methods raise ValueError for what cannot be read."""

    row: JsonObject
    at: str = ""

    def place(self, name: str) -> str:
        """Return the place of what has this name."""
        return f"{self.at}.{name}".lstrip(".")

    def wrong(self, name: str, right: str) -> ValueError:
        """Return the error that says what stands somewhere, and what should."""
        return ValueError(f"{self.place(name)} is {self.row.get(name)!r}, where {right} is right")

    def allow(self, *names: str) -> None:
        """Refuse all other names."""
        for name in self.row:
            if name not in names:
                raise ValueError(f"{self.place(name)}: the model does not know what this is")

    def text(self, name: str, default: str | None = None) -> str:
        """Return a text; without a default there has to be one."""
        value = self.row.get(name)
        if value is None and default is not None:
            return default
        if not isinstance(value, str):
            raise self.wrong(name, "a text")
        return value

    def optional_text(self, name: str) -> str | None:
        """Return a text, or None where there is none."""
        return None if self.row.get(name) is None else self.text(name)

    def choice(self, name: str, choices: Collection[Choice], default: Choice | None = None) -> Choice:
        """Return one of several texts."""
        given = self.text(name, default)
        for choice in choices:
            if choice == given:
                return choice
        raise self.wrong(name, f"one of {', '.join(choices)}")

    def phone_number(self, name: str) -> str:
        """Return a phone number."""
        number = self.text(name)
        if not is_phone_number(number):
            raise self.wrong(name, "a phone number in E.164 form")
        return number

    def flag(self, name: str) -> bool:
        """Return a truth value, which may be written as text; by default False."""
        value = self.row.get(name)
        if value in (None, False, "false"):
            return False
        if value in (True, "true"):
            return True
        raise self.wrong(name, "true or false")

    def seconds(self, name: str, default: float) -> float:
        """Return a number of seconds, which may be written as text."""
        value = self.row.get(name)
        try:
            return default if value is None else float(str(value))
        except ValueError:
            raise self.wrong(name, "a number of seconds") from None

    def moment(self, name: str) -> datetime | None:
        """Return a time, or None where there is none; a reader of YAML may have made it one already."""
        value = self.row.get(name)
        if value is None:
            return None
        try:
            moment = datetime.fromisoformat(str(value))
        except ValueError:
            moment = None
        if moment is None or moment.tzinfo is None:
            raise self.wrong(name, "a time with a zone")
        return moment

    def part(self, name: str) -> "Part":
        """Return a mapping, an empty one where there is none."""
        return _part(self.row.get(name), self.place(name))

    def items(self, name: str) -> list[tuple[str, object]]:
        """Return what is in a list, each with its place."""
        value = self.row.get(name)
        if value is not None and not isinstance(value, list | tuple):
            raise self.wrong(name, "a list")
        items: Iterable[object] = value or ()
        return [(f"{self.place(name)}[{index}]", item) for index, item in enumerate(items)]

    def parts(self, name: str) -> list["Part"]:
        """Return the mappings in a list."""
        return [_part(item, at) for at, item in self.items(name)]

    def numbers(self, name: str) -> list["Part"]:
        """Return the phone numbers in a list; a bare one is made the mapping that it stands for."""
        items = self.items(name)
        return [_part({"number": item} if isinstance(item, str) else item, at) for at, item in items]


def _part(value: object, at: str) -> Part:
    if isinstance(value, Mapping):
        return Part(value, at)
    if value is None:
        return Part({}, at)
    raise ValueError(f"{at} is {value!r}, where a mapping is right")
