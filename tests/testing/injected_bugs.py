"""Bugs to be planted in the engine, each one that a rewrite could bring: the machine has to find every one."""

import json
from collections.abc import Callable
from dataclasses import replace

import pytest

from mockserver.api.fragments import Written, write
from mockserver.api.operation import Call
from mockserver.errors import ApiError
from mockserver.resources import connectors as connector_resource
from mockserver.resources.connectors import BatchUpdateConnectorItem, BatchUpdateResultItem, UpdateConnectorBody
from mockserver.state import batches, cascades, connectors, encoding, outbound_calls, phone_numbers
from mockserver.state.accounts import Agent
from mockserver.state.cascades import ConnectorUpdate
from mockserver.state.connectors import Connector
from mockserver.state.outbound_calls import OutboundCall
from mockserver.state.phone_numbers import PhoneNumber
from mockserver.state.schema import Record
from mockserver.state.state import State
from mockserver.state.table import Table
from mockserver.values.environments import ClientEnv

Plant = Callable[[pytest.MonkeyPatch], None]
PLANTS: list[Plant] = []


def plant(bug: Plant) -> Plant:
    """List a bug."""
    PLANTS.append(bug)
    return bug


@plant
def an_index_is_not_cleared_when_a_row_changes(monkeypatch: pytest.MonkeyPatch) -> None:
    def write(table: Table[Connector], key: str, row: Connector | None) -> None:
        stale = {index: {value: dict(keys) for value, keys in it.items()} for index, it in table._buckets.items()}
        original(table, key, row)
        for index, buckets in stale.items():
            for value, keys in buckets.items():
                if key in keys and key in table._changes:
                    table._buckets[index].setdefault(value, {})[key] = None

    original = Table._write
    monkeypatch.setattr(Table, "_write", write)


@plant
def a_cascade_forgets_one_number(monkeypatch: pytest.MonkeyPatch) -> None:
    def delete_connector(state: State, agent_id: str, connector_id: str) -> list[str]:
        connectors.get_connector(state, agent_id, connector_id)
        rows = state.phone_numbers.where("connector_id", connector_id)
        for row in rows[:1]:
            state.phone_numbers.put(replace(row, connector_id=None))
        for row in rows[1:]:
            state.phone_numbers.pop(row.number)
        state.connectors.pop(connector_id)
        return [row.number for row in rows]

    monkeypatch.setattr(cascades, "delete_connector", delete_connector)


@plant
def a_batch_stops_at_the_first_failure(monkeypatch: pytest.MonkeyPatch) -> None:
    def update_item(call: Call, item: BatchUpdateConnectorItem) -> Written[BatchUpdateResultItem]:
        if call in stopped:
            return write({"connectorId": item["connectorId"], "success": False, "error": "Not tried."})
        result = original(call, item)
        if not json.loads(result.text)["success"]:
            stopped.append(call)
        return result

    stopped: list[Call] = []
    original = connector_resource._update_item
    monkeypatch.setattr(connector_resource, "_update_item", update_item)


@plant
def a_move_leaves_numbers_behind(monkeypatch: pytest.MonkeyPatch) -> None:
    def move(state: State, connector: Connector, agent: Agent) -> Connector:
        for row in state.phone_numbers.where("connector_id", connector.connector_id):
            state.phone_numbers.put(replace(row, connector_id=None))
        state.connectors.pop(connector.connector_id)
        moved = replace(connector, agent_id=agent.agent_id, position=state.connectors.next_position())
        state.connectors.put(moved)
        return moved

    monkeypatch.setattr(cascades, "_move_connector", move)


@plant
def a_null_is_ignored(monkeypatch: pytest.MonkeyPatch) -> None:
    def unpack(body: UpdateConnectorBody) -> ConnectorUpdate:
        return {name: value for name, value in original(body).items() if name != "variant_id" or value is not None}

    original = connector_resource._unpack
    monkeypatch.setattr(connector_resource, "_unpack", unpack)


@plant
def a_number_is_imported_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    def import_phone_numbers(state: State, agent_id: str, numbers: list[str], env: ClientEnv) -> list[str]:
        for number in numbers:
            row = state.phone_numbers.get(number)
            if row is not None and row.agent_id == agent_id:
                state.phone_numbers.pop(number)
        return original(state, agent_id, numbers, env)

    original = cascades.import_phone_numbers
    monkeypatch.setattr(cascades, "import_phone_numbers", import_phone_numbers)


@plant
def the_default_connector_is_simply_the_first(monkeypatch: pytest.MonkeyPatch) -> None:
    def default(state: State, agent_id: str, env: ClientEnv, variant_id: str = "") -> Connector | None:
        rows = [row for row in connectors.list_connectors(state, agent_id) if row.client_env == env]
        return next((row for row in rows if not variant_id or row.variant_id == variant_id), None)

    for module in (connectors, cascades, outbound_calls):
        monkeypatch.setattr(module, "default_connector", default)


@plant
def a_second_delete_succeeds(monkeypatch: pytest.MonkeyPatch) -> None:
    def delete(state: State, _: str, number: str) -> None:
        if number in state.phone_numbers:
            state.phone_numbers.pop(number)

    monkeypatch.setattr(phone_numbers, "delete_phone_number", delete)


@plant
def a_list_loses_its_order(monkeypatch: pytest.MonkeyPatch) -> None:
    def list_phone_numbers(state: State, agent_id: str, connector_id: str | None = None) -> list[PhoneNumber]:
        return sorted(original(state, agent_id, connector_id), key=lambda row: row.number)

    original = phone_numbers.list_phone_numbers
    monkeypatch.setattr(phone_numbers, "list_phone_numbers", list_phone_numbers)


@plant
def a_refused_import_is_not_rolled_back(monkeypatch: pytest.MonkeyPatch) -> None:
    def import_phone_numbers(state: State, agent_id: str, numbers: list[str], env: ClientEnv) -> list[str]:
        for number in batches.unique(numbers):
            original(state, agent_id, [number], env)
            state.commit()
        return batches.unique(numbers)

    original = cascades.import_phone_numbers
    monkeypatch.setattr(cascades, "import_phone_numbers", import_phone_numbers)


@plant
def a_refused_item_changes_what_it_can(monkeypatch: pytest.MonkeyPatch) -> None:
    def update_item(call: Call, item: BatchUpdateConnectorItem) -> Written[BatchUpdateResultItem]:
        result = original(call, item)
        if not json.loads(result.text)["success"] and "variantId" in item:
            original(call, {"connectorId": item["connectorId"], "variantId": item["variantId"]})
        return result

    original = connector_resource._update_item
    monkeypatch.setattr(connector_resource, "_update_item", update_item)


@plant
def a_connector_of_another_agent_leaks(monkeypatch: pytest.MonkeyPatch) -> None:
    def get_connector(state: State, agent_id: str, connector_id: str) -> Connector:
        connector = state.connectors.get(connector_id)
        return connector or original(state, agent_id, connector_id)

    original = connectors.get_connector
    monkeypatch.setattr(connectors, "get_connector", get_connector)


@plant
def a_voice_does_not_bring_its_language(monkeypatch: pytest.MonkeyPatch) -> None:
    def update_connector(*arguments: object) -> Connector:
        state, _, _, connector_id, _ = arguments
        assert isinstance(state, State)
        before = state.connectors.get(str(connector_id))
        changed = original(*arguments)  # type: ignore[arg-type]  # passed on as they came
        if before is not None:
            changed = replace(changed, tts_lang_code=before.tts_lang_code)
            state.connectors.put(changed)
        return changed

    original = cascades.update_connector
    monkeypatch.setattr(cascades, "update_connector", update_connector)


@plant
def a_reassigned_number_keeps_its_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    def reassign(state: State, agent_id: str, number: str, connector_id: str) -> PhoneNumber:
        before = phone_numbers.get_phone_number(state, agent_id, number)
        after = replace(original(state, agent_id, number, connector_id), client_env=before.client_env)
        state.phone_numbers.put(after)
        return after

    original = phone_numbers.reassign_phone_number
    monkeypatch.setattr(phone_numbers, "reassign_phone_number", reassign)


@plant
def a_changed_record_is_shown_as_it_was(monkeypatch: pytest.MonkeyPatch) -> None:
    def write(record: Record) -> str:
        key = record.connector_id if isinstance(record, Connector) else original(record)
        return first.setdefault(key, original(record))

    first: dict[str, str] = {}
    original = encoding._write
    monkeypatch.setattr(encoding, "_write", write)


@plant
def the_same_call_sid_is_given_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outbound_calls, "_fresh_call_sid", lambda _: "OUT-00000000-0000-4000-8000-000000000001")


@plant
def a_call_is_never_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    def expired(_call: OutboundCall, _now: object) -> bool:
        return False

    monkeypatch.setattr(outbound_calls, "_expired", expired)


@plant
def a_missing_connector_is_a_server_error(monkeypatch: pytest.MonkeyPatch) -> None:
    def get_connector(state: State, agent_id: str, connector_id: str) -> Connector:
        try:
            return original(state, agent_id, connector_id)
        except ApiError as refusal:
            raise KeyError(connector_id) from refusal

    original = connectors.get_connector
    monkeypatch.setattr(connectors, "get_connector", get_connector)
