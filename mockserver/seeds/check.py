"""All mistakes of a seed at once: those of its shape, which pydantic finds, and those between its records."""

from collections.abc import Collection, Iterator, Mapping
from typing import get_args

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from mockserver.seeds.mistakes import Mistake, Path, dotted, nearest, printable, quoted, shown
from mockserver.seeds.schema import Patience, SeedFile, TooManyMistakesError
from mockserver.seeds.yaml_text import MAX_MISTAKES, MAX_VALUES

Mapped = Mapping[str, object]

# What a file says of a number in one value takes up to five where a world is exported.
_MAX_DATA = 5 * MAX_VALUES


def mistakes_in(data: object) -> list[Mistake]:
    """Return every mistake in the data of a seed; an empty list means that it can be built.

    Where there are more than can be listed, the one mistake says so.
    """
    if _is_larger_than(data, _MAX_DATA):
        return [Mistake((), f"more than the {_MAX_DATA:,} values that are allowed")]
    return [*_shape_mistakes(data), *_Names().mistakes_in(data)]


def _shape_mistakes(data: object) -> Iterator[Mistake]:
    try:
        SeedFile.model_validate(data, context=Patience())
    except ValidationError as error:
        for detail in error.errors(include_url=False):
            yield _shape_mistake(detail)
    except TooManyMistakesError as error:
        yield Mistake((), f"more mistakes than can be listed, such as: {error}")


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


def _shape_mistake(detail: ErrorDetails) -> Mistake:
    path = detail["loc"]
    given = detail["input"]
    what = "this key" if _is_secret(path) and not isinstance(given, dict | list | None) else shown(given)
    context = detail.get("ctx", {})
    choices = str(context.get("expected", "")).replace("'", "").replace(" or ", ", ")
    at_key = path[-1:] == ("[key]",) and detail["type"] != "extra_forbidden"
    if at_key:
        path = path[:-1]
    match detail["type"]:
        case "extra_forbidden":
            key = str(path[-1])
            return Mistake(path, f"unknown key {printable(key)}; {nearest(key, _known_keys(path[:-1]))}", at_key=True)
        case "literal_error" if at_key:
            key = str(path[-1])
            return Mistake(path, f"unknown key {printable(key)}; {nearest(key, choices.split(', '))}", at_key=True)
        case "missing":
            return Mistake(path[:-1], f"{path[-1]} is missing")
        case "literal_error":
            return Mistake(path, f"{what} is not one of {choices}")
        case "value_error":
            return Mistake(path, f"{what} {context['error']}", at_key)
        case "model_type" if not path:
            return Mistake(path, f"{what} stands where a mapping with the key accounts is expected")
        case "model_type" | "dict_type":
            return Mistake(path, f"{what} stands where a mapping is expected")
        case "list_type":
            return Mistake(path, f"{what} stands where a list is expected")
        case "invalid_key":
            return Mistake(path, "a key must be text", at_key=True)
    return Mistake(path, f"{what}: {detail['msg']}", at_key)


def _is_secret(path: Path) -> bool:
    """Tell whether what stands at `path` is an API key, or stands where one is expected."""
    return path[2:3] == ("apiKeys",) and path[4:5] in ((), ("key",))


def _known_keys(path: Path) -> list[str]:
    """Return the keys that the mapping at `path` may have."""
    model: type[BaseModel] = SeedFile
    for step in path:
        field = next((it for it in model.model_fields.values() if it.alias == step), None)
        if field is not None:  # other steps are indexes, and keys that are data
            model = next(_models_in(field.annotation), model)
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
        try:
            for at, account in _mappings(data, "accounts"):
                self._account(at, account)
        except TooManyMistakesError as error:
            self._mistakes.append(Mistake((), str(error)))
        return self._mistakes

    def _account(self, at: Path, account: Mapped) -> None:
        self._claim("account", account, at, "accountId", "slug")
        agents = _mappings(account, "agents")
        names = dict.fromkeys(name for _, agent in agents for name in _texts(agent, "agentId", "slug"))
        for key_at, key in _mappings(account, "apiKeys"):
            self._claim("API key", key, (*at, *key_at), "key")
            for index, name in enumerate(_items(key, "agents")):
                if isinstance(name, str) and name not in names:
                    here = (*at, *key_at, "agents", index)
                    self._refuse(here, name, "is not an agent of this account", names)
        for agent_at, agent in agents:
            self._agent((*at, *agent_at), agent, _texts(account, "accountId", "slug"))

    def _agent(self, at: Path, agent: Mapped, account: list[str]) -> None:
        self._claim("agent", agent, at, "agentId", "slug")
        self._stands_under(at, agent, "accountId", account)
        names = _texts(agent, "agentId", "slug")
        connectors = _mappings(agent, "connectors")
        connector_ids = dict.fromkeys(name for _, connector in connectors for name in _texts(connector, "connectorId"))
        for connector_at, connector in connectors:
            here = (*at, *connector_at)
            self._claim("connector", connector, here, "connectorId")
            self._stands_under(here, connector, "accountId", account)
            self._stands_under(here, connector, "projectId", names)
            for number_at, number in self._numbers(here, connector, account, names):
                self._stands_under(number_at, number, "connectorId", _texts(connector, "connectorId"))
        for number_at, number in self._numbers(at, agent, account, names):
            for name in _texts(number, "connectorId"):
                if name not in connector_ids:
                    here = (*number_at, "connectorId")
                    self._refuse(here, name, "is not a connector of this agent", connector_ids)
        for call_at, call in _mappings(agent, "outboundCalls"):
            self._claim("call", call, (*at, *call_at), "callSid")

    def _numbers(self, at: Path, owner: Mapped, account: list[str], agent: list[str]) -> Iterator[tuple[Path, Mapped]]:
        """Check what all numbers of a connector or an agent share, and yield those that say more than a number."""
        for index, item in enumerate(_items(owner, "phoneNumbers")):
            here: Path = (*at, "phoneNumbers", index)
            if isinstance(item, str):
                self._claim_name("phone number", item, here)
            elif isinstance(item, dict):
                self._claim("phone number", item, here, "number")
                self._stands_under(here, item, "accountId", account)
                self._stands_under(here, item, "projectId", agent)
                yield here, item

    def _claim(self, what: str, row: Mapped, at: Path, *keys: str) -> None:
        for key in keys:
            for name in _texts(row, key):
                self._claim_name(what, name, (*at, key))

    def _claim_name(self, what: str, name: str, at: Path) -> None:
        first = self._used.setdefault((what, name), at)
        if first != at:
            subject = "this key" if what == "API key" else quoted(name)
            self._add(Mistake(at, f"{subject} is used already: the {what} at {dotted(first)}"))

    def _stands_under(self, at: Path, row: Mapped, key: str, owner: list[str]) -> None:
        """Refuse an owner, as a pasted answer names it, that is another than the one around the record."""
        for name in _texts(row, key):
            if owner and name not in owner:
                what = {"accountId": "account", "projectId": "agent", "connectorId": "connector"}[key]
                self._refuse((*at, key), name, f"is not the {what} that this stands under", owner)

    def _refuse(self, at: Path, name: str, what: str, known: Collection[str]) -> None:
        self._add(Mistake(at, f"{quoted(name)} {what}; {nearest(name, known)}"))

    def _add(self, mistake: Mistake) -> None:
        if len(self._mistakes) == MAX_MISTAKES:
            raise TooManyMistakesError(f"more than the {MAX_MISTAKES:,} such mistakes that are listed")
        self._mistakes.append(mistake)


def _items(row: object, key: str) -> list[object]:
    items = row.get(key) if isinstance(row, dict) else None
    return items if isinstance(items, list) else []


def _mappings(row: object, key: str) -> list[tuple[Path, Mapped]]:
    return [((key, index), item) for index, item in enumerate(_items(row, key)) if isinstance(item, dict)]


def _texts(row: Mapped, *keys: str) -> list[str]:
    return [name for key in keys if isinstance(name := row.get(key), str)]
