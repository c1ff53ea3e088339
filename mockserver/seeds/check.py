"""Seed check: problems of a seed's shape, found by pydantic, and between its records."""

from collections.abc import Iterator
from typing import get_args

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from mockserver.seeds.names import NameCheck
from mockserver.seeds.problems import Path, Problem, TooManyProblemsError, nearest, printable, shown
from mockserver.seeds.schema import ProblemBudget, SeedModel, seed_file
from mockserver.seeds.yaml_text import MAX_VALUES

# What a file says of a record in one value takes up to five where a world is exported.
_MAX_DATA = 5 * MAX_VALUES


def problems_in(data: object) -> list[Problem]:
    """Return every problem in the data of a seed; an empty list means that it can be built.

    Where there are more than can be listed, the one problem says so.
    """
    if _is_larger_than(data, _MAX_DATA):
        return [Problem((), f"more than the {_MAX_DATA:,} values that are allowed")]
    return [*_shape_problems(data), *NameCheck().problems_in(data)]


def _shape_problems(data: object) -> Iterator[Problem]:
    try:
        seed_file().model_validate(data, context=ProblemBudget())
    except ValidationError as error:
        for detail in error.errors(include_url=False):
            yield _shape_problem(detail)
    except TooManyProblemsError as error:
        yield Problem((), f"more problems than can be listed, such as: {error}")


def _is_larger_than(data: object, size: int) -> bool:
    """Tell whether data has more than `size` values, those that aliases repeat included."""
    nests = [data]
    while nests:
        nest = nests.pop()
        children = nest.values() if isinstance(nest, dict) else nest if isinstance(nest, list) else ()
        size -= len(children)
        if size < 0:
            return True
        nests.extend(child for child in children if isinstance(child, dict | list))
    return False


def _shape_problem(detail: ErrorDetails) -> Problem:
    path = detail["loc"]
    given = detail["input"]
    secret = None if isinstance(given, dict | list | None) else _secret(path)
    what = f"this {secret}" if secret else shown(given)
    context = detail.get("ctx", {})
    choices = str(context.get("expected", "")).replace("'", "").replace(" or ", ", ")
    at_key = path[-1:] == ("[key]",) and detail["type"] != "extra_forbidden"
    if at_key:
        path = path[:-1]
    match detail["type"]:
        case "extra_forbidden":
            key = str(path[-1])
            return Problem(path, f"unknown key {printable(key)}; {nearest(key, _known_keys(path[:-1]))}", at_key=True)
        case "literal_error" if at_key:
            key = str(path[-1])
            return Problem(path, f"unknown key {printable(key)}; {nearest(key, choices.split(', '))}", at_key=True)
        case "missing":
            return Problem(path[:-1], f"{path[-1]} is missing")
        case "literal_error":
            return Problem(path, f"{what} is not a valid choice; expected {choices}")
        case "value_error":
            return Problem(path, f"{what} {context['error']}", at_key)
        case "model_type" if not path:
            return Problem(path, f"expected a mapping with the key accounts, not {what}")
        case "model_type" | "dict_type":
            return Problem(path, f"expected a mapping, not {what}")
        case "list_type":
            return Problem(path, f"expected a list, not {what}")
        case "invalid_key":
            return Problem(path, "a key must be text", at_key=True)
    return Problem(path, f"{what}: {detail['msg']}", at_key)


def _known_keys(path: Path) -> list[str]:
    """Return the keys that the mapping at `path` may have."""
    *_, (model, _) = _models_along(path)
    return sorted(str(field.alias) for field in model.model_fields.values())


def _secret(path: Path) -> str | None:
    """Return the key of what must not be printed, where that, or something in its record's place, is at `path`."""
    *_, (model, rest) = _models_along(path)
    around = [step for step in rest if not isinstance(step, int)]
    return next((name for name in model.secrets if around in ([], [name])), None)


def _models_along(path: Path) -> Iterator[tuple[type[SeedModel], Path]]:
    """Yield each model that `path` leads through, and the part of the path that lies in it."""
    model = seed_file()
    yield model, path
    for index, step in enumerate(path):
        field = next((it for it in model.model_fields.values() if it.alias == step), None)
        inner = next(_models_in(field.annotation), None) if field is not None else None
        if inner is not None:  # other steps are indexes, and keys that are data
            model = inner
            yield model, path[index + 1 :]


def _models_in(annotation: object) -> Iterator[type[SeedModel]]:
    if isinstance(annotation, type) and issubclass(annotation, SeedModel):
        yield annotation
    for argument in get_args(annotation):
        yield from _models_in(argument)
