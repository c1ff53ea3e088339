"""Strategies for the things that the API deals in, each of which shrinks to one that reads well."""

from collections.abc import Collection, Sequence
from typing import get_args

from hypothesis import strategies as st

from mockserver.testing.values import E164, BatchUpdate, BatchUpdateItem, Connector, ConnectorUpdate, ItemKind, NotE164
from mockserver.values.environments import CLIENT_ENVS, ClientEnv

UNKNOWN_CONNECTOR = "conn_unknown"
REFUSED_VOICE = "no-language"
LANGUAGES = ("en-US", "en-GB", "fr-FR", "cmn-CN", "es-419")

live: ClientEnv = "live"
client_envs: st.SearchStrategy[ClientEnv] = st.just(live) | st.sampled_from(CLIENT_ENVS)
languages = st.sampled_from(LANGUAGES)
voices = st.builds("{}-{}".format, languages, st.sampled_from(("Neural2-A", "Wavenet-B", "Chirp3-HD-Kore")))
variants = st.integers(1, 9).map("VARIANT-{}".format) | st.text(max_size=12)
connector_ids = (
    st.integers(1, 99).map("conn_{}".format) | st.from_regex(r"conn_[A-Za-z0-9._-]{1,30}", fullmatch=True)
).filter(UNKNOWN_CONNECTOR.__ne__)


def phone_numbers() -> st.SearchStrategy[E164]:
    """Return phone numbers in E.164 form: `+` and 7 to 15 digits, the first not 0."""
    return st.integers(10**6, 10**15 - 1).map(lambda digits: E164(f"+{digits}"))


def invalid_phone_numbers() -> st.SearchStrategy[NotE164]:
    """Return texts that are nearly, or not at all, phone numbers in E.164 form."""
    good = phone_numbers()
    return st.one_of(
        st.just(""),
        good.map(lambda number: number[1:]),
        st.integers(1, 10**6 - 1).map("+{}".format),
        st.integers(10**15, 10**20).map("+{}".format),
        good.map(lambda number: f"+0{number[2:]}"),
        good.map(lambda number: f"{number[:4]} {number[4:]}"),
        good.map(lambda number: f"{number}\n"),
        good.map(lambda number: number.translate(_FULL_WIDTH)),
        st.text(st.characters(codec="utf-8", exclude_characters="+"), max_size=12),
    ).map(NotE164)


_FULL_WIDTH = {ord(digit): ord(digit) + 0xFEE0 for digit in "0123456789"}


@st.composite
def connectors(draw: st.DrawFn, account_id: str = "ws-1", agent_id: str = "PROJECT-1") -> Connector:
    """Return connectors of an agent, as the API answers with them."""
    voice = draw(voices)
    if draw(st.booleans()):
        voice = ""
    language = "" if not voice else next(code for code in LANGUAGES if voice.startswith(f"{code}-"))
    connector_id = draw(connector_ids)
    return {
        "connectorId": connector_id,
        "name": draw(st.just("Main line") | st.text(max_size=30)),
        "accountId": account_id,
        "projectId": agent_id,
        "clientEnv": draw(client_envs),
        "variantId": draw(st.just("") | variants),
        "asrLangCode": draw(st.sampled_from((*LANGUAGES, ""))),
        "ttsLangCode": language,
        "voiceName": voice,
        "disableHandoff": draw(st.booleans()),
    }


def connector_updates(agent_ids: Sequence[str] = ()) -> st.SearchStrategy[ConnectorUpdate]:
    """Return bodies of a PATCH that are accepted: each field absent, null or a value.

    `agent_ids` are the agents that a connector may be moved to; without them none is.
    """
    moves: dict[str, st.SearchStrategy[str]] = {"projectId": st.sampled_from(agent_ids)} if agent_ids else {}
    optional = {
        "variantId": st.none() | variants,
        "asrLangCode": st.none() | languages,
        "voiceName": st.none() | voices,
    }
    return st.fixed_dictionaries({}, optional={**optional, **moves}).map(_as_update)


def refused_updates() -> st.SearchStrategy[ConnectorUpdate]:
    """Return bodies of a PATCH with one value that is refused, and perhaps good ones beside it."""
    bad: tuple[ConnectorUpdate, ...] = (
        {"voiceName": REFUSED_VOICE},
        {"projectId": None},
        {"projectId": "PROJECT-UNKNOWN"},
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

    `kinds` are those to mix; a duplicate before which there is nothing to repeat is a known one. ValueError is raised
    where nothing is known that would have to be.
    """
    if not known_ids and set(kinds) != {"unknown"}:
        raise ValueError(f"batch_updates(kinds={list(kinds)!r}) needs known_ids")
    updates: list[BatchUpdateItem] = []
    chosen: list[ItemKind] = []
    for kind in draw(st.lists(st.sampled_from(list(kinds)), min_size=min_size, max_size=max_size)):
        before = [it["connectorId"] for it in updates if it["connectorId"] in known_ids]
        ids = before if kind == "duplicate" and before else sorted(known_ids)
        connector_id = UNKNOWN_CONNECTOR if kind == "unknown" else draw(st.sampled_from(ids))
        update = draw(refused_updates() if kind == "refused" else connector_updates())
        updates.append({"connectorId": connector_id, **update})
        chosen.append("known" if kind == "duplicate" and not before else kind)
    return BatchUpdate(tuple(updates), tuple(chosen))
