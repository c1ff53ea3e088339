"""What nobody documents about the service: the choice that the fake makes, and the others that a seed may ask for.

One field for each open question; its default is what the fake assumes. `meaning` is what documentation prints.
"""

from dataclasses import dataclass, field
from typing import Literal


@dataclass(frozen=True, slots=True, kw_only=True)
class Policies:
    """One choice for every open question."""

    auto_create_connector: Literal["create", "never"] = field(
        default="create",
        metadata={
            "meaning": "Importing into an environment that has no connector makes a default one (en-US, no variant), "
            "or routes the number nowhere."
        },
    )
    import_routing: Literal["default-connector", "none"] = field(
        default="default-connector",
        metadata={"meaning": "Where an imported number is routed when the request names no connector."},
    )
    import_connector_id: Literal["route", "ignore"] = field(
        default="route",
        metadata={"meaning": "Whether a single import obeys a `connectorId` in its body, which only a guide shows."},
    )
    missing_import_body: Literal["accept", "refuse"] = field(
        default="accept",
        metadata={"meaning": "Whether a single import may come without a body."},
    )
    existing_imports: Literal["conflict", "skip"] = field(
        default="conflict",
        metadata={"meaning": "A batch import with a number that is imported already: 409 for all, or skip that one."},
    )
    repeated_import: Literal["conflict", "accept"] = field(
        default="conflict",
        metadata={"meaning": "A single import onto the very connector that the number is on already: 409, or 201."},
    )
    duplicate_imports: Literal["collapse", "refuse"] = field(
        default="collapse",
        metadata={"meaning": "A number listed twice in one import: imported once, or 409 for all."},
    )
    duplicate_gets: Literal["collapse", "repeat"] = field(
        default="collapse",
        metadata={"meaning": "An id listed twice in a batch get: answered once, or as often as it is listed."},
    )
    duplicate_deletes: Literal["error", "ignore"] = field(
        default="error",
        metadata={"meaning": "A number listed twice in a batch delete: the second is an error entry, or nothing."},
    )
    malformed_deletes: Literal["per-item", "refuse"] = field(
        default="per-item",
        metadata={"meaning": "A malformed number in a batch delete: an error entry, or 400 for all."},
    )
    unknown_filter: Literal["empty", "refuse"] = field(
        default="empty",
        metadata={"meaning": "Listing numbers of an unknown connector: an empty list, or 400."},
    )
    lookup_miss: Literal["not-found", "bad-request"] = field(
        default="not-found",
        metadata={"meaning": "Looking up a number that leads to no connector: 404, or 400."},
    )
    cross_environment_reassign: Literal["follow", "keep", "refuse"] = field(
        default="follow",
        metadata={
            "meaning": "A number reassigned to a connector of another environment takes that environment, keeps its "
            "own, or is refused with 400."
        },
    )
    moved_numbers: Literal["follow", "stay"] = field(
        default="follow",
        metadata={"meaning": "Numbers of a connector that moves to another agent go with it, or stay, unrouted."},
    )
    variant_check: Literal["none", "listed"] = field(
        default="none",
        metadata={"meaning": "Any `variantId` will do, or only those of the agent's `variants`; others get 400."},
    )
    null_language: Literal["clear", "refuse"] = field(
        default="clear",
        metadata={"meaning": "`asrLangCode: null` and `voiceName: null` clear the value, or are refused with 400."},
    )
    empty_update: Literal["accept", "refuse"] = field(
        default="accept",
        metadata={"meaning": "An update that changes nothing: accepted, or refused with 400."},
    )
    unknown_call: Literal["not-found", "bad-request"] = field(
        default="not-found",
        metadata={"meaning": "The status of an unknown or expired call: 404, or 400."},
    )
    magic_values: Literal["ordinary", "magic"] = field(
        default="ordinary",
        metadata={"meaning": "Magic numbers and ids are like any others, or misbehave by themselves."},
    )
