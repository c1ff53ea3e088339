"""Fields of requests: what a parameter or a field of a body may be.

Values are drawn for a place in a world, which the path parameters of a request name: all of them are valid there. For
`ANYWHERE` they are valid in some place, and now and then in none, as the state machine sends them.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from hypothesis import strategies as st

from mockserver.testing.tables import Minted, Refusal, Row, Tables

Values = st.SearchStrategy[object]
Place = Mapping[str, str]

ANYWHERE: Place = {}
NOT_TEXT: tuple[object, ...] = (7, False, {}, ["text"])
NOT_A_LIST: tuple[object, ...] = (None, 7, "text", {}, [7], [None])


@dataclass(frozen=True, slots=True)
class Flaw:
    """Values that are wrong, and what is wrong with them; `status` is the answer's where the model does not know it.

    `appended` says that they come last in a list that is right otherwise.
    """

    name: str
    values: Callable[[Tables], Values]
    status: int | None = None
    appended: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """A field that is one of the ids that are `known` in a place, or any of `values`; anywhere also one of `others`.

    `wrong` are values of a wrong type. `resolve` returns the id that a value in a path stands for, or refuses.
    """

    known: Callable[[Tables, Place], Sequence[str]] | None = None
    values: Callable[[Tables], Values] = lambda _: st.nothing()
    others: Callable[[Tables], Values] | None = None
    flaws: tuple[Flaw, ...] = ()
    wrong: tuple[object, ...] = NOT_TEXT
    resolve: Callable[[Tables, str], str] | None = None

    def possible(self, tables: Tables, place: Place) -> bool:
        """Tell whether there is a value."""
        known = self.known is None or bool(self.known(tables, place))
        return known or (place is ANYWHERE and self.others is not None)

    @property
    def body_flaws(self) -> tuple[Flaw, ...]:
        """What can be wrong with it in a body, where values have types."""
        return (
            (*self.flaws, Flaw("wrong-type", lambda _: st.sampled_from(self.wrong), 400)) if self.wrong else self.flaws
        )

    def drawn(self, draw: st.DrawFn, tables: Tables, place: Place, *, once_in: int = 6) -> object:
        """Draw a value; anywhere one of `others` once in so many times."""
        known = None if self.known is None else self.known(tables, place)
        if place is ANYWHERE and self.others is not None and (known == [] or draw(st.integers(1, once_in)) == once_in):
            return draw(self.others(tables))
        return draw(self.values(tables) if known is None else st.sampled_from(known))


@dataclass(frozen=True, slots=True)
class Record:
    """Fields by name, as a query, a body or an item of a batch has them."""

    required: Mapping[str, Field]
    optional: Mapping[str, Field]

    @property
    def fields(self) -> Mapping[str, Field]:
        """All fields."""
        return {**self.required, **self.optional}

    def possible(self, tables: Tables, place: Place) -> bool:
        """Tell whether all required fields have a value."""
        return all(field.possible(tables, place) for field in self.required.values())

    def drawn(self, draw: st.DrawFn, tables: Tables, place: Place) -> dict[str, Any]:
        """Draw values for the required fields, and for some of the others."""
        optional = {
            name: field
            for name, field in self.optional.items()
            if draw(st.booleans()) and field.possible(tables, place)
        }
        return {name: field.drawn(draw, tables, place) for name, field in {**self.required, **optional}.items()}


@dataclass(frozen=True, slots=True, kw_only=True)
class _ListField(Field):
    """A field that is a list of up to four items."""

    item: Field | Record

    def possible(self, tables: Tables, place: Place) -> bool:
        return self.item.possible(tables, place)

    def drawn(self, draw: st.DrawFn, tables: Tables, place: Place, *, once_in: int = 6) -> object:  # noqa: ARG002
        return draw(st.lists(_items(self.item, tables, place), min_size=1, max_size=4))


@st.composite
def _items(draw: st.DrawFn, item: Field | Record, tables: Tables, place: Place) -> object:
    return item.drawn(draw, tables, place)


def list_of(item: Field | Record) -> Field:
    """Return a field that is a list, whose last item can have the flaws of one."""
    flaws = [replace(flaw, appended=True) for flaw in item.flaws] if isinstance(item, Field) else []
    return _ListField(item=item, flaws=(*flaws, Flaw("empty-list", just([]), 400)), wrong=NOT_A_LIST)


def record(required: Mapping[str, Field] | None = None, /, **optional: Field) -> Record:
    """Return a record of required and optional fields."""
    return Record(required or {}, optional)


def sampled(values: Sequence[object]) -> Values:
    """Return one of some values, of which there may be none."""
    return st.sampled_from(values) if values else st.nothing()


def ids(records: str, key: str, where: Callable[[Row], bool] = lambda _: True) -> Callable[[Tables, Place], list[str]]:
    """Return the values under a name of a place's records, but for ids that no answer has shown yet."""

    def known(tables: Tables, place: Place) -> list[str]:
        rows = [row for row in tables.at(records, place) if where(row)]
        return [row[key] for row in rows if not isinstance(row[key], Minted)]

    return known


def unknown(records: str, key: str, value: str) -> Callable[[Tables], Values]:
    """Return a value, or none at all where a record of the world has it."""
    return lambda tables: sampled([] if tables.at(records, {key: value}) else [value])


def just(value: object) -> Callable[[Tables], Values]:
    """Return a value, whatever there is in the world."""
    return lambda _: st.just(value)


def resolve_agent(tables: Tables, name: object) -> str:
    """Return the id of the agent of an id or slug; it has to exist, and the client's key has to reach it."""
    for agent in tables.rows["agents"]:
        if name in (agent["agentId"], agent.get("slug")):
            if agent["agentId"] not in tables.reachable:
                raise Refusal(403, "USER_ACCESS_FORBIDDEN")
            agent_id: str = agent["agentId"]
            return agent_id
    raise Refusal(404, "PROJECT_NOT_FOUND")


UNKNOWN_AGENT = "PROJECT-UNKNOWN"
_all_agents = ids("agents", "agentId")
AGENT = Field(
    known=lambda tables, _: [it for it in tables.reachable if not isinstance(it, Minted)],
    others=lambda tables: sampled([*_all_agents(tables, ANYWHERE), UNKNOWN_AGENT]),
    flaws=(
        Flaw("unknown-agent", unknown("agents", "agentId", UNKNOWN_AGENT)),
        Flaw(
            "foreign-agent",
            lambda tables: sampled([it for it in _all_agents(tables, ANYWHERE) if it not in tables.reachable]),
        ),
    ),
    resolve=resolve_agent,
)
