"""Operations as a client sees them: where each one is, what a request for it has, and the status of success."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import TypeVar

from hypothesis import strategies as st

from mockserver.testing.fields import AGENT, ANYWHERE, Field, Place, Record, Values, mostly, record
from mockserver.testing.tables import Tables

Rule = TypeVar("Rule", bound=Callable[..., object])


@dataclass(frozen=True, slots=True)
class Operation:
    """An operation, and the decorator of the function that is its rule in the model.

    `ids` are the parameters of its path but for the agent's, a `body` of None is not taken. `bodiless` says that the
    body may be missing; `item` names the ids in a batch, whose items can fail one by one; `watched` says that the state
    machine asks for it whenever the answer may have changed. `rule` carries a request out on a model, and returns the
    answer's body.
    """

    name: str
    method: str
    path: str
    ids: Mapping[str, Field] = field(default_factory=dict)
    query: Record = field(default_factory=record)
    body: Record | None = None
    status: int = 200
    bodiless: bool = False
    item: Mapping[str, Field] = field(default_factory=dict)
    watched: bool = False
    rule: Callable[..., object] | None = None

    def __call__(self, rule: Rule) -> Rule:
        """Declare the operation with its rule."""
        OPERATIONS[self.name] = replace(self, rule=rule)
        return rule

    @property
    def hook(self) -> str:
        """The operation's name in Python's spelling."""
        return "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in self.name)

    @property
    def reads(self) -> bool:
        """Whether it changes nothing."""
        return self.name.startswith(("list", "get", "batchGet", "lookup"))

    @property
    def parameters(self) -> Mapping[str, Field]:
        """The parameters of its path."""
        return {"agentId": AGENT, **self.ids} if "{agentId}" in self.path else self.ids

    @property
    def parts(self) -> Mapping[str, Callable[[Tables, Place], Values]]:
        """The parts that a request has, by the name of each: what it may be in a place, or anywhere."""
        query = {"query": self.query.at} if self.query.fields else {}
        body = {} if self.body is None else {"body": self.body.at}
        return {"path": self._path_at, **query, **body}

    def _path_at(self, tables: Tables, place: Place) -> Values:
        fields = {name: it.at(tables, place) for name, it in self.parameters.items() if name not in place}
        path = st.fixed_dictionaries({**{name: st.just(value) for name, value in place.items()}, **fields})
        if place is not ANYWHERE:
            return path
        places = [self._path_at(tables, valid) for valid in self.places(tables)]
        elsewhere = path.filter(lambda drawn: all(map(is_segment, drawn.values())))
        return mostly(st.one_of(places), elsewhere, once_in=3)

    def places(self, tables: Tables) -> list[dict[str, str]]:
        """Return the paths to what there is; a parameter that names something new is left out."""
        places: list[dict[str, str]] = [{}]
        for name, it in self.parameters.items():
            if it.known is not None:
                places = [{**place, name: value} for place in places for value in it.known(tables, place)]
        return places

    def valid_places(self, tables: Tables) -> list[dict[str, str]]:
        """Return the paths to what a valid request can be about."""
        parts = self.parts.values()
        return [place for place in self.places(tables) if not any(part(tables, place).is_empty for part in parts)]


def is_segment(text: str) -> bool:
    """Tell whether a client sends a text as it is in a path: dots would be resolved."""
    return text not in ("", ".", "..")


# By name; each module of `mockserver.testing.resources` adds its own as it is imported.
OPERATIONS: dict[str, Operation] = {}
