"""Updates of connectors, one by one and in batches, for tests that send them."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Literal, TypedDict, get_args

from hypothesis import strategies as st

from mockserver.testing.fields import UNKNOWN_AGENT, sampled
from mockserver.testing.resources.connectors import REFUSED_VOICE, UNKNOWN_CONNECTOR, updates
from mockserver.testing.values import JsonObject

ItemKind = Literal["known", "unknown", "duplicate", "refused"]


class ConnectorUpdate(TypedDict, total=False):
    """The body of a PATCH: an absent field is left alone, None clears it; `projectId` moves the connector."""

    variantId: str | None
    asrLangCode: str | None
    voiceName: str | None
    projectId: str | None


class BatchUpdateItem(ConnectorUpdate):
    """The update of one connector in a batch."""

    connectorId: str


@dataclass(frozen=True, slots=True)
class BatchUpdate:
    """The updates of a batch, and what is special about each; all but `unknown` and `refused` ones succeed."""

    updates: tuple[BatchUpdateItem, ...]
    kinds: tuple[ItemKind, ...]

    @property
    def body(self) -> JsonObject:
        """The body of the request."""
        return {"updates": list(self.updates)}

    @property
    def succeeds(self) -> tuple[bool, ...]:
        """For each update, the `success` of its result."""
        return tuple(kind in ("known", "duplicate") for kind in self.kinds)


def connector_updates(agent_ids: Sequence[str] = ()) -> st.SearchStrategy[ConnectorUpdate]:
    """Return bodies of a PATCH that are accepted: each field absent, null or a value.

    `agent_ids` are the agents that a connector may be moved to; without them it stays where it is.
    """
    return st.fixed_dictionaries({}, optional={**updates, "projectId": sampled(agent_ids)}).map(_as_update)


def refused_updates() -> st.SearchStrategy[ConnectorUpdate]:
    """Return bodies of a PATCH with one value that is refused, and perhaps good ones beside it."""
    bad: tuple[ConnectorUpdate, ...] = (
        {"voiceName": REFUSED_VOICE},
        {"projectId": None},
        {"projectId": UNKNOWN_AGENT},
    )
    return st.builds(lambda update, refused: {**update, **refused}, connector_updates(), st.sampled_from(bad)).map(
        _as_update
    )


def _as_update(fields: object) -> ConnectorUpdate:
    """Let a dictionary that was drawn key by key pass for what it is."""
    return fields  # type: ignore[return-value]  # no strategy for a dictionary knows the types of single keys


@st.composite
def batch_updates(
    draw: st.DrawFn,
    known_ids: Collection[str] = ("conn_1", "conn_2"),
    kinds: Collection[ItemKind] = get_args(ItemKind),
    min_size: int = 1,
    max_size: int = 6,
) -> BatchUpdate:
    """Return batches of updates: of `known_ids`, of unknown ids, of ids that came before, and refused ones.

    `kinds` are those to mix; a duplicate with nothing before it to repeat is a known one. ValueError is raised without
    `known_ids` where one is needed.
    """
    if not known_ids and set(kinds) != {"unknown"}:
        raise ValueError(f"batch_updates(kinds={list(kinds)!r}) needs known_ids")
    items: list[BatchUpdateItem] = []
    chosen: list[ItemKind] = []
    for kind in draw(st.lists(st.sampled_from(list(kinds)), min_size=min_size, max_size=max_size)):
        before = [it["connectorId"] for it in items if it["connectorId"] in known_ids]
        among = before if kind == "duplicate" and before else sorted(known_ids)
        connector_id = UNKNOWN_CONNECTOR if kind == "unknown" else draw(st.sampled_from(among))
        update = draw(refused_updates() if kind == "refused" else connector_updates())
        items.append({"connectorId": connector_id, **update})
        chosen.append("known" if kind == "duplicate" and not before else kind)
    return BatchUpdate(tuple(items), tuple(chosen))
