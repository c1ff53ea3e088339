"""Ids that are unpredictable to look at and the same on every machine."""

import uuid
from collections.abc import Callable

import pytest

from mockserver.values.ids import Mint


def test_every_mint_gives_the_same_ids() -> None:
    assert Mint().uuid4("calls") == Mint().uuid4("calls")


def test_a_mint_goes_on_where_another_has_stopped() -> None:
    mint = Mint()
    mint.uuid4("calls")
    fork, restored = mint.fork(), Mint(mint.counts)
    assert mint.uuid4("calls") == fork.uuid4("calls") == restored.uuid4("calls")


def test_streams_do_not_influence_each_other() -> None:
    mint, other = Mint(), Mint()
    other.serial("correlation-ids")
    assert mint.uuid4("calls") == other.uuid4("calls")
    assert mint.hexadecimal("connectors", 8) == other.hexadecimal("connectors", 8)


@pytest.mark.parametrize("mint_id", [Mint.uuid4, Mint.serial])
def test_uuids_are_of_version_4_and_all_different(mint_id: Callable[[Mint, str], str]) -> None:
    mint = Mint()
    ids = [uuid.UUID(mint_id(mint, "calls")) for _ in range(1000)]
    assert {id_.version for id_ in ids} == {4}
    assert {id_.variant for id_ in ids} == {uuid.RFC_4122}
    assert len(set(ids)) == 1000


def test_ids_are_the_ones_that_other_machines_mint() -> None:
    assert Mint().uuid4("outboundCalls") == "d7a19614-331a-4eff-a3e8-7dd975e7ab75"
