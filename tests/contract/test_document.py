"""Our own document says what the public one says of every operation that the server has."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from mockserver.api.operation import Operation
from mockserver.resources import OPERATIONS
from tests.client import Client
from tests.contract import facts
from tests.contract.session import modules

BOUNDS = ("enum", "pattern", "minimum", "maximum", "minLength", "maxLength", "minItems", "maxItems")
UNDOCUMENTED = {name: fields for it in modules() for name, fields in getattr(it, "UNDOCUMENTED", {}).items()}


@pytest.fixture(scope="module")
def document() -> Any:
    """Our own document."""
    with Client(key=None) as client:
        return client.get("http://mock/openapi.json").json()


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda operation: operation.name)
def test_our_document_says_of_an_operation_what_the_public_one_says(operation: Operation, document: Any) -> None:
    ours = document["paths"][operation.path]
    assert list(Comparison(operation, document).differences(facts.facts()["paths"][operation.path], ours)) == []


@dataclass(frozen=True)
class Comparison:
    """The comparison of an operation in our document with the same in the public one; ours may say more."""

    operation: Operation
    document: Any

    def differences(self, their_path: Any, our_path: Any) -> Iterator[str]:
        """Yield what the public document says and ours does not, and the fields and parameters that only ours has."""
        method = self.operation.method.lower()
        theirs, ours = their_path[method], our_path[method]
        yield from (f"status {it} is missing" for it in set(theirs["responses"]) - set(ours["responses"]))
        success = str(facts.success(self.operation.method, self.operation.path))
        yield from self._content("answer", theirs["responses"][success], ours["responses"].get(success, {}))
        yield from self._content("body", theirs.get("requestBody", {}), ours.get("requestBody", {}))
        yield from self._parameters(
            [*their_path.get("parameters", []), *theirs.get("parameters", [])],
            [*our_path.get("parameters", []), *ours.get("parameters", [])],
        )

    def _content(self, side: str, theirs: Any, ours: Any) -> Iterator[str]:
        theirs, ours = theirs.get("content", {}), ours.get("content", {})
        if set(theirs) != set(ours):
            yield f"{side}: media types {sorted(ours)} instead of {sorted(theirs)}"
        elif "application/json" in theirs:
            schemas = theirs["application/json"]["schema"], ours["application/json"]["schema"]
            yield from self._schema(side, *schemas)

    def _parameters(self, theirs: Any, ours: Any) -> Iterator[str]:
        documented = {(it["in"], it["name"]): it for it in theirs}
        known = {(it["in"], it["name"]): it for it in ours}
        if set(documented) != set(known):
            yield f"parameters {sorted(known)} instead of {sorted(documented)}"
        for key in set(documented) & set(known):
            if documented[key]["required"] != known[key]["required"]:
                yield f"{key[1]}: required {known[key]['required']} instead of {documented[key]['required']}"
            yield from self._schema(key[1], documented[key]["schema"], known[key]["schema"])

    def _schema(self, where: str, theirs: Any, ours: Any) -> Iterator[str]:
        theirs, ours = _plain(facts.facts(), theirs), _plain(self.document, ours)
        kind = theirs.get("type")
        if ours.get("type") not in (kind, "integer" if kind == "number" else kind):
            yield f"{where}: type {ours.get('type')} instead of {kind}"
        for bound in BOUNDS:
            if bound in theirs and ours.get(bound) != theirs[bound]:
                yield f"{where}: {bound} {ours.get(bound)} instead of {theirs[bound]}"
        if "items" in theirs:
            yield from self._schema(f"{where}[]", theirs["items"], ours.get("items", {}))
        if "properties" in theirs:
            yield from self._fields(where, theirs, ours)

    def _fields(self, where: str, theirs: Any, ours: Any) -> Iterator[str]:
        documented, known = theirs["properties"], ours.get("properties", {})
        extra = UNDOCUMENTED.get(self.operation.name, set())
        if set(documented) != set(known) - extra:
            yield f"{where}: fields {sorted(known)} instead of {sorted(documented)}"
        required, ours_required = set(theirs.get("required", [])), set(ours.get("required", []))
        if required - ours_required or (where.startswith("body") and required != ours_required):
            yield f"{where}: requires {sorted(ours_required)} instead of {sorted(required)}"
        for name in set(documented) & set(known):
            yield from self._schema(f"{where}.{name}", documented[name], known[name])


def _plain(whole: Any, schema: Any) -> Any:
    """Return a schema without references and nulls."""
    if "$ref" in schema:
        return whole["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
    if isinstance(schema.get("type"), list):
        return {**schema, "type": next(kind for kind in schema["type"] if kind != "null")}
    for option in [*schema.get("anyOf", []), *schema.get("allOf", [])]:
        if option != {"type": "null"}:
            return _plain(whole, option)
    return schema


def test_what_our_document_lacks_or_has_beyond_the_public_one_is_found(document: Any) -> None:
    (operation,) = (it for it in OPERATIONS if it.name == "listPhoneNumbers")
    path = facts.facts()["paths"][operation.path]
    schema = {"type": "object", "required": [], "properties": {"phoneNumbers": {"type": "string"}, "x": {}}}
    ours = {"get": {"responses": {"200": {"content": {"application/json": {"schema": schema}}}}, "parameters": []}}
    assert {
        "status 401 is missing",
        "answer: fields ['phoneNumbers', 'x'] instead of ['phoneNumbers']",
        "answer: requires [] instead of ['phoneNumbers']",
        "answer.phoneNumbers: type string instead of array",
        "parameters [] instead of [('path', 'agentId'), ('query', 'connectorId')]",
    } <= set(Comparison(operation, document).differences(path, ours))
