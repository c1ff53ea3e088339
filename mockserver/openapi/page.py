"""Operations page: the OpenAPI document as Markdown, each operation with its body, its answers and its errors."""

from collections.abc import Iterable, Iterator, Mapping
from itertools import chain
from typing import Any

Node = Mapping[str, Any]  # a part of an OpenAPI document, whose shape the specification fixes
Row = tuple[str, ...]

_BOUNDS = ("pattern", "minLength", "maxLength", "minimum", "maximum", "minItems", "maxItems", "format", "default")
_ANSWER = ("status", "body", "when")


def by_tag(document: Node) -> dict[str, list[tuple[str, str, Node]]]:
    """Return method, path and operation object of every operation, by tag, in the document's order."""
    groups: dict[str, list[tuple[str, str, Node]]] = {}
    for path, item in document["paths"].items():
        for method, operation in item.items():
            groups.setdefault(operation["tags"][0], []).append((method.upper(), path, operation))
    return groups


def page(document: Node) -> str:
    """Return the whole page."""
    schemas: Mapping[str, Node] = document["components"]["schemas"]
    lines = [
        "# Operations",
        "",
        "<!-- Printed by `mockserver operations --markdown`. -->",
        "",
        "Every operation that the mock server has, as `/openapi.json` describes it. Faults, the journal and the ledger",
        "use these names. [Models](#models) are at the end.",
    ]
    for tag, operations in by_tag(document).items():
        lines += _group(tag, operations, schemas)
    models = {name: ["", f"### {name}", "", *_model(schema)] for name, schema in schemas.items()}
    text = "\n".join([*lines, *chain(*models.values())])
    linked = [model for name, model in models.items() if f"](#{name.lower()})" in text]
    return "\n".join([*lines, "", "## Models", *chain(*linked)]) + "\n"


def _group(tag: str, operations: list[tuple[str, str, Node]], schemas: Mapping[str, Node]) -> list[str]:
    index = [
        (
            f"[`{node['operationId']}`](#{node['operationId'].lower()})",
            f"`{method} {path}`",
            _first_line(node["summary"]),
        )
        for method, path, node in operations
    ]
    shared = _shared([list(_answers(node)) for _, _, node in operations])
    lines = ["", f"## {tag}", "", *_table(("operation", "request", "does"), index)]
    if shared:
        lines += ["", "Each of them may also answer:", "", *_table(_ANSWER, shared)]
    for method, path, node in operations:
        lines += ["", f"### {node['operationId']}", "", f"`{method} {path}`", "", node["summary"]]
        parameters = [
            (f"`{parameter['name']}`", parameter["in"], _needed(parameter), _meaning(parameter))
            for parameter in node["parameters"]
            if parameter["in"] != "path" or "description" in parameter  # the path itself says the rest
        ]
        if parameters:
            lines += ["", *_table(("parameter", "in", "", "about"), parameters)]
        if "requestBody" in node:
            lines += ["", *_body(node["requestBody"], schemas)]
        lines += ["", *_table(_ANSWER, [row for row in _answers(node) if row not in shared])]
    return lines


def _first_line(text: str) -> str:
    return text.partition("\n")[0]


def _body(body: Node, schemas: Mapping[str, Node]) -> list[str]:
    """Return what a body is, with the fields of its model: few operations share one."""
    schema = body["content"].get("application/json", {}).get("schema", {})
    model = schemas.get(_name(schema))
    lines = [f"Body ({_needed(body)}): {_content(body) if model is None else 'object'}"]
    return lines if model is None else [*lines, "", *_model(model)]


def _answers(operation: Node) -> Iterator[Row]:
    for status, response in sorted(operation["responses"].items()):
        yield status, _content(response), response["description"]


def _shared(answers: list[list[Row]]) -> list[Row]:
    """Return the answers that all of several operations give."""
    return [row for row in answers[0] if len(answers) > 1 and all(row in rows for rows in answers)]


def _content(node: Node) -> str:
    """Return the type of a body or an answer; media types are named unless they are JSON."""
    texts = []
    for media_type, content in node.get("content", {}).items():
        kind = _type(content.get("schema", {}))
        texts.append(kind if media_type == "application/json" else f"{kind} as `{media_type}`")
    return " or ".join(texts) or "none"


def _model(schema: Node) -> list[str]:
    fields = [
        (f"`{name}`", _type(field), "required" if name in schema.get("required", ()) else "optional", _meaning(field))
        for name, field in schema.get("properties", {}).items()
    ]
    described = [schema["description"], ""] if "description" in schema else []
    return [*described, *(_table(("field", "type", "", "about"), fields) if fields else [f"Type: {_type(schema)}"])]


def _needed(node: Node) -> str:
    return "required" if node.get("required") else "optional"


def _meaning(node: Node) -> str:
    """Return the description of a field or parameter, and the bounds of its values."""
    schema = node.get("schema", node)
    bounds = ", ".join(f"{name} `{schema[name]}`" for name in _BOUNDS if name in schema)
    return " ".join(filter(None, [node.get("description"), bounds]))


def _name(schema: Node) -> str:
    """Return the name of the model that a schema refers to, or an empty text."""
    return str(schema.get("$ref", "")).rpartition("/")[2]


def _type(schema: Node) -> str:
    """Return the type of a value: its name, its choices, or a link to a model."""
    options = schema.get("anyOf", schema.get("oneOf", ()))
    if "$ref" in schema:
        return f"[{_name(schema)}](#{_name(schema).lower()})"
    if "enum" in schema:
        return ", ".join(f"`{value}`" for value in schema["enum"])
    if options and "properties" not in schema:
        return " or ".join(dict.fromkeys(map(_type, options)))
    if schema.get("type") == "array":
        return f"array of {_type(schema.get('items', {}))}"
    return str(schema.get("type", "any"))


def _table(head: Row, rows: Iterable[Row]) -> list[str]:
    cells = [[cell.replace("|", "\\|").replace("\n", " ") for cell in row] for row in (head, *rows)]
    lines = [f"| {' | '.join(row)} |" for row in cells]
    return [lines[0], "|" + "---|" * len(head), *lines[1:]]
