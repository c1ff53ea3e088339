"""Catalogue of the record types, which are found in the modules of this package."""

from functools import cache
from importlib import import_module
from pkgutil import iter_modules

from mockserver import state
from mockserver.state.schema import Column, Magic, Record, by_type, columns
from mockserver.values.kinds import Kind, ListOf

RecordType = type[Record]


@cache
def record_types() -> tuple[RecordType, ...]:
    """Return all record types in the order of their tables: owners before what they own."""
    modules = [import_module(f"{state.__name__}.{info.name}") for info in iter_modules(state.__path__)]
    classes = {it for module in modules for it in vars(module).values() if isinstance(it, type)}
    found = (it for it in classes if issubclass(it, Record) and "TABLE" in vars(it))
    return tuple(sorted(found, key=lambda it: it.TABLE.order))


@cache
def record_type(table: str) -> RecordType:
    """Return the record type of a table's name."""
    return next(it for it in record_types() if it.TABLE.name == table)


def roots() -> list[RecordType]:
    """Return the record types that nothing owns."""
    return [it for it in record_types() if not it.TABLE.owner]


@by_type
def owned_by(owner: RecordType) -> tuple[RecordType, ...]:
    """Return the record types that another one owns directly."""
    return tuple(it for it in record_types() if it.TABLE.owner == owner.TABLE.name)


@by_type
def nested_in(outer: RecordType) -> tuple[RecordType, ...]:
    """Return the record types that may stand under another one in a seed because they refer to it."""
    return tuple(it for it in record_types() if it.TABLE.nested == outer.TABLE.name)


@by_type
def owners_of(owned: RecordType) -> tuple[RecordType, ...]:
    """Return the owner of a record type, the owner's owner and so on."""
    if not owned.TABLE.owner:
        return ()
    owner = record_type(owned.TABLE.owner)
    return (owner, *owners_of(owner))


@by_type
def key_columns(declared: RecordType) -> tuple[Column, ...]:
    """Return the columns that a record is found by: its own id, last, perhaps after the keys of its owners."""
    return tuple(column for column in columns(declared) if column.key)


def id_column(declared: RecordType) -> Column:
    """Return the column of a record's own id."""
    return key_columns(declared)[-1]


@by_type
def owner_columns(declared: RecordType) -> tuple[Column, ...]:
    """Return the columns that hold the ids of a record's owners, under the same attributes as in these."""
    ids = {id_column(owner).attribute for owner in owners_of(declared)}
    return tuple(column for column in columns(declared) if column.attribute in ids)


def indexes(declared: RecordType) -> tuple[str, ...]:
    """Return the attributes by which a table finds rows: their owner, their second name, what they refer to."""
    owner = tuple(id_column(it).attribute for it in owners_of(declared)[:1])
    aliases = tuple(column.attribute for column in columns(declared) if column.alias)
    references = tuple(it.attribute for it in columns(declared) if it.refers and not isinstance(it.kind, ListOf))
    return (*owner, *aliases, *references)


@by_type
def reference(declared: RecordType) -> Column:
    """Return the column of a record that refers to the records under which it may stand."""
    return next(column for column in columns(declared) if column.refers == declared.TABLE.nested)


def id_name(declared: RecordType) -> str:
    """Return what paths, queries and bodies call the id of a record."""
    return declared.TABLE.id_name or id_column(declared).name


@cache
def id_kinds() -> dict[str, Kind]:
    """Return the kind of each id that a request can give, by its name in paths, queries and bodies."""
    return {id_name(it): id_column(it).kind for it in _named()}


@cache
def id_fields() -> dict[str, str]:
    """Return the name of an id for each field by which a request may give one, or a list of them."""
    return {field: id_name(it) for it in _named() for field in (id_name(it), f"{id_name(it)}s", *it.TABLE.also)}


def _named() -> list[RecordType]:
    """Return the record types that a request can name."""
    return [it for it in record_types() if not it.TABLE.keyed and not id_column(it).secret]


@cache
def magic_values() -> tuple[tuple[str, Magic], ...]:
    """Return the keys that misbehave by themselves, each with the name of its id."""
    return tuple((id_name(it), magic) for it in record_types() for magic in it.TABLE.magic)


@cache
def magic_keys() -> frozenset[str]:
    """Return the keys that misbehave by themselves."""
    return frozenset(magic.key for _, magic in magic_values())
