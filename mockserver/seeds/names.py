"""Name check of a seed: ids that are used twice, references to nothing, owners that do not match."""

from collections.abc import Collection, Mapping
from typing import NamedTuple

from mockserver.seeds.problems import Path, Problem, TooManyProblemsError, dotted, nearest, quoted
from mockserver.seeds.yaml_text import MAX_PROBLEMS
from mockserver.state import catalogue
from mockserver.state.catalogue import RecordType
from mockserver.state.schema import Column, Nested, by_type, columns
from mockserver.values.kinds import ListOf

Mapped = Mapping[str, object]
Names = Mapping[str, Collection[str]]


class _Reference(NamedTuple):
    """A key of a seed by which a record names others: of which table, and what these are."""

    key: str
    several: bool
    table: str
    what: str


class _Plan(NamedTuple):
    """What is looked at in each row of a table."""

    declared: RecordType
    seed: str
    noun: str
    keys: tuple[str, ...]
    secret: str
    scope: str
    owners: tuple[tuple[str, str, str], ...]
    references: tuple[_Reference, ...]
    owned: tuple[RecordType, ...]


class NameCheck:
    """Collects the names of a seed's records, and the problems with them."""

    def __init__(self) -> None:
        self._used: dict[tuple[str, str], dict[str, Path]] = {}  # by noun and owner
        self._problems: list[Problem] = []

    def problems_in(self, data: object) -> list[Problem]:
        """Return the problems between the records of a seed."""
        try:
            for root in catalogue.roots():
                self._rows(_plan(root), (), data, {}, {}, {})
        except TooManyProblemsError as error:
            self._problems.append(Problem((), str(error)))
        return self._problems

    def _rows(self, plan: _Plan, at: Path, around: object, owners: Names, known: Names, outer: Names) -> None:
        """Check the rows of a table that stand in the mapping `around`, which is at `at`.

        `owners` are the names of the records that own them, by the attributes of the keys; `known` are the names that
        records of the same owner have, by table, and `outer` are those of the record that the rows stand under.
        """
        used = self._used.setdefault((plan.noun, next(iter(owners[plan.scope]), "") if plan.scope else ""), {})
        bare, seed = plan.declared.TABLE.bare, plan.seed
        for index, row in enumerate(_items(around, seed)):
            here = (*at, seed, index)
            if isinstance(row, str):
                if bare and (first := used.setdefault(row, here)) is not here:
                    self._add(_repeated(plan, row, here, first))
            elif isinstance(row, dict):
                for key in plan.keys:
                    for name in _texts(row, key):
                        at_key = (*here, key)
                        if (first := used.setdefault(name, at_key)) is not at_key:
                            self._add(_repeated(plan, name, at_key, first))
                self._row(plan, here, row, owners, known, outer)

    def _row(self, plan: _Plan, here: Path, row: Mapped, owners: Names, known: Names, outer: Names) -> None:
        for attribute, key, noun in plan.owners:
            self._check_owner(here, row, key, owners[attribute], f"does not match the enclosing {noun}")
        for key, several, table, what in plan.references:
            if table in outer:
                noun = catalogue.record_type(table).TABLE.noun
                self._check_owner(here, row, key, outer[table], f"does not match the enclosing {noun}")
            else:
                for index, given in enumerate(_items(row, key) if several else [row.get(key)]):
                    if isinstance(given, str) and given not in known[table]:
                        self._report((*here, key, index) if several else (*here, key), given, what, known[table])
        self._values(plan.declared, here, row)
        if plan.owned:
            self._below(plan, here, row, owners)

    def _below(self, plan: _Plan, here: Path, row: Mapped, owners: Names) -> None:
        """Check the rows of all that a record owns."""
        key = catalogue.id_column(plan.declared).attribute
        owners = {**owners, key: _texts(row, *plan.keys)}
        plans = [_plan(declared) for declared in plan.owned]
        known = {
            it.declared.TABLE.name: dict.fromkeys(
                name for _, part in _mappings(row, it.seed) for name in _texts(part, *it.keys)
            )
            for it in plans
        }
        for child in plans:
            if child.declared.TABLE.nested:
                outer = _plan(catalogue.record_type(child.declared.TABLE.nested))
                for at, part in _mappings(row, outer.seed):
                    names = {outer.declared.TABLE.name: _texts(part, *outer.keys)}
                    self._rows(child, (*here, *at), part, owners, known, names)
            self._rows(child, here, row, owners, known, {})

    def _values(self, declared: type, at: Path, data: Mapped) -> None:
        """Check the keys in the lists of a record that are declared values."""
        for column in _nested(declared):
            parts = data.get(column.seed)
            if isinstance(column.kind, Nested):
                if isinstance(parts, dict):
                    self._values(column.kind.declared, (*at, column.seed), parts)
                continue
            assert isinstance(column.kind, ListOf)
            assert isinstance(column.kind.item, Nested)
            inner = column.kind.item.declared
            key = next((it.seed for it in columns(inner) if it.key), "")
            used: dict[str, Path] = {}
            for step, part in _mappings(data, column.seed):
                here = (*at, *step)
                for name in _texts(part, key):
                    if (first := used.setdefault(name, (*here, key))) != (*here, key):
                        self._add(Problem((*here, key), f"{quoted(name)} is already used at {dotted(first)}"))
                self._values(inner, here, part)

    def _check_owner(self, at: Path, row: Mapped, key: str, names: Collection[str], what: str) -> None:
        """Report an owner, as a pasted answer names it, that differs from the enclosing one."""
        for name in _texts(row, key):
            if names and name not in names:
                self._report((*at, key), name, what, names)

    def _report(self, at: Path, name: str, what: str, known: Collection[str]) -> None:
        self._add(Problem(at, f"{quoted(name)} {what}; {nearest(name, known)}"))

    def _add(self, problem: Problem) -> None:
        if len(self._problems) == MAX_PROBLEMS:
            raise TooManyProblemsError(f"more than the {MAX_PROBLEMS:,} such problems that are listed")
        self._problems.append(problem)


@by_type
def _plan(declared: RecordType) -> _Plan:
    table = declared.TABLE
    keys = catalogue.key_columns(declared)
    owners = catalogue.owners_of(declared)
    owner_columns = catalogue.owner_columns(declared) if table.pasted else ()
    return _Plan(
        declared=declared,
        seed=table.key_in_seeds,
        noun=table.noun,
        keys=(keys[-1].seed, *(column.seed for column in columns(declared) if column.alias)),
        secret=keys[-1].seed if keys[-1].secret else "",
        scope=keys[0].attribute if len(keys) > 1 else "",
        owners=tuple((column.attribute, column.seed, _owner_noun(column, owners)) for column in owner_columns),
        references=tuple(
            _Reference(column.seed, isinstance(column.kind, ListOf), column.refers, _missing(column, owners[0]))
            for column in columns(declared)
            if column.refers
        ),
        owned=catalogue.owned_by(declared),
    )


def _repeated(plan: _Plan, name: str, at: Path, first: Path) -> Problem:
    subject = f"this {plan.secret}" if plan.secret else quoted(name)
    return Problem(at, f"{subject} is already used by the {plan.noun} at {dotted(first)}")


def _owner_noun(column: Column, owners: tuple[RecordType, ...]) -> str:
    return next(it.TABLE.noun for it in owners if catalogue.id_column(it).attribute == column.attribute)


def _missing(column: Column, owner: RecordType) -> str:
    noun = catalogue.record_type(column.refers).TABLE.noun
    return f"is not {'an' if noun[0] in 'aeiou' else 'a'} {noun} of this {owner.TABLE.noun}"


@by_type
def _nested(declared: type) -> tuple[Column, ...]:
    return tuple(
        it for it in columns(declared) if isinstance(it.kind.item if isinstance(it.kind, ListOf) else it.kind, Nested)
    )


def _items(row: object, key: str) -> list[object]:
    items = row.get(key) if isinstance(row, dict) else None
    return items if isinstance(items, list) else []


def _mappings(row: object, key: str) -> list[tuple[Path, Mapped]]:
    return [((key, index), item) for index, item in enumerate(_items(row, key)) if isinstance(item, dict)]


def _texts(row: Mapped, *keys: str) -> list[str]:
    return [name for key in keys if isinstance(name := row.get(key), str)]
