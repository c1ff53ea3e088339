"""Records and their changes as the control plane shows them: in camelCase, without their places in listings."""

from collections.abc import Mapping
from dataclasses import fields
from datetime import datetime

from mockserver.http.json import NotRequired, TypedDict
from mockserver.state.records import Agent, Record
from mockserver.state.state import Change
from mockserver.values.clock import write_moment
from mockserver.values.naming import camel


class FieldChange(TypedDict):
    """A field's value before and after."""

    before: object
    after: object


class RecordChange(TypedDict):
    """What happened to a record: it as a whole where it was created or deleted, its fields where it was updated."""

    table: str
    key: str
    record: NotRequired[dict[str, object]]
    fields: NotRequired[dict[str, FieldChange]]


def record_view(record: Record) -> dict[str, object]:
    """Return a record's fields by the API's names for them."""
    return {
        _name(record, field.name): _value(getattr(record, field.name))
        for field in fields(record)
        if field.name != "position"
    }


def change_view(change: Change) -> RecordChange:
    """Return a change in full."""
    shown: RecordChange = {"table": change.table, "key": change.key}
    if change.before is None or change.after is None:
        record = change.before or change.after
        assert record is not None, "a change has a side"
        shown["record"] = record_view(record)
    else:
        before, after = record_view(change.before), record_view(change.after)
        shown["fields"] = {
            name: {"before": before[name], "after": after[name]} for name in after if before[name] != after[name]
        }
    return shown


def _name(record: Record, name: str) -> str:
    return "projectId" if name == "agent_id" and not isinstance(record, Agent) else camel(name)


def _value(value: object) -> object:
    if isinstance(value, datetime):
        return write_moment(value)
    if isinstance(value, tuple):
        return list(value)
    return dict(value) if isinstance(value, Mapping) else value
