"""Fields of requests: what a parameter or a field of a body may be.

Values are for a place in a world, which the path parameters of a request name: all of them are valid there. For
`ANYWHERE` they are valid in some place, and now and then have a flaw, as the state machine sends them.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from hypothesis import strategies as st

from mockserver.testing.tables import Minted, Refusal, Row, Tables

Values = st.SearchStrategy[Any]
Place = Mapping[str, str]

ANYWHERE: Place = {}
NOT_TEXT: tuple[object, ...] = (7, False, {}, ["text"])
NOT_A_LIST: tuple[object, ...] = (None, 7, "text", {}, [7], [None])


@dataclass(frozen=True, slots=True)
class Flaw:
    """Values that are wrong, and what is wrong with them; `status` is the answer's where the model does not know it.

    `appended` says that they come last in a list that is right otherwise. `plain` are those that a client's method is
    called with, where not every client can put all of them into a URL.
    """

    name: str
    values: Callable[[Tables], Values]
    status: int | None = None
    appended: bool = False
    plain: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """A field that is one of the ids that are `known` in a place, or any of `values`.

    `wrong` are values of a wrong type. `resolve` returns the id that a value in a path stands for, or refuses.
    """

    known: Callable[[Tables, Place], Sequence[str]] | None = None
    values: Callable[[Tables], Values] = lambda _: st.nothing()
    flaws: tuple[Flaw, ...] = ()
    wrong: tuple[object, ...] = NOT_TEXT
    resolve: Callable[[Tables, str], str] = lambda _, value: value

    @property
    def body_flaws(self) -> tuple[Flaw, ...]:
        """What can be wrong with it in a body, where values have types."""
        return (*self.flaws, Flaw("wrong-type", lambda _: sampled(self.wrong), 400))

    def at(self, tables: Tables, place: Place) -> Values:
        """Return the values in a place; anywhere, also flaws to which the model knows the answer."""
        good = self.values(tables) if self.known is None else sampled(self.known(tables, place))
        if place is not ANYWHERE:
            return good
        known = [flaw for flaw in self.flaws if flaw.status is None]
        flawed = [sampled(flaw.plain) if flaw.plain else flaw.values(tables) for flaw in known]
        return mostly(good, one_of([it for it in flawed if not it.is_empty]), once_in=6)


@dataclass(frozen=True, slots=True)
class Record:
    """Fields by name, as a query, a body or an item of a batch has them."""

    required: Mapping[str, Field]
    optional: Mapping[str, Field]

    @property
    def fields(self) -> Mapping[str, Field]:
        """All fields."""
        return {**self.required, **self.optional}

    def at(self, tables: Tables, place: Place) -> Values:
        """Return the required fields, and some of the others."""
        values = {name: field.at(tables, place) for name, field in self.fields.items()}
        drawn = st.fixed_dictionaries(
            {name: values[name] for name in self.required},
            optional={name: values[name] for name in self.optional if not values[name].is_empty},
        )
        return drawn.map(lambda it: {name: it[name] for name in self.fields if name in it})  # as they are declared


@dataclass(frozen=True, slots=True, kw_only=True)
class _ListField(Field):
    """A field that is a list of up to four items."""

    item: Field | Record

    def at(self, tables: Tables, place: Place) -> Values:
        return st.lists(self.item.at(tables, place), min_size=1, max_size=4)


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


def one_of(strategies: Sequence[Values]) -> Values:
    """Return values of some strategies, of each as often as of the others; `st.one_of` would prefer unions."""
    return sampled(strategies).flatmap(lambda it: it)


def mostly(ordinary: Values, other: Values, once_in: int) -> Values:
    """Return ordinary values, and others once in so many times."""
    if ordinary.is_empty or other.is_empty:
        return ordinary | other
    return st.integers(1, once_in).flatmap(lambda drawn: other if drawn == once_in else ordinary)


def ids(records: str, key: str, where: Callable[[Row], bool] = lambda _: True) -> Callable[[Tables, Place], list[str]]:
    """Return the values under a name of a place's records, but for ids that no answer has shown yet."""

    def known(tables: Tables, place: Place) -> list[str]:
        rows = [row for row in tables.at(records, place) if where(row)]
        return [row[key] for row in rows if not isinstance(row[key], Minted)]

    return known


def unknown(records: str, key: str, value: str) -> Flaw:
    """Return the flaw of a value that no record of the world has, such as `unknown-agent`."""
    name = f"unknown-{records.removesuffix('s')}"
    return Flaw(name, lambda tables: sampled([] if tables.at(records, {key: value}) else [value]))


def id_of(records: str, key: str, nowhere: str, *flaws: Flaw) -> Field:
    """Return the field of a record's id; `nowhere` is one that no record has."""
    return Field(known=ids(records, key), flaws=(unknown(records, key, nowhere), *flaws))


def just(value: object) -> Callable[[Tables], Values]:
    """Return a value, whatever there is in the world."""
    return lambda _: st.just(value)


def scope(records: str, key: str, nowhere: str, code: str) -> Field:
    """Return the field of an account or agent by id or slug: it has to exist, and to be of the client's account."""

    def known(tables: Tables, _: Place) -> list[str]:
        return ids(records, key)(tables, {"accountId": tables.account_id})

    def foreign(tables: Tables) -> Values:
        return sampled([row[key] for row in tables.rows[records] if row["accountId"] != tables.account_id])

    def resolve(tables: Tables, name: str) -> str:
        for row in tables.rows[records]:
            if name in (row[key], row.get("slug")):
                if row["accountId"] != tables.account_id:
                    raise Refusal(403, "USER_ACCESS_FORBIDDEN")
                return str(row[key])
        raise Refusal(404, code)

    flaws = (unknown(records, key, nowhere), Flaw(f"foreign-{records.removesuffix('s')}", foreign))
    return Field(known=known, flaws=flaws, resolve=resolve)


AGENT = scope("agents", "agentId", "PROJECT-UNKNOWN", "PROJECT_NOT_FOUND")
