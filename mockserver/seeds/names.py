"""Name check of a seed: ids that are used twice, references to nothing, owners that do not match."""

from collections.abc import Collection, Mapping
from typing import NamedTuple

from mockserver.seeds.problems import Path, Problems
from mockserver.state import catalogue
from mockserver.state.catalogue import RecordType
from mockserver.state.schema import Column, by_type, columns
from mockserver.values.kinds import ListOf
from mockserver.values.text import dotted, nearest, quoted

Mapped = Mapping[str, object]


class _Named(NamedTuple):
    """Records that something in a seed may refer to: what each of them is, and their names."""

    noun: str
    names: Collection[str]


Known = Mapping[str, _Named]


class NameCheck:
    """Adds a problem for each name that is used twice, or leads to nothing."""

    def __init__(self, problems: Problems) -> None:
        self._problems = problems
        self._used: dict[tuple[str, str], dict[str, Path]] = {}  # by noun and owner

    def file(self, data: object) -> None:
        """Check the records of a whole seed."""
        for root in catalogue.roots():
            self._rows(root, (), data, {}, {}, {})

    def _rows(
        self, declared: RecordType, at: Path, around: object, owners: Known, siblings: Known, outer: Known
    ) -> None:
        """Check the rows of a table that stand in the mapping `around`, which is at `at`.

        `owners` are the records that own them, by the attributes of their keys; `siblings` are all records of the same
        owner, by table, and `outer` is the one that the rows stand under.
        """
        table = declared.TABLE
        keys = catalogue.key_columns(declared)
        scope = next(iter(owners[keys[0].attribute].names), "") if len(keys) > 1 else ""
        used = self._used.setdefault((table.noun, scope), {})
        for index, row in enumerate(_items(around, table.key_in_seeds)):
            here = (*at, table.key_in_seeds, index)
            if isinstance(row, str) and table.bare:
                self._use(declared, row, here, used)
            elif isinstance(row, dict):
                for key in _names(declared):
                    for name in _texts(row, key):
                        self._use(declared, name, (*here, key), used)
                self._row(declared, here, row, owners, siblings, outer)

    def _use(self, declared: RecordType, name: str, at: Path, used: dict[str, Path]) -> None:
        first = used.setdefault(name, at)
        if first is not at:
            key = catalogue.id_column(declared)
            subject = f"this {key.seed}" if key.secret else quoted(name)
            self._problems.add(at, f"{subject} is already used by the {declared.TABLE.noun} at {dotted(first)}")

    def _row(self, declared: RecordType, here: Path, row: Mapped, owners: Known, siblings: Known, outer: Known) -> None:
        for column in catalogue.owner_columns(declared) if declared.TABLE.pasted else ():
            self._check_enclosing(here, row, column, owners[column.attribute])
        for column in filter(lambda it: it.refers, columns(declared)):
            if column.refers in outer:
                self._check_enclosing(here, row, column, outer[column.refers])
                continue
            noun, names = siblings[column.refers]
            for at, name in _texts_at(row, column):
                if name not in names:
                    owner = catalogue.record_type(declared.TABLE.owner).TABLE.noun
                    what = f"is not {'an' if noun[0] in 'aeiou' else 'a'} {noun} of this {owner}"
                    self._report((*here, *at), name, what, names)
        if catalogue.owned_by(declared):
            self._below(declared, here, row, owners)

    def _below(self, declared: RecordType, here: Path, row: Mapped, owners: Known) -> None:
        """Check the rows of all that a record owns."""
        named = _Named(declared.TABLE.noun, _texts(row, *_names(declared)))
        owners = {**owners, catalogue.id_column(declared).attribute: named}
        owned = catalogue.owned_by(declared)
        siblings = {it.TABLE.name: _Named(it.TABLE.noun, _names_in(row, it)) for it in owned}
        for child in owned:
            if child.TABLE.nested:
                outer = catalogue.record_type(child.TABLE.nested)
                for at, part in _mappings(row, outer.TABLE.key_in_seeds):
                    enclosing = {outer.TABLE.name: _Named(outer.TABLE.noun, _texts(part, *_names(outer)))}
                    self._rows(child, (*here, *at), part, owners, siblings, enclosing)
            self._rows(child, here, row, owners, siblings, {})

    def _check_enclosing(self, at: Path, row: Mapped, column: Column, enclosing: _Named) -> None:
        """Report a name, as a pasted answer has it, that is not one of the enclosing record's."""
        for name in _texts(row, column.seed):
            if enclosing.names and name not in enclosing.names:
                what = f"does not match the enclosing {enclosing.noun}"
                self._report((*at, column.seed), name, what, enclosing.names)

    def _report(self, at: Path, name: str, what: str, known: Collection[str]) -> None:
        self._problems.add(at, f"{quoted(name)} {what}; {nearest(name, known)}")


@by_type
def _names(declared: RecordType) -> tuple[str, ...]:
    """Return the keys of a record's id and of its second names."""
    return (catalogue.id_column(declared).seed, *(column.seed for column in columns(declared) if column.alias))


def _names_in(row: Mapped, declared: RecordType) -> dict[str, None]:
    parts = _mappings(row, declared.TABLE.key_in_seeds)
    return {name: None for _, part in parts for name in _texts(part, *_names(declared))}


def _items(row: object, key: str) -> list[object]:
    items = row.get(key) if isinstance(row, dict) else None
    return items if isinstance(items, list) else []


def _mappings(row: object, key: str) -> list[tuple[Path, Mapped]]:
    return [((key, index), item) for index, item in enumerate(_items(row, key)) if isinstance(item, dict)]


def _texts(row: Mapped, *keys: str) -> list[str]:
    return [name for key in keys if isinstance(name := row.get(key), str)]


def _texts_at(row: Mapped, column: Column) -> list[tuple[Path, str]]:
    """Return the names in a column of a row, each with the path to it."""
    if isinstance(column.kind, ListOf):
        named = enumerate(_items(row, column.seed))
        return [((column.seed, index), name) for index, name in named if isinstance(name, str)]
    return [((column.seed,), name) for name in _texts(row, column.seed)]
