"""Wire models read back: their fields, the models inside them, and the ids that they carry."""

from collections.abc import Iterator, Mapping
from functools import cache
from typing import get_args, get_origin, get_type_hints

from mockserver.http.json import is_typeddict
from mockserver.state.catalogue import id_fields
from mockserver.world.journal import UnknownField

MAX_NAME = 200  # a client can send a name of any length, and a journal keeps many


def unknown_fields(model: type, value: object) -> Iterator[UnknownField]:
    """Yield every field of a body that a wire model does not have."""
    if is_typeddict(model) and _has_unknown(model, value):
        for inner, fields, where in _objects(model, value):
            known = field_names(inner)
            unknown = (name for name in fields if name not in known)
            yield from (UnknownField(f"{where}{name}"[:MAX_NAME], name[:MAX_NAME], known) for name in unknown)


def _has_unknown(model: type, value: object) -> bool:
    """Tell whether there is an unknown field at all; bodies seldom have one, and this is the faster look."""
    if not isinstance(value, dict):
        return False
    if not value.keys() <= _hints(model).keys():
        return True
    for name, nested in _nested_models(model):
        item = value.get(name)
        for part in item if isinstance(item, list) else (item,):
            if _has_unknown(nested, part):
                return True
    return False


def ids_of(model: type, value: object) -> Iterator[tuple[str, str]]:
    """Yield name and value of every id in the fields of a wire model and of the models inside it."""
    for inner, fields, _ in _objects(model, value) if is_typeddict(model) else ():
        for field, name in id_names(inner).items():
            item = fields.get(field)
            yield from ((name, part) for part in (item if isinstance(item, list) else [item]) if isinstance(part, str))


def _objects(model: type, value: object, where: str = "") -> Iterator[tuple[type, dict[str, object], str]]:
    """Yield an object and those inside it that have wire models, each with its model and the beginning of its paths."""
    if not isinstance(value, dict):
        return
    yield model, value, where
    for name, nested in _nested_models(model):
        item = value.get(name)
        if isinstance(item, list):
            for index, part in enumerate(item):
                yield from _objects(nested, part, f"{where}{name}[{index}].")
        else:
            yield from _objects(nested, item, f"{where}{name}.")


@cache
def field_names(model: type) -> tuple[str, ...]:
    """Return the names of the fields of a wire model, without those of the models inside it."""
    return tuple(_hints(model))


@cache
def id_names(model: type) -> Mapping[str, str]:
    """Return the fields of a wire model that carry ids, each with the id's name, without those of models inside it."""
    return {field: name for field, name in id_fields().items() if field in _hints(model)}


def models_in(hint: object) -> Iterator[type]:
    """Yield the wire models in a type, and the models inside those."""
    for model in _models_in(hint):
        yield model
        for _, nested in _nested_models(model):
            yield from models_in(nested)


@cache
def _hints(model: type) -> dict[str, object]:
    return get_type_hints(model, include_extras=True)


@cache
def _nested_models(model: type) -> tuple[tuple[str, type], ...]:
    """Return the fields of a wire model that have wire models in their type, each with each of those."""
    return tuple((name, nested) for name, hint in _hints(model).items() for nested in _models_in(hint))


def _models_in(hint: object) -> Iterator[type]:
    if isinstance(hint, type) and is_typeddict(hint):
        yield hint
    elif get_origin(hint) is not dict:
        for argument in get_args(hint):
            yield from _models_in(argument)
