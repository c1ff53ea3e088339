"""Wire models read back: their fields, the models inside them, and the ids that they carry."""

from collections.abc import Iterator, Mapping
from functools import cache
from typing import Annotated, get_args, get_origin, get_type_hints

from mockserver.http.json import Identifies, is_typeddict
from mockserver.world.journal import UnknownField


def unknown_fields(model: type, value: object, where: str = "") -> Iterator[UnknownField]:
    """Yield every field of a body that a wire model does not have."""
    if not isinstance(value, dict) or not is_typeddict(model) or not _has_unknown(model, value):
        return
    known = _models_by_field(model)
    for name, item in value.items():
        if name not in known:
            yield UnknownField(f"{where}{name}", name, tuple(known))
            continue
        for nested in known[name]:
            if isinstance(item, list):
                for index, part in enumerate(item):
                    yield from unknown_fields(nested, part, f"{where}{name}[{index}].")
            else:
                yield from unknown_fields(nested, item, f"{where}{name}.")


def _has_unknown(model: type, value: dict[str, object]) -> bool:
    """Tell whether there is an unknown field at all; bodies seldom have one, and this is the faster look."""
    if not value.keys() <= _hints(model).keys():
        return True
    for name, nested in _nested_models(model):
        item = value.get(name)
        for part in item if isinstance(item, list) else (item,):
            if isinstance(part, dict) and _has_unknown(nested, part):
                return True
    return False


@cache
def field_names(model: type) -> tuple[str, ...]:
    """Return the names of the fields of a wire model, without those of the models inside it."""
    return tuple(_hints(model))


def ids_of(model: type, value: object) -> Iterator[tuple[str, str]]:
    """Yield name and value of every id in the fields of a wire model and of the models inside it."""
    if not isinstance(value, dict) or not is_typeddict(model):
        return
    names, models = _id_names(model), _models_by_field(model)
    for name, item in value.items():
        if name not in names:
            continue
        for part in item if isinstance(item, list) else [item]:
            if isinstance(part, str):
                yield names[name], part
            else:
                for nested in models[name]:
                    yield from ids_of(nested, part)


def required_names(model: type) -> frozenset[str]:
    """Return the names of the fields that a wire model requires."""
    names: frozenset[str] = getattr(model, "__required_keys__", frozenset())
    return names


@cache
def id_names_in(model: type) -> Mapping[str, str]:
    """Return the fields of a wire model, and of the models inside it, that carry ids, each with the id's name."""
    if not is_typeddict(model):
        return {}
    names = dict(_id_names(model))
    for models in _models_by_field(model).values():
        for nested in models:
            names.update(id_names_in(nested))
    return names


@cache
def _id_names(model: type) -> Mapping[str, str]:
    """Return the fields of a wire model, each with the name of the id that it would carry: its own, in the singular."""
    return {name: next(_identified(hint), None) or name.removesuffix("s") for name, hint in _hints(model).items()}


def _identified(hint: object) -> Iterator[str]:
    if get_origin(hint) is Annotated:
        yield from (it.id_name for it in get_args(hint)[1:] if isinstance(it, Identifies))
    for argument in get_args(hint):
        yield from _identified(argument)


def models_in(hint: object) -> Iterator[type]:
    """Yield the wire models in a type, and the models inside those."""
    for model in _models_in(hint):
        yield model
        for nested in _models_by_field(model).values():
            for inner in nested:
                yield from models_in(inner)


@cache
def _hints(model: type) -> dict[str, object]:
    return get_type_hints(model, include_extras=True)


@cache
def _models_by_field(model: type) -> dict[str, tuple[type, ...]]:
    """Return the fields of a wire model, each with the wire models in its type."""
    return {name: tuple(_models_in(hint)) for name, hint in _hints(model).items()}


@cache
def _nested_models(model: type) -> tuple[tuple[str, type], ...]:
    """Return the fields of a wire model that have wire models in their type, each with each of those."""
    return tuple((name, nested) for name, models in _models_by_field(model).items() for nested in models)


def _models_in(hint: object) -> Iterator[type]:
    if isinstance(hint, type) and is_typeddict(hint):
        yield hint
    elif get_origin(hint) is not dict:
        for argument in get_args(hint):
            yield from _models_in(argument)
