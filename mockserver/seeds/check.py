"""All mistakes of a seed at once: those of its shape, which pydantic finds, and those between its records."""

from collections.abc import Iterator, Mapping
from typing import get_args

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from mockserver.seeds.mistakes import Mistake, Path, dotted, nearest
from mockserver.seeds.schema import SeedFile

Mapped = Mapping[str, object]


def mistakes_in(data: object) -> list[Mistake]:
    """Return every mistake in the data of a seed; an empty list means that it can be built."""
    return [*_shape_mistakes(data), *_Names().mistakes_in(data)]


def _shape_mistakes(data: object) -> Iterator[Mistake]:
    try:
        SeedFile.model_validate(data)
    except ValidationError as error:
        for detail in error.errors(include_url=False):
            yield _shape_mistake(detail)


def _shape_mistake(detail: ErrorDetails) -> Mistake:
    path = tuple(step for step in detail["loc"] if step != "[key]")
    given = detail["input"]
    context = detail.get("ctx", {})
    shown = f'"{given}"' if isinstance(given, str) else _kind(given)
    match detail["type"]:
        case "extra_forbidden":
            key = str(path[-1])
            return Mistake(path, f"unknown key {key}; {nearest(key, _known_keys(path[:-1]))}", at_key=True)
        case "missing":
            return Mistake(path[:-1], f"{path[-1]} is missing")
        case "literal_error":
            expected = str(context["expected"]).replace("'", "").replace(" or ", ", ")
            return Mistake(path, f"{shown} is not one of {expected}")
        case "value_error":
            return Mistake(path, f"{shown} {context['error']}")
        case "model_type" | "dict_type":
            return Mistake(path, f"{shown} stands where a mapping is expected")
        case "list_type":
            return Mistake(path, f"{shown} stands where a list is expected")
        case "string_type":
            return Mistake(path, f"{shown} stands where text is expected")
    if detail["type"].startswith(("datetime", "timezone")):
        return Mistake(path, f"{shown} is not a time with a zone, such as 2026-07-02T10:00:00Z")
    message = detail["msg"]
    return Mistake(path, f"{shown}: {message[0].lower()}{message[1:]}")


def _kind(given: object) -> str:
    names: dict[type, str] = {type(None): "nothing", dict: "a mapping", list: "a list"}
    return names.get(type(given), str(given))


def _known_keys(path: Path) -> list[str]:
    """Return the keys that the mapping at `path` may have."""
    model: type[BaseModel] = SeedFile
    for step in path:
        if not isinstance(step, int):
            field = next(it for name, it in model.model_fields.items() if it.alias == step)
            model = next((it for it in _models_in(field.annotation)), model)
    return sorted(str(field.alias) for field in model.model_fields.values())


def _models_in(annotation: object) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for argument in get_args(annotation):
        yield from _models_in(argument)


class _Names:
    """What the records of a seed are called, and where; finds names given twice and names of nothing."""

    def __init__(self) -> None:
        self._used: dict[tuple[str, str], Path] = {}
        self._mistakes: list[Mistake] = []

    def mistakes_in(self, data: object) -> list[Mistake]:
        for at, account in _mappings(data, "accounts"):
            self._account((*at,), account)
        return self._mistakes

    def _account(self, at: Path, account: Mapped) -> None:
        self._claim("account", account, at, "accountId", "slug")
        agents = _mappings(account, "agents")
        names = [name for _, agent in agents for name in _texts(agent, "agentId", "slug")]
        for key_at, key in _mappings(account, "apiKeys"):
            self._claim("API key", key, (*at, *key_at), "key")
            for index, name in enumerate(_items(key, "agents")):
                if isinstance(name, str) and name not in names:
                    self._refuse((*at, *key_at, "agents", index), f'"{name}" is not an agent of this account', names)
        for agent_at, agent in agents:
            self._agent((*at, *agent_at), agent, _texts(account, "accountId", "slug"))

    def _agent(self, at: Path, agent: Mapped, account: list[str]) -> None:
        self._claim("agent", agent, at, "agentId", "slug")
        self._belongs(at, agent, "accountId", account)
        names = _texts(agent, "agentId", "slug")
        connectors = _mappings(agent, "connectors")
        connector_ids = [name for _, connector in connectors for name in _texts(connector, "connectorId")]
        for connector_at, connector in connectors:
            here = (*at, *connector_at)
            self._claim("connector", connector, here, "connectorId")
            self._belongs(here, connector, "accountId", account)
            self._belongs(here, connector, "projectId", names)
            self._numbers(here, connector, account, names, _texts(connector, "connectorId"))
        self._numbers(at, agent, account, names, connector_ids)
        for call_at, call in _mappings(agent, "outboundCalls"):
            self._claim("call", call, (*at, *call_at), "callSid")

    def _numbers(self, at: Path, owner: Mapped, account: list[str], agent: list[str], connectors: list[str]) -> None:
        for index, item in enumerate(_items(owner, "phoneNumbers")):
            here: Path = (*at, "phoneNumbers", index)
            if isinstance(item, str):
                self._claim_name("phone number", item, here)
            elif isinstance(item, dict):
                self._claim("phone number", item, here, "number")
                self._belongs(here, item, "accountId", account)
                self._belongs(here, item, "projectId", agent)
                self._belongs(here, item, "connectorId", connectors)

    def _claim(self, what: str, row: Mapped, at: Path, *keys: str) -> None:
        for key in keys:
            name = row.get(key)
            if isinstance(name, str):
                self._claim_name(what, name, (*at, key))

    def _claim_name(self, what: str, name: str, at: Path) -> None:
        first = self._used.setdefault((what, name), at)
        if first != at:
            shown = "this" if what == "API key" else f'"{name}"'
            self._refuse(at, f"{shown} is used already: the {what} at {dotted(first)}")

    def _belongs(self, at: Path, row: Mapped, key: str, names: list[str]) -> None:
        name = row.get(key)
        if isinstance(name, str) and name not in names:
            self._refuse((*at, key), f'"{name}" is not of this place', names)

    def _refuse(self, at: Path, what: str, allowed: list[str] | None = None) -> None:
        hint = f"; allowed are {', '.join(allowed)}" if allowed else ""
        self._mistakes.append(Mistake(at, what + hint))


def _items(row: object, key: str) -> list[object]:
    items = row.get(key) if isinstance(row, dict) else None
    return items if isinstance(items, list) else []


def _mappings(row: object, key: str) -> list[tuple[Path, Mapped]]:
    return [((key, index), item) for index, item in enumerate(_items(row, key)) if isinstance(item, dict)]


def _texts(row: Mapped, *keys: str) -> list[str]:
    return [name for key in keys if isinstance(name := row.get(key), str)]
