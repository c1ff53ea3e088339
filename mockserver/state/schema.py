"""Declarations of records: columns, tables, and where they stand in a seed.

A record is a frozen dataclass. A field whose type is `Annotated` with a `Column` is part of what the record is; its
default is what an absent value means in a seed. Seeds, answers, diffs and documentation read nothing but this.
"""

from collections.abc import Callable, Mapping
from dataclasses import KW_ONLY, MISSING, dataclass, field, fields, is_dataclass, replace
from datetime import datetime
from functools import cache
from types import NoneType
from typing import Annotated, Any, ClassVar, Literal, NamedTuple, TypeVar, cast, get_args, get_origin

from mockserver.values.clock import MOMENT
from mockserver.values.kinds import COUNT, FLAG, SECONDS, TEXT, Choice, Kind, ListOf, MapOf

F = TypeVar("F", bound=Callable[..., Any])


class Follows(NamedTuple):
    """A default that follows from an earlier column of the record, or from one of the record that it refers to.

    `path` is like `voice_name` or `connector_id.client_env`; `function` is applied to what stands there.
    """

    path: str
    function: Callable[[Any], object] | None = None


class Shorthand(NamedTuple):
    """A second key of a seed: a flag that, where it is set, gives the column the value `means`."""

    name: str
    means: object
    doc: str


class Magic(NamedTuple):
    """A key that misbehaves by itself: requests that name it meet an effect, in the words in which faults are posted.

    It works in worlds whose seed sets the policy `magicValues: magic`, as the demo's does.
    """

    fault_id: str
    key: str
    effect: Mapping[str, object]


@dataclass(eq=False)
class Column:
    """What is declared of a field: a line of documentation, and where it differs from the rule.

    `name` is the field's name in answers and diffs, by default its own in camelCase; `seed` is that in seeds, by
    default the same. `key`: the record is found by it; `alias`: by it, too. `refers` is the table of the records that
    it names. `follows` computes its default. `shown` False hides it from answers. `always`: an export writes it even
    where it equals its default. `blank` False: "" means what null does; `nullable` False: null is refused. A `secret`
    is never printed.
    """

    doc: str
    name: str = ""
    _: KW_ONLY
    seed: str = ""
    key: bool = False
    alias: bool = False
    refers: str = ""
    follows: Follows | None = None
    shorthand: Shorthand | None = None
    shown: bool = True
    always: bool = False
    blank: bool = True
    nullable: bool = True
    secret: bool = False

    # What the field says by itself; one that is not required has a default, or one that follows.
    attribute: str = ""
    kind: Kind = TEXT
    optional: bool = False
    required: bool = False
    default: object = None

    def dump(self, value: Any) -> Any:
        """Return a value of the field as plain data."""
        return value if value is None or self.kind.dump is None else self.kind.dump(value)


@dataclass(kw_only=True, eq=False)
class Declaration:
    """What a record type says of its table.

    `name` is the table's name in diffs, and the key of its list in a seed, unless `seed` is; `order` is its place among
    all tables, owners first. `noun` names a record in sentences. `owner` is the table of the records that own it, and
    `nested` that of the records under which it may stand in a seed, because one of its columns refers to them.
    `keyed`: a seed has a mapping by key; `required`: a seed has to have it; `bare`: a seed may give nothing but the
    key; `pasted`: a seed may hold it as the API answers with it, with the ids of its owners. `id_name` is what paths,
    queries and bodies call its key, by default as answers do, and `also` lists other names for it there. `answer` names
    the schema of its answers. `minted`: its ids are made by the world's generator, in a stream of the table's name.
    `counted`: `mockserver check` says how many there are. `magic` lists keys that misbehave by themselves.
    """

    name: str
    order: int
    noun: str
    doc: str
    plural: str = ""
    seed: str = ""
    owner: str = ""
    nested: str = ""
    nested_doc: str = ""
    keyed: bool = False
    required: bool = False
    bare: bool = False
    pasted: bool = False
    id_name: str = ""
    also: tuple[str, ...] = ()
    answer: str = ""
    minted: bool = False
    counted: bool = False
    magic: tuple[Magic, ...] = ()

    @property
    def key_in_seeds(self) -> str:
        """The key of the list, or of the mapping, in a seed."""
        return self.seed or self.name

    @property
    def many(self) -> str:
        """What several records are called."""
        return self.plural or f"{self.noun}s"


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """What all rows share.

    `position` orders a table by creation; whoever creates a row takes it from `Table.next_position()`. It says when,
    not what, and so does not count for equality. `cached_json` is the record as answers show it, once it is written.
    """

    TABLE: ClassVar[Declaration]

    position: int = field(compare=False)
    cached_json: str = field(init=False, compare=False, repr=False, default="")


class Nested(Kind):
    """A value that is declared like a record."""

    def __init__(self, declared: type) -> None:
        super().__init__({"type": "object"}, "mapping", "a mapping")
        self.declared = declared
        self.dump = view


def by_type(function: F) -> F:
    """Cache what a function returns for a type; mypy takes the types of frozen records to have no hash."""
    return cast("F", cache(function))


def camel(name: str) -> str:
    """Return a name in snake_case, as Python has it, in camelCase, as the API does."""
    first, *rest = name.split("_")
    return first + "".join(word.capitalize() for word in rest)


@by_type
def columns(declared: type) -> tuple[Column, ...]:
    """Return the columns of a record type, or of another declared dataclass, in the order of their declaration."""
    found = []
    for it in fields(declared):
        column = next((part for part in getattr(it.type, "__metadata__", ()) if isinstance(part, Column)), None)
        if column is not None:
            kind, optional = kind_of(it.type)
            default = it.default if it.default_factory is MISSING else it.default_factory()
            required = default is MISSING and column.follows is None
            name = column.name or camel(it.name)
            known = replace(
                column,
                name=name,
                seed=column.seed or name,
                attribute=it.name,
                kind=kind,
                optional=optional,
                required=required,
                default=None if default is MISSING else default,
            )
            found.append(known)
    return tuple(found)


def kind_of(hint: Any) -> tuple[Kind, bool]:
    """Return the kind of a field's type, and whether None is one of its values."""
    origin, arguments = get_origin(hint), get_args(hint)
    if origin is Annotated:
        stated = next((part for part in arguments if isinstance(part, Kind)), None)
        return kind_of(arguments[0]) if stated is None else (stated, NoneType in get_args(arguments[0]))
    if NoneType in arguments:
        (known,) = (argument for argument in arguments if argument is not NoneType)
        return kind_of(known)[0], True
    if origin is Literal:
        return Choice(arguments), False
    if origin in (tuple, frozenset):
        return ListOf(kind_of(arguments[0])[0], origin), False
    if origin is Mapping or (origin is not None and issubclass(origin, Mapping)):
        keys, items = (kind_of(argument)[0] for argument in arguments)
        assert isinstance(keys, Choice), "the keys of a mapping are words"
        return MapOf(keys, items), False
    if isinstance(hint, type) and is_dataclass(hint):
        return Nested(hint), False
    return _KINDS[hint], False


_KINDS: Mapping[type, Kind] = {bool: FLAG, str: TEXT, int: COUNT, float: SECONDS, datetime: MOMENT}


def view(value: object) -> dict[str, object]:
    """Return a record, or another declared value, by the names that the API has for its columns."""
    return {column.name: column.dump(getattr(value, column.attribute)) for column in columns(type(value))}
