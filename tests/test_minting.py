"""Ids that are unpredictable to look at and the same on every machine."""

import uuid

from mockserver.minting import Mint


def test_the_same_seed_gives_the_same_ids() -> None:
    assert Mint("a").uuid4("calls") == Mint("a").uuid4("calls")
    assert Mint("a").uuid4("calls") != Mint("b").uuid4("calls")


def test_streams_do_not_influence_each_other() -> None:
    mint, other = Mint(), Mint()
    other.uuid4("correlation-ids")
    assert mint.uuid4("calls") == other.uuid4("calls")
    assert mint.hexadecimal("connectors", 8) == other.hexadecimal("connectors", 8)


def test_uuids_are_of_version_4_and_all_different() -> None:
    mint = Mint()
    ids = [uuid.UUID(mint.uuid4("calls")) for _ in range(1000)]
    assert {id_.version for id_ in ids} == {4}
    assert {id_.variant for id_ in ids} == {uuid.RFC_4122}
    assert len(set(ids)) == 1000


def test_ids_are_the_ones_that_other_machines_mint() -> None:
    assert Mint().uuid4("outbound-calls") == "309bfbef-92df-4db7-8628-753a547eae82"
