"""Undocumented behaviour: the default chosen, and the alternatives that a seed may select.

One field for each open question; its default is what the fake assumes, and its line of documentation what is printed.
"""

from dataclasses import dataclass
from typing import Annotated, Literal

from mockserver.state.schema import Column


def policy(doc: str) -> Column:
    """Return the declaration of a policy, whose choices are the literals of its type, the default first."""
    return Column(doc, nullable=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Policies:
    """One choice for each question that no document answers."""

    auto_create_connector: Annotated[
        Literal["create", "never"],
        policy(
            "Importing into an environment that has no connector makes a default one (en-US, no variant), "
            "or routes the number nowhere."
        ),
    ] = "create"
    import_routing: Annotated[
        Literal["default-connector", "none"],
        policy("Where an imported number is routed when the request names no connector."),
    ] = "default-connector"
    import_connector_id: Annotated[
        Literal["ignore", "route"],
        policy("A `connectorId` in the body of a single import, which only a guide shows: ignored, or obeyed."),
    ] = "ignore"
    missing_import_body: Annotated[
        Literal["accept", "refuse"], policy("Whether a single import may come without a body.")
    ] = "accept"
    existing_imports: Annotated[
        Literal["conflict", "skip"],
        policy("A batch import with a number that is imported already: 409 for all, or skip that one."),
    ] = "conflict"
    repeated_import: Annotated[
        Literal["conflict", "accept"],
        policy("A single import onto the very connector that the number is on already: 409, or 201."),
    ] = "conflict"
    duplicate_imports: Annotated[
        Literal["collapse", "refuse"],
        policy("A number listed twice in one import: imported once, or 409 for all."),
    ] = "collapse"
    duplicate_gets: Annotated[
        Literal["collapse", "repeat"],
        policy("An id listed twice in a batch get: answered once, or as often as it is listed."),
    ] = "collapse"
    duplicate_deletes: Annotated[
        Literal["error", "ignore"],
        policy("A number listed twice in a batch delete: the second is an error entry, or nothing."),
    ] = "error"
    malformed_deletes: Annotated[
        Literal["per-item", "refuse"],
        policy("A malformed number in a batch delete: an error entry, or 400 for all."),
    ] = "per-item"
    unknown_filter: Annotated[
        Literal["empty", "refuse"],
        policy("Listing numbers of an unknown connector: an empty list, or 400."),
    ] = "empty"
    lookup_miss: Annotated[
        Literal["not-found", "bad-request"],
        policy("Looking up a number that leads to no connector: 404, or 400."),
    ] = "not-found"
    cross_environment_reassign: Annotated[
        Literal["follow", "keep", "refuse"],
        policy(
            "A number reassigned to a connector of another environment takes that environment, keeps its own, "
            "or is refused with 400."
        ),
    ] = "follow"
    moved_numbers: Annotated[
        Literal["follow", "stay"],
        policy("Numbers of a connector that moves to another agent go with it, or stay, unrouted."),
    ] = "follow"
    variant_check: Annotated[
        Literal["none", "listed"],
        policy("Any `variantId` will do, or only those of the agent's `variants`; others get 400."),
    ] = "none"
    null_language: Annotated[
        Literal["clear", "refuse"],
        policy("`asrLangCode: null` and `voiceName: null` clear the value, or are refused with 400."),
    ] = "clear"
    empty_update: Annotated[
        Literal["accept", "refuse"],
        policy("An update that changes nothing: accepted, or refused with 400."),
    ] = "accept"
    unknown_call: Annotated[
        Literal["not-found", "bad-request"],
        policy("The status of an unknown or expired call: 404, or 400."),
    ] = "not-found"
    absent_fields: Annotated[
        Literal["omit", "null"],
        policy('An optional field of a record that has no value: left out of answers, or null (as text: "null").'),
    ] = "omit"
    extra_keys: Annotated[
        Literal["by-route", "ignore", "refuse"],
        policy(
            "Unknown keys of a JSON body: refused or left out as the route does, always left out, or always refused "
            "with 400."
        ),
    ] = "by-route"
    magic_values: Annotated[
        Literal["ordinary", "magic"],
        policy("Magic numbers and ids are like any others, or misbehave by themselves."),
    ] = "ordinary"
    duplicate_secrets: Annotated[
        Literal["conflict", "overwrite"],
        policy("Creating a secret whose name the account has is a 409, or updates that secret."),
    ] = "conflict"
