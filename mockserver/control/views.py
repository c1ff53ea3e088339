"""Changes of records as the control plane shows them: by the API's names, without their places in listings."""

from mockserver.http.json import NotRequired, TypedDict
from mockserver.state import plain
from mockserver.state.state import Change


class FieldChange(TypedDict):
    """A field's value before and after."""

    before: object
    after: object


class RecordChange(TypedDict):
    """What happened to a record: it as a whole where it was created or deleted, its fields where it was updated.

    The name of a field within another one, or of a value in a list, is the path to it: `topics TOPIC-1 name`.
    """

    table: str
    key: str
    record: NotRequired[dict[str, object]]
    fields: NotRequired[dict[str, FieldChange]]


def change_view(change: Change) -> RecordChange:
    """Return a change in full."""
    shown: RecordChange = {"table": change.table, "key": change.key}
    if change.before is None or change.after is None:
        shown["record"] = plain.view(change.before or change.after)
    else:
        changes = plain.changes(change.before, change.after)
        shown["fields"] = {" ".join(it.path): {"before": it.before, "after": it.after} for it in changes}
    return shown
