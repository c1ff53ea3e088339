"""Schema of a seed file, made from the declarations: the check by it, and the JSON Schema for editors."""

from collections.abc import Iterator, Mapping
from functools import cache
from inspect import getdoc
from typing import NamedTuple

from mockserver.seeds.names import NameCheck
from mockserver.seeds.problems import MAX_PROBLEMS, Path, Problem, Problems, TooManyProblemsError
from mockserver.state import catalogue
from mockserver.state.catalogue import RecordType
from mockserver.state.rules import Rules
from mockserver.state.schema import Nested, Record, by_type, columns
from mockserver.values.kinds import COUNT, FLAG, Choice, Kind, ListOf, MapOf
from mockserver.values.text import MAX_SHOWN, nearest, printable, shown


class Key(NamedTuple):
    """A key of a mapping, and what its value may be; `secret` is what a message calls a value that it must not show."""

    kind: Kind
    doc: str
    required: bool = False
    nullable: bool = True
    default: object = None
    secret: str = ""


class Shape(Kind):
    """A mapping with known keys, or else nothing but the value of the key `bare`."""

    def __init__(self, name: str, doc: str, keys: Mapping[str, Key], *, bare: str = "", secret: str = "") -> None:
        reference = {"$ref": f"#/$defs/{name}Seed"}
        super().__init__({"anyOf": [reference, keys[bare].kind.schema]} if bare else reference, "mapping", "a mapping")
        self.name, self.doc, self.keys, self.bare, self.secret = name, doc, keys, bare, secret
        self.required = [key for key, known in keys.items() if known.required]


@by_type
def shape_of(declared: type) -> Shape:
    """Return the shape of a record, or of another declared value, with all that a seed has below it."""
    found = list(columns(declared))
    owners: tuple[object, ...] = ()
    rows: dict[str, Key] = {}
    bare = ""
    if issubclass(declared, Record):
        table = declared.TABLE
        owners = catalogue.owner_columns(declared)
        left_out = (*(() if table.pasted else owners), *(catalogue.key_columns(declared) if table.keyed else ()))
        found = [column for column in found if column not in left_out]
        bare = catalogue.id_column(declared).seed if table.bare else ""
        rows = {it.TABLE.key_in_seeds: _rows(it, it.TABLE.doc) for it in catalogue.owned_by(declared)}
        rows |= {it.TABLE.key_in_seeds: _rows(it, it.TABLE.nested_doc) for it in catalogue.nested_in(declared)}
    keys = {}
    for column in found:
        required = column.required and column not in owners
        default = column.default if isinstance(column.default, str | bool | float) else None
        secret = column.seed if column.secret else ""
        nullable = column.nullable and not required
        keys[column.seed] = Key(_kind(column.kind), column.doc, required, nullable, default, secret)
        if column.shorthand is not None:
            keys[column.shorthand.name] = Key(FLAG, column.shorthand.doc)
    secrets = (column.seed for column in found if column.secret)
    return Shape(declared.__name__, getdoc(declared) or "", {**keys, **rows}, bare=bare, secret=next(secrets, ""))


def _kind(kind: Kind) -> Kind:
    if isinstance(kind, Nested):
        return shape_of(kind.declared)
    return ListOf(_kind(kind.item), kind.collect) if isinstance(kind, ListOf) else kind


def _rows(declared: RecordType, doc: str) -> Key:
    """Return the key of the list, or of the mapping by key, that holds the rows of a table."""
    shape, required = shape_of(declared), declared.TABLE.required
    kind = MapOf(catalogue.id_column(declared).kind, shape) if declared.TABLE.keyed else ListOf(shape, tuple)
    return Key(kind, doc, required=required, nullable=not required, secret=shape.secret)


@cache
def seed_file() -> Shape:
    """Return the shape of a whole seed."""
    minted = {
        it.TABLE.name: Key(COUNT, f"How many ids of {it.TABLE.many} were made.")
        for it in catalogue.record_types()
        if it.TABLE.minted
    }
    made = Shape("Minted", "How many ids were made before the state was saved, so that none is made again.", minted)
    keys = {
        **{root.TABLE.key_in_seeds: _rows(root, root.TABLE.doc) for root in catalogue.roots()},
        **shape_of(Rules).keys,
        "minted": Key(made, "What a saved state says of ids; a seed written by hand needs none."),
    }
    return Shape("File", "A whole seed: the accounts of a world, and how it behaves.", keys)


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
        elif isinstance(kind, ListOf) and isinstance(value, list):
            for index, item in enumerate(value):
                self._value(kind.item, item, (*path, index))
        elif isinstance(kind, MapOf) and isinstance(value, dict):
            for name, item in value.items():
                self._key(kind.keys, name, path)
                self._value(kind.item, item, (*path, name))
        elif isinstance(kind, ListOf | MapOf):
            self._add(path, f"expected {kind.expected}, not {_named(value, secret)}")
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


def json_schema() -> dict[str, object]:
    """Return the JSON Schema of a seed file, for editors."""
    inner = {f"{shape.name}Seed": _mapping(shape) for key in seed_file().keys.values() for shape in _shapes(key.kind)}
    schema = {"$schema": "https://json-schema.org/draft/2020-12/schema", "$defs": dict(sorted(inner.items()))}
    return {**schema, **_mapping(seed_file())}


def _shapes(kind: Kind) -> Iterator[Shape]:
    """Yield the shapes in a kind."""
    if isinstance(kind, Shape):
        yield kind
        for key in kind.keys.values():
            yield from _shapes(key.kind)
    elif isinstance(kind, ListOf | MapOf):
        yield from _shapes(kind.item)


def _mapping(shape: Shape) -> dict[str, object]:
    properties = {name: _property(key) for name, key in shape.keys.items()}
    schema = {"type": "object", "description": shape.doc, "properties": properties, "additionalProperties": False}
    return {**schema, "required": shape.required} if shape.required else schema


def _property(key: Key) -> dict[str, object]:
    schema = {"anyOf": [key.kind.schema, {"type": "null"}]} if key.nullable else dict(key.kind.schema)
    return {**schema, "description": key.doc, **({} if key.required else {"default": key.default})}
