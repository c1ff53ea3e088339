"""The catalogue of record types, and that the generic rooms name none of them."""

from pathlib import Path

import pytest

import mockserver
from mockserver.state import catalogue
from mockserver.state.accounts import Account, Agent, ApiKey
from mockserver.state.connectors import Connector
from mockserver.state.phone_numbers import PhoneNumber
from mockserver.state.schema import columns
from mockserver.state.state import State

ROOT = Path(mockserver.__file__).parent
ACCESS = (Account, ApiKey, Agent)  # what every room may know


def test_every_table_is_found_owners_first() -> None:
    names = [table.name for table in State().tables()]
    assert names[:3] == ["accounts", "apiKeys", "agents"]
    for declared in catalogue.record_types():
        assert [owner.TABLE.name for owner in catalogue.owners_of(declared) if owner.TABLE.name not in names] == []
        assert all(owner.TABLE.order < declared.TABLE.order for owner in catalogue.owners_of(declared))


@pytest.mark.parametrize("declared", catalogue.record_types())
def test_every_column_is_documented_and_what_is_optional_means_none_where_it_is_absent(
    declared: catalogue.RecordType,
) -> None:
    for column in columns(declared):
        assert column.doc.endswith(".")
        assert not column.optional or column.default is None


def test_owners_references_and_ids_are_known() -> None:
    assert catalogue.owners_of(PhoneNumber) == (Agent, Account)
    assert [column.name for column in catalogue.owner_columns(PhoneNumber)] == ["accountId", "projectId"]
    assert catalogue.indexes(PhoneNumber) == ("agent_id", "connector_id")
    assert catalogue.nested_in(Connector) == (PhoneNumber,)
    assert catalogue.id_kinds()["phoneNumber"] is catalogue.id_column(PhoneNumber).kind
    assert "key" not in catalogue.id_kinds()
