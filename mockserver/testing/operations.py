"""Operations as a client sees them: where each one is, what a request for it has, and the status of success."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TypeVar

from mockserver.testing.fields import AGENT, Field, Record, record
from mockserver.testing.tables import Tables

Rule = TypeVar("Rule", bound=Callable[..., object])


@dataclass(frozen=True, slots=True)
class Operation:
    """An operation, and the decorator of the function that is its rule in the model.

    `ids` are the parameters of its path but for the agent's, a `body` of None is not taken.
    `bodiless` says that the body may be missing; `item` names the ids in a batch, whose items can fail one by one;
    `watched` says that the state machine asks for it whenever the answer may have changed.
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

    def __call__(self, rule: Rule) -> Rule:
        """Declare the operation: the rule carries a request out on a model, and returns the answer's body."""
        OPERATIONS[self.name] = self
        RULES[self.name] = rule
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
    def required(self) -> tuple[str, ...] | None:
        """The fields that its body must have; None where it takes no body."""
        return None if self.body is None else tuple(self.body.required)

    @property
    def parameters(self) -> Mapping[str, Field]:
        """The parameters of its path."""
        return {"agentId": AGENT, **self.ids} if "{agentId}" in self.path else self.ids

    def places(self, tables: Tables) -> list[dict[str, str]]:
        """Return the paths to what there is; a parameter that names something new is left out."""
        places: list[dict[str, str]] = [{}]
        for name, it in self.parameters.items():
            if it.known is not None:
                places = [{**place, name: value} for place in places for value in it.known(tables, place)]
        return places

    def valid_places(self, tables: Tables) -> list[dict[str, str]]:
        """Return the paths to what a valid request can be about."""
        parts = (self.query, self.body or self.query)
        return [place for place in self.places(tables) if all(part.possible(tables, place) for part in parts)]


# By name; the modules of `mockserver.testing.resources` fill both as they are imported.
OPERATIONS: dict[str, Operation] = {}
RULES: dict[str, Callable[..., object]] = {}
