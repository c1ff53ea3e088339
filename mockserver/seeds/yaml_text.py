"""YAML text to plain data, with YAML's traps closed.

Scalars stay the text that was written (`NO`, `012`, `12:30`, `+14155550100`), but for an unquoted null; what a field
makes of its text is the field's affair. Tags are refused, so nothing but text, lists and mappings can come out. Size,
depth and aliases are bounded. The stream of events is read directly: it is the fastest way through libyaml, and
positions, which only a mistake needs, are looked up afterwards.
"""

from collections.abc import Iterator

import yaml

from mockserver.seeds.mistakes import Mistake, Path, SeedError

MAX_BYTES = 32 * 1024 * 1024
MAX_DEPTH = 32
MAX_ALIASED_NODES = 100_000
_NULLS = frozenset({"", "~", "null", "Null", "NULL"})

Data = str | None | list["Data"] | dict[str, "Data"]

_Loader: type[yaml.CSafeLoader] | type[yaml.SafeLoader] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def parse(text: str, source: str) -> Data:
    """Return the data of one YAML document; raises SeedError with every mistake that YAML itself can hold."""
    if len(text.encode(errors="surrogatepass")) > MAX_BYTES:
        raise SeedError(source, [Mistake((), f"larger than the {MAX_BYTES // 2**20} MiB that are allowed")])
    reader = _Reader(source)
    try:
        data = reader.document(_events(text))
    except yaml.MarkedYAMLError as error:
        raise SeedError(source, [_syntax_mistake(error)]) from None
    except yaml.reader.ReaderError as error:
        what = f"character U+{error.character:04X} at offset {error.position} is not allowed in YAML"
        raise SeedError(source, [Mistake((), what)]) from None
    if reader.mistakes:
        raise SeedError(source, reader.mistakes)
    return data


def locate(text: str, mistakes: list[Mistake]) -> list[Mistake]:
    """Return the mistakes with line and column in `text`, which has been parsed before."""
    root = yaml.compose(text, Loader=_Loader)
    return [_located(root, mistake) for mistake in mistakes]


def _events(text: str) -> Iterator[yaml.Event]:
    return iter(yaml.parse(text, Loader=_Loader))


def _syntax_mistake(error: yaml.MarkedYAMLError) -> Mistake:
    mark = error.problem_mark or error.context_mark
    what = f"not valid YAML: {error.problem or error.context}"
    if mark is None:
        return Mistake((), what)
    return Mistake((), what, line=mark.line + 1, column=mark.column + 1)


class _Reader:
    """Builds data from events and collects mistakes; only what cannot be read past is raised."""

    def __init__(self, source: str) -> None:
        self.mistakes: list[Mistake] = []
        self._source = source
        self._anchors: dict[str, tuple[Data, int]] = {}
        self._nodes = 0
        self._aliased = 0

    def document(self, events: Iterator[yaml.Event]) -> Data:
        data: Data = None
        documents = 0
        for event in events:
            if isinstance(event, yaml.DocumentStartEvent):
                documents += 1
                if documents > 1:
                    self._refuse((), event, "a second document: a seed is one YAML document")
                    return data
                data = self._node(next(events), events, ())
        return data

    def _node(self, event: yaml.Event, events: Iterator[yaml.Event], path: Path) -> Data:
        self._nodes += 1
        first = self._nodes
        if type(event) is yaml.AliasEvent:
            return self._alias(event, path)
        assert isinstance(event, yaml.NodeEvent)
        tag = getattr(event, "tag", None)
        if tag is not None:
            self._refuse(path, event, f"the tag {tag} is not allowed: a seed has no tags")
        if len(path) > MAX_DEPTH:
            mistake = Mistake((), f"nested deeper than the {MAX_DEPTH} levels that are allowed")
            raise SeedError(self._source, [_at(event, mistake)])
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
        for event in events:
            if type(event) is yaml.SequenceEndEvent:
                break
            items.append(self._node(event, events, (*path, len(items))))
        return items

    def _mapping(self, events: Iterator[yaml.Event], path: Path) -> Data:
        mapping: dict[str, Data] = {}
        for event in events:
            if type(event) is yaml.MappingEndEvent:
                break
            if type(event) is not yaml.ScalarEvent:
                self._refuse(path, event, "a key must be text")
                if type(event) is not yaml.AliasEvent:
                    self._node(event, events, path)
                self._node(next(events), events, path)
                continue
            key = event.value
            if key in mapping:
                self._refuse((*path, key), event, "given twice")
            mapping[key] = self._node(next(events), events, (*path, key))
        return mapping

    def _alias(self, event: yaml.AliasEvent, path: Path) -> Data:
        name = event.anchor
        if name not in self._anchors:
            self._refuse(path, event, f"*{name} has no complete anchor &{name} before it")
            return None
        data, size = self._anchors[name]
        self._aliased += size
        self._nodes += size
        if self._aliased > MAX_ALIASED_NODES:
            mistake = Mistake((), f"aliases stand for more than {MAX_ALIASED_NODES:,} values, which is not allowed")
            raise SeedError(self._source, [_at(event, mistake)])
        return data

    def _refuse(self, path: Path, event: yaml.Event, what: str) -> None:
        self.mistakes.append(_at(event, Mistake(path, what)))


def _at(event: yaml.Event, mistake: Mistake) -> Mistake:
    mark = event.start_mark
    assert mark is not None, "libyaml marks every event"
    return Mistake(mistake.path, mistake.what, line=mark.line + 1, column=mark.column + 1)


def _located(root: yaml.Node | None, mistake: Mistake) -> Mistake:
    node = root
    for depth, step in enumerate(mistake.path, start=1):
        if isinstance(node, yaml.MappingNode):
            found = next((pair for pair in node.value if pair[0].value == step), None)
            if found is None:
                break
            node = found[0] if mistake.at_key and depth == len(mistake.path) else found[1]
        elif isinstance(node, yaml.SequenceNode) and isinstance(step, int) and step < len(node.value):
            node = node.value[step]
        else:
            break
    if node is None:
        return Mistake(mistake.path, mistake.what, line=1, column=1)
    mark = node.start_mark
    return Mistake(mistake.path, mistake.what, line=mark.line + 1, column=mark.column + 1)
