"""The OpenAPI document says of what version 0.1 had all that it said then, but for descriptions.

More paths, methods, schemas and operation names may come. What only the control plane uses may have more fields and
query parameters, as its answers and its filters may grow.
"""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from tests.recorded import document, files

ANNOTATIONS = {"description", "examples", "summary", "title"}
NAMED_BY_DATA = {"content", "dependentRequired", "headers", "properties", "responses", "securitySchemes"}

RECORDED: dict[str, Any] = files.read(document.NAME)[0]
OPERATIONS = {operation["operationId"] for methods in RECORDED["paths"].values() for operation in methods.values()}


def _referenced(value: object, found: set[str]) -> set[str]:
    """Return the names of the schemas that are reached from a part of the document."""
    if isinstance(value, dict):
        name = str(value.get("$ref", "")).rpartition("/")[2]
        if name and name not in found:
            found.add(name)
            _referenced(RECORDED["components"]["schemas"][name], found)
    for part in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        _referenced(part, found)
    return found


OF_THE_API = _referenced({path: it for path, it in RECORDED["paths"].items() if path.startswith("/v1/")}, set())


@pytest.fixture(scope="module")
def served() -> dict[str, Any]:
    return document.served()


def test_the_rest_of_the_document_is_as_recorded(served: dict[str, Any]) -> None:
    rest = {**RECORDED, "paths": {}, "components": {**RECORDED["components"], "schemas": {}}}
    given = {**served, "paths": {}, "components": {**served["components"], "schemas": {}}}
    rest["info"], given["info"] = ({**it["info"], "version": ""} for it in (RECORDED, served))
    assert list(_differences(rest, given)) == []


@pytest.mark.parametrize(
    ("path", "method"), [(path, method) for path, methods in RECORDED["paths"].items() for method in methods]
)
def test_an_operation_is_as_recorded(path: str, method: str, served: dict[str, Any]) -> None:
    recorded = RECORDED["paths"][path][method]
    grows = not path.startswith("/v1/")
    if grows and method == "get":  # reading a world does not create it any more
        recorded = {**recorded, "responses": {it: said for it, said in recorded["responses"].items() if it != "503"}}
    if method == "get" and path.endswith("/requests"):  # a status has three digits, of which the first is 1 to 5
        recorded = json.loads(json.dumps(recorded).replace("^[0-9]{1,12}$", "^[1-5][0-9]{2}$", 1))
    assert list(_differences(recorded, served["paths"][path][method], grows=grows)) == []


@pytest.mark.parametrize("name", RECORDED["components"]["schemas"])
def test_a_schema_is_as_recorded(name: str, served: dict[str, Any]) -> None:
    recorded = RECORDED["components"]["schemas"][name]
    assert list(_differences(recorded, served["components"]["schemas"][name], grows=name not in OF_THE_API)) == []


def _differences(
    recorded: object, given: object, path: str = "", *, grows: bool = False, names: bool = False
) -> Iterator[str]:
    """Yield what differs; `names` says that a mapping's keys are data, and `grows` that more names may have come."""
    if isinstance(recorded, dict) and isinstance(given, dict):
        ignored = set() if names else ANNOTATIONS
        more = set(given) - set(recorded) - ignored
        if more and not (grows and names):
            yield f"{path}: {sorted(more)} came"
        for name, value in recorded.items():
            at = f"{path}/{name}"
            if name in ignored:
                continue
            if name not in given:
                yield f"{at} is missing"
            else:
                data = not names and name in NAMED_BY_DATA
                yield from _differences(value, given[name], at, grows=grows, names=data)
    elif isinstance(recorded, list) and isinstance(given, list):
        yield from _unordered(recorded, given, path, grows=grows)
    elif recorded != given or type(recorded) is not type(given):
        yield f"{path}: {recorded!r} was recorded, {given!r} is given"


def _unordered(recorded: list[Any], given: list[Any], path: str, *, grows: bool) -> Iterator[str]:
    """Yield the items that are missing, and those that came where none may; no list of the document has an order."""
    names_operations = bool(OPERATIONS & {it for it in recorded if isinstance(it, str)})
    may_grow = names_operations or (grows and path.endswith(("/required", "/parameters", "/oneOf")))
    left = [*given]
    for item in recorded:
        same = next((it for it in left if not list(_differences(item, it, grows=grows))), None)
        if same is None:
            yield f"{path}: {json.dumps(item)} is missing"
        else:
            left.remove(same)
    if left and not may_grow:
        yield f"{path}: {json.dumps(left)} came"
