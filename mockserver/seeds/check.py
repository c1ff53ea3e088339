"""Seed check: what is wrong in the shape of a seed, and between its records."""

from collections.abc import Mapping

from mockserver.seeds.names import NameCheck
from mockserver.seeds.problems import MAX_PROBLEMS, Path, Problem, Problems, TooManyProblemsError
from mockserver.seeds.schema import Shape, seed_file
from mockserver.values.kinds import Choice, Kind, ListOf, MapOf
from mockserver.values.text import MAX_SHOWN, nearest, printable, shown


def problems_in(data: object) -> list[Problem]:
    """Return the problems in the data of a seed; an empty list means that it can be built.

    Where there are more than are listed, the last one says so, and nothing was checked any further.
    """
    problems = Problems()
    try:
        _ShapeCheck(problems).mapping(seed_file(), data, ())
        NameCheck(problems).file(data)
    except TooManyProblemsError:
        problems.append(Problem((), f"more than {MAX_PROBLEMS} problems: what follows is not checked"))
    return problems


class _ShapeCheck:
    """Adds a problem for each value that is not of the kind that the schema says."""

    def __init__(self, problems: Problems) -> None:
        self._add = problems.add

    def mapping(self, shape: Shape, data: object, path: Path) -> None:
        if shape.bare and not isinstance(data, dict):
            data = {shape.bare: data}
        if not isinstance(data, dict):
            expected = "a mapping" if path else "a mapping with the key accounts"
            self._add(path, f"expected {expected}, not {_named(data, shape.secret)}")
            return
        for name, value in data.items():
            known = shape.keys.get(name)
            if known is None:
                self._unknown_key(name, shape.keys, path)
            elif value is not None or not known.nullable:
                self._value(known.kind, value, (*path, name), known.secret)
        for name in shape.required:
            if name not in data:
                self._add(path, f"{name} is missing")

    def _value(self, kind: Kind, value: object, path: Path, secret: str = "") -> None:
        if isinstance(kind, Shape):
            self.mapping(kind, value, path)
        elif isinstance(kind, ListOf):
            if isinstance(value, list):
                for index, item in enumerate(value):
                    self._value(kind.item, item, (*path, index))
            else:
                self._add(path, f"expected a list, not {_named(value, secret)}")
        elif isinstance(kind, MapOf):
            if isinstance(value, dict):
                for name, item in value.items():
                    self._key(kind.keys, name, path)
                    self._value(kind.item, item, (*path, name))
            else:
                self._add(path, f"expected a mapping, not {_named(value, secret)}")
        else:
            try:
                kind.check(value)
            except ValueError as error:
                self._add(path, f"{_named(value, secret)} {error}")

    def _key(self, kind: Kind, name: object, path: Path) -> None:
        if isinstance(kind, Choice):
            if name not in kind.choices:
                self._unknown_key(name, dict.fromkeys(kind.choices), path)
            return
        try:
            kind.check(name)
        except ValueError as error:
            self._add((*path, str(name)), f"{shown(name)} {error}", at_key=True)

    def _unknown_key(self, name: object, known: Mapping[str, object], path: Path) -> None:
        if isinstance(name, str):
            hint = nearest(name, sorted(known))
            self._add((*path, name), f"unknown key {printable(name, MAX_SHOWN)}; {hint}", at_key=True)
        else:
            self._add((*path, name if isinstance(name, int) else str(name)), "a key must be text", at_key=True)


def _named(value: object, secret: str) -> str:
    """Return what a message calls a value."""
    return f"this {secret}" if secret and not isinstance(value, dict | list | None) else shown(value)
