"""YAML reader: text to plain data, with YAML's pitfalls disabled.

Scalars stay the text that was written (`NO`, `012`, `12:30`, `+14155550100`), but for an unquoted null; each field
parses its own text. Tags are refused, so nothing but text, lists and mappings can come out. Size, depth, values and
aliases are bounded. The stream of events is read directly: it is the fastest way through libyaml, and positions, which
only a problem needs, are looked up afterwards.
"""

import re
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import replace
from typing import NoReturn

import yaml

from mockserver.seeds.problems import MAX_PROBLEMS, Path, Problem, SeedError
from mockserver.values.text import MAX_SHOWN, printable

MAX_BYTES = 8 * 1024 * 1024
MAX_DEPTH = 32
MAX_VALUES = 300_000
MAX_ALIASED_NODES = 100_000
_NULLS = frozenset({"", "~", "null", "Null", "NULL"})
_FORBIDDEN = re.compile("[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")

Data = str | None | list["Data"] | dict[str, "Data"]

Place = tuple[int, int]

_Loader: "type[yaml.CSafeLoader | yaml.SafeLoader]" = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def decode(raw: bytes, source: str) -> str:
    """Return the text of a file; raises SeedError for one that is too large or not UTF-8."""
    _bound(len(raw), source)
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError as error:
        before = raw[: error.start].decode("utf-8")
        what = f"not UTF-8: the byte 0x{raw[error.start]:02X} is not allowed here"
        raise SeedError(source, [_after(before, what)]) from None


def parse(text: str, source: str) -> tuple[Data, list[Problem]]:
    """Return the data of one YAML document, and what YAML forbids in it; raises SeedError if it cannot be read on."""
    _bound(len(text), source)
    reader = _Reader()
    try:
        data = reader.document(_events(text))
    except _EndOfReadingError:
        raise SeedError(source, reader.problems) from None
    except (yaml.YAMLError, UnicodeEncodeError) as error:
        raise SeedError(source, [*reader.problems, _last_problem(text, error)]) from None
    return data, reader.problems


def locate(text: str, problems: list[Problem]) -> list[Problem]:
    """Return the problems with line and column in `text`, which has been parsed before."""
    reader = _Reader(wanted=(problem.path for problem in problems))
    with suppress(_EverythingLocatedError):
        reader.document(_events(text))
    return [reader.located(problem) for problem in problems]


def _bound(size: int, source: str) -> None:
    if size > MAX_BYTES:
        raise SeedError(source, [Problem((), f"larger than the {MAX_BYTES // 2**20} MiB that are allowed")])


def _events(text: str) -> Iterator[yaml.Event]:
    return iter(_Loader(text).get_event, None)  # yaml.parse asks for each event twice


def _last_problem(text: str, error: Exception) -> Problem:
    if isinstance(error, yaml.MarkedYAMLError):
        what = f"not valid YAML: {error.problem}"
        mark = error.problem_mark
        assert mark is not None, "libyaml marks every error"
        start = error.context_mark
        if start is not None and start.line < mark.line:
            what += f" ({error.context} that starts on line {start.line + 1})"
        return Problem((), what, line=mark.line + 1, column=mark.column + 1)
    found = _FORBIDDEN.search(text)
    assert found is not None, "libyaml refuses no other characters"
    return _after(text[: found.start()], f"the character U+{ord(found[0]):04X} is not allowed in YAML")


class _EndOfReadingError(Exception):
    """The last problem is one after which nothing more is read."""


class _EverythingLocatedError(Exception):
    """All wanted places are known; nothing more has to be read."""


class _Reader:
    """Builds data from events, and collects problems and the places of `wanted` paths."""

    def __init__(self, wanted: Iterable[Path] = ()) -> None:
        self.problems: list[Problem] = []
        self._wanted = {path[:length] for path in wanted for length in range(len(path) + 1)}
        self._keys: dict[Path, Place] = {}
        self._values: dict[Path, Place] = {}
        self._anchors: dict[str, tuple[Data, int]] = {}
        self._nodes = 0  # those that aliases stand for included
        self._aliased = 0

    def document(self, events: Iterator[yaml.Event]) -> Data:
        data: Data = None
        documents = 0
        for event in events:
            if isinstance(event, yaml.DocumentStartEvent):
                documents += 1
                if documents > 1:
                    self._refuse((), event, "a second document starts here: a seed is one YAML document")
                    return data
                data = self._node(next(events), events, ())
        return data

    def located(self, problem: Problem) -> Problem:
        """Return a problem with its place: that of its path, or of the nearest thing around it."""
        path = problem.path
        if problem.at_key and path in self._keys:
            return _at(self._keys[path], problem)
        around = (path[:length] for length in range(len(path), -1, -1))
        return _at(next((self._values[it] for it in around if it in self._values), (1, 1)), problem)

    def _node(self, event: yaml.Event, events: Iterator[yaml.Event], path: Path) -> Data:
        self._nodes += 1
        first = self._nodes
        if self._nodes - self._aliased > MAX_VALUES:
            self._stop(event, f"more than the {MAX_VALUES:,} values that are allowed")
        if path in self._wanted:
            self._values[path] = _place(event)
            if len(self._values) == len(self._wanted):
                raise _EverythingLocatedError
        if type(event) is yaml.AliasEvent:
            return self._alias(event, path)
        assert isinstance(event, yaml.NodeEvent)
        self._refuse_tag(event, path)
        if len(path) > MAX_DEPTH:
            self._stop(event, f"nested deeper than the {MAX_DEPTH} levels that are allowed")
        data: Data
        if type(event) is yaml.ScalarEvent:
            plain = event.implicit[0]
            data = None if plain and event.value in _NULLS else event.value
        elif type(event) is yaml.SequenceStartEvent:
            data = self._sequence(events, path)
        else:
            data = self._mapping(events, path)
        if event.anchor is not None:
            self._anchors[event.anchor] = (data, self._nodes - first + 1)
        return data

    def _sequence(self, events: Iterator[yaml.Event], path: Path) -> Data:
        items: list[Data] = []
        while type(event := next(events)) is not yaml.SequenceEndEvent:
            items.append(self._node(event, events, (*path, len(items))))
        return items

    def _mapping(self, events: Iterator[yaml.Event], path: Path) -> Data:
        mapping: dict[str, Data] = {}
        while type(event := next(events)) is not yaml.MappingEndEvent:
            if type(event) is not yaml.ScalarEvent:
                self._stop(event, "a key must be text, not an alias, a list or a mapping", path)
            key = event.value
            here = (*path, key)
            self._refuse_tag(event, here)
            if event.anchor is not None:
                self._anchors[event.anchor] = (key, 1)
            if key in mapping:
                self._refuse(here, event, "given twice; a mapping may have a key only once", at_key=True)
            if here in self._wanted:
                self._keys[here] = _place(event)
            mapping[key] = self._node(next(events), events, here)
        return mapping

    def _alias(self, event: yaml.AliasEvent, path: Path) -> Data:
        name = event.anchor or ""
        if name not in self._anchors:
            shown = printable(name, MAX_SHOWN)
            self._refuse(path, event, f"*{shown} has no complete anchor &{shown} before it")
            return None
        data, size = self._anchors[name]
        self._aliased += size
        self._nodes += size
        if self._aliased > MAX_ALIASED_NODES:
            self._stop(event, f"aliases stand for more than the {MAX_ALIASED_NODES:,} values that are allowed")
        return data

    def _refuse_tag(self, event: yaml.NodeEvent, path: Path) -> None:
        tag = getattr(event, "tag", None)
        if tag is not None:
            shorthand = tag.replace("tag:yaml.org,2002:", "!!")
            self._refuse(path, event, f"the tag {printable(shorthand, MAX_SHOWN)} is not allowed: a seed has no tags")

    def _refuse(self, path: Path, event: yaml.Event, what: str, *, at_key: bool = False) -> None:
        if len(self.problems) == MAX_PROBLEMS:
            self._stop(event, f"more than {MAX_PROBLEMS:,} problems: what follows is not read")
        self.problems.append(_at(_place(event), Problem(path, what, at_key)))

    def _stop(self, event: yaml.Event, what: str, path: Path = ()) -> NoReturn:
        self.problems.append(_at(_place(event), Problem(path, what)))
        raise _EndOfReadingError


def _place(event: yaml.Event) -> Place:
    mark = event.start_mark
    assert mark is not None, "libyaml marks every event"
    return mark.line + 1, mark.column + 1


def _at(place: Place, problem: Problem) -> Problem:
    line, column = place
    return replace(problem, line=line, column=column)


def _after(text: str, what: str) -> Problem:
    return Problem((), what, line=text.count("\n") + 1, column=len(text) - text.rfind("\n"))
