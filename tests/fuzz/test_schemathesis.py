"""Schemathesis over our own OpenAPI document, and over the telephony part of the public one: all checks, all phases.

It makes requests that fit a document and requests that do not, follows what answers say, and compares every answer
with what the document promises. Our document is held to be exact: what no schema can say is listed here, with the
check and the operations that it concerns, and why.
"""

from collections.abc import Iterator
from copy import deepcopy
from datetime import UTC, datetime
from typing import Any, NamedTuple

import pytest
import schemathesis
from hypothesis import strategies as st
from schemathesis.engine import Status, events, from_schema

from mockserver.app import create_app
from mockserver.openapi.document import document, path_schema
from mockserver.settings import Settings
from mockserver.state.accounts import Agent
from tests.client import AGENT
from tests.contract.facts import facts
from tests.state.invariants import broken_invariants

# A world lives from 1970 to 8999; the generator's own moments go from the year 0 to a 60th second.
_MOMENTS = st.datetimes(datetime(1970, 1, 2), datetime(8999, 12, 30), timezones=st.just(UTC))  # noqa: DTZ001
schemathesis.openapi.format("date-time", _MOMENTS.map(datetime.isoformat))
# A pattern cannot say that a span is at most a hundred years, nor that time ends with the year 8999.
schemathesis.openapi.format("span", st.sampled_from(["1s", "250ms", "2h30m", "1.5d"]))


class Excluded(NamedTuple):
    """A check that is not made for some operations, and why."""

    check: str
    operations: str
    why: str


EXCLUDED = [
    Excluded(
        "allow_header_conformance",
        r"^POST /v1/\S+/(connectors|phone-numbers)/(batch|lookup)$",
        "`Allow` names the methods of connectors/{connectorId} too: for them, `batch` is the id of a connector",
    ),
    Excluded(
        "unsupported_method",
        r"^POST /v1/\S+/(connectors|phone-numbers)/(batch|lookup)$",
        "for a method that only connectors/{connectorId} has, `batch` is the id of a connector",
    ),
    Excluded(
        "positive_data_acceptance",
        r"^(POST|GET) /v1/\S+/outbound-calls(/\S+)?$",
        "numbering plans and the state decide whether a call can be made: 400 otherwise",
    ),
    Excluded(
        "positive_data_acceptance",
        r"^(POST /_mock/worlds|POST /_mock/worlds/{world}/reset|P(UT|ATCH) /_mock/worlds/{world}/state)$",
        "no schema can say that the records of a seed name one another rightly",
    ),
    Excluded(
        "positive_data_acceptance",
        r"^POST /_mock/worlds/{world}/faults$",
        "no schema can say that a fault's path is that of an operation which names its connector or number",
    ),
    Excluded(
        "positive_data_acceptance",
        r"^POST /_mock/worlds(/{world}/(reset|snapshots/{snapshot}/restore))?$",
        "a document cannot ask for a media type where there need not be a body: 415 otherwise",
    ),
    Excluded(
        "use_after_free",
        r"^\w+ /_mock/worlds/{world}(/|$)",
        "the first use of a world makes it, and so does the first after it was dropped, by whichever call",
    ),
    Excluded(
        "ensure_resource_availability",
        r"^PATCH /v1/\S+/phone-numbers/{phoneNumber}$",
        "what is not found may be the connector that the body names",
    ),
]

EXCLUDED_IN_PUBLIC = [
    *EXCLUDED,
    Excluded(
        "ensure_resource_availability",
        r"^POST /v1/\S+/phone-numbers/{phoneNumber}$",
        "a connector that is deleted takes the number along",
    ),
    Excluded(
        "status_code_conformance",
        r"^(POST /v1/\S+/(lookup|phone-numbers(/{phoneNumber})?)|GET /v1/\S+/status)$",
        "numbers and calls that are unknown, or imported already, have no status there: 404 and 409 (assumed)",
    ),
    Excluded(
        "negative_data_rejection",
        r"^PATCH /v1/\S+/connectors/batch$",
        "an item whose projectId is null fails on its own, as the others do, and not the whole batch (assumed)",
    ),
    Excluded(
        "negative_data_rejection",
        r"^POST /v1/\S+/phone-numbers/{phoneNumber}$",
        "the generator takes some objects of nothing but unknown fields for bodies that do not fit; they do",
    ),
]


def _public() -> dict[str, Any]:
    """Return the telephony part of the public document, with schemas for what it says in prose."""
    whole: dict[str, Any] = deepcopy(facts())
    whole["paths"] = {path: item for path, item in whole["paths"].items() if "/telephony/" in path}
    whole["servers"] = []
    for item in whole["paths"].values():
        for parameter in item.get("parameters", []):
            parameter["schema"] = path_schema(parameter["name"])
    ours: Any = document()["components"]
    for model, schema in whole["components"]["schemas"].items():
        if model.endswith("Body") and model in ours["schemas"]:
            schema["properties"].update(
                {
                    name: field
                    for name, field in ours["schemas"][model]["properties"].items()
                    if name in schema["properties"]
                }
            )
    return whole


def _config(document: Any, excluded: list[Excluded], max_examples: int, seed: int) -> schemathesis.Config:
    (scheme,) = document["security"][0]
    return schemathesis.Config.from_dict(
        {
            "seed": seed,
            "auth": {"openapi": {scheme: {"api_key": "demo-key"}}},
            "parameters": {"path.agentId": AGENT, "path.accountId": "ws-fd112d8f"},
            "generation": {"max-examples": max_examples},
            "operations": [
                {"include-name-regex": operations, "checks": {check: {"enabled": False}}}
                for check, operations, _ in excluded
            ],
        }
    )


class Run(NamedTuple):
    """What was found, and the statuses that every operation answered with."""

    failures: list[str]
    statuses: dict[str, set[int]]
    cases: int


def _failures(event: events.ScenarioFinished) -> Iterator[str]:
    for checks in event.recorder.checks.values():
        for check in checks:
            if check.failure_info is not None:
                failure = check.failure_info.failure
                yield f"{check.name} of {failure.operation}: {failure.message}\n{check.failure_info.code_sample}"


def _run(document: Any, *, excluded: list[Excluded], max_examples: int, seed: int = 1) -> Run:
    app = create_app(Settings(seed="two_agents", allowed_hosts=("testserver",)))
    schema = schemathesis.openapi.from_dict(deepcopy(document), config=_config(document, excluded, max_examples, seed))
    schema.app = app
    run = Run([], {}, 0)
    for event in from_schema(schema).execute():
        if AGENT not in app.state.worlds.default.state[Agent]:  # an operation has deleted what the others need
            app.state.worlds.default.reset()
        if isinstance(event, events.ScenarioFinished):
            run.failures.extend(_failures(event))
            for case, interaction in event.recorder.interactions.items():
                label = event.recorder.cases[case].value.operation.label
                answer = interaction.response
                run.statuses.setdefault(label, set()).add(0 if answer is None else answer.status_code)
                run = run._replace(cases=run.cases + 1)
        elif isinstance(event, events.NonFatalError | events.FatalError):
            run.failures.append(str(event))
        elif isinstance(event, events.PhaseFinished) and event.status == Status.ERROR:
            run.failures.append(f"the phase {event.phase.name} could not be run")
    for world in app.state.worlds:
        assert broken_invariants(world.state) == []
    return run


def _assert_sound(run: Run, document: Any) -> None:
    assert run.failures == []
    assert set(run.statuses) == {
        f"{method.upper()} {path}"
        for path, item in document["paths"].items()
        for method in item
        if method != "parameters"
    }
    never = {label for label, seen in run.statuses.items() if not any(200 <= status < 300 for status in seen)}
    assert len(never) <= len(run.statuses) // 3, never


def test_the_server_is_as_its_document_says() -> None:
    _assert_sound(_run(document(), excluded=EXCLUDED, max_examples=10), document())


def test_the_server_is_as_the_public_document_says() -> None:
    _assert_sound(_run(_public(), excluded=EXCLUDED_IN_PUBLIC, max_examples=10), _public())


@pytest.mark.long
@pytest.mark.parametrize("seed", range(2, 4))
def test_the_server_is_as_its_document_says_for_many_more_requests(seed: int) -> None:
    _assert_sound(_run(document(), excluded=EXCLUDED, max_examples=150, seed=seed), document())


def test_a_document_that_promises_something_else_is_found_out() -> None:
    inexact: Any = deepcopy(document())
    path = "/v1/agents/{agentId}/telephony/connectors"
    inexact["paths"] = {path: inexact["paths"][path]}
    responses = inexact["paths"][path]["get"]["responses"]
    responses["201"] = responses.pop("200")
    failures = _run(inexact, excluded=EXCLUDED, max_examples=1).failures
    assert any(failure.startswith("status_code_conformance of GET ") for failure in failures)
