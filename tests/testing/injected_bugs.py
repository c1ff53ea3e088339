"""Bugs in what answers a client, each around the engine that has none: the state machine has to find every one."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from mockserver.state.accounts import Agent
from mockserver.testing import Answer, ApiRequest
from mockserver.testing.values import JsonObject
from tests.testing.adapters import EngineAdapter

Bug = Callable[["BuggyAdapter", ApiRequest], Answer]
BUGS: list[Bug] = []


class BuggyAdapter(EngineAdapter):
    """The engine with a bug, which may remember what it has seen."""

    def __init__(self, bug: Bug) -> None:
        self.bug = bug

    def start(self, world: JsonObject) -> JsonObject | None:
        self.memory: dict[str, Any] = {}
        return super().start(world)

    def request(self, request: ApiRequest) -> Answer:
        return self.bug(self, request) if request.flaw is None else self.right(request)

    def right(self, request: ApiRequest) -> Answer:
        """Answer as the engine does."""
        return super().request(request)

    def ask(self, request: ApiRequest, operation: str, body: Any = None, **path: str) -> Any:
        """Return the body of another operation's answer, with the same agent unless `path` has one."""
        path = {"agentId": request.path["agentId"], **path}
        return self.right(ApiRequest(operation, path, body=body)).body


def bug(*operations: str) -> Callable[[Bug], Bug]:
    """List a bug, which these operations have."""

    def around(function: Bug) -> Bug:
        def answer(engine: BuggyAdapter, request: ApiRequest) -> Answer:
            return function(engine, request) if request.operation in operations else engine.right(request)

        answer.__name__ = function.__name__
        BUGS.append(answer)
        return answer

    return around


@bug("listPhoneNumbers")
def an_index_keeps_a_number_that_has_another_connector_now(engine: BuggyAdapter, request: ApiRequest) -> Answer:
    rows = engine.right(request).body
    seen = engine.memory.setdefault(request.query.get("connectorId", ""), set())
    if "phoneNumbers" not in rows or "connectorId" not in request.query:
        return engine.right(request)
    listed = rows["phoneNumbers"]
    seen.update(row["number"] for row in listed)
    others = engine.ask(request, "listPhoneNumbers")["phoneNumbers"]
    return Answer(200, {"phoneNumbers": [*listed, *(it for it in others if it["number"] in seen and it not in listed)]})


@bug("deleteConnector")
def a_cascade_forgets_a_number(engine: BuggyAdapter, request: ApiRequest) -> Answer:
    answer = engine.right(request)
    for number in answer.body.get("deletedPhoneNumbers", [])[:1]:
        engine.ask(request, "importPhoneNumber", {}, phoneNumber=number)
    return answer


@bug("batchUpdateConnectors")
def a_batch_stops_at_the_first_failure(engine: BuggyAdapter, request: ApiRequest) -> Answer:
    items: Any = (request.body or {})["updates"]
    results: list[Any] = []
    for item in items:
        if any(not result["success"] for result in results):
            results.append({"connectorId": item["connectorId"], "success": False, "error": "Not tried."})
            continue
        answer = engine.right(replace(request, body={"updates": [item]}))
        if answer.status != 200:
            return answer
        results += answer.body["results"]
    return Answer(200, {"results": results})


@bug("updateConnector")
def a_move_leaves_numbers_behind(engine: BuggyAdapter, request: ApiRequest) -> Answer:
    connector_id = request.path["connectorId"]
    listed = ApiRequest("listPhoneNumbers", {"agentId": request.path["agentId"]}, {"connectorId": connector_id})
    before = engine.right(listed).body
    answer = engine.right(request)
    if answer.status == 200 and answer.body["projectId"] != request.path["agentId"]:
        for row in before["phoneNumbers"]:
            engine.ask(request, "deletePhoneNumber", agentId=answer.body["projectId"], phoneNumber=row["number"])
            engine.ask(request, "importPhoneNumber", {}, phoneNumber=row["number"])
    return answer


@bug("updateConnector")
def a_null_is_ignored(engine: BuggyAdapter, request: ApiRequest) -> Answer:
    given = {name: it for name, it in (request.body or {}).items() if name != "variantId" or it is not None}
    return engine.right(replace(request, body=given))


@bug("importPhoneNumbers")
def a_number_is_imported_twice(engine: BuggyAdapter, request: ApiRequest) -> Answer:
    numbers: Any = (request.body or {})["phoneNumbers"]
    for number in numbers:
        engine.ask(request, "deletePhoneNumbers", {"phoneNumbers": [number]})
    return engine.right(request)


@bug("importPhoneNumber", "importPhoneNumbers")
def the_default_connector_is_simply_the_first(engine: BuggyAdapter, request: ApiRequest) -> Answer:
    answer = engine.right(request)
    imported = answer.body.get("imported", [])
    for number in [imported] if isinstance(imported, str) else imported:
        env = engine.ask(request, "getPhoneNumber", phoneNumber=number)["clientEnv"]
        rows = engine.ask(request, "listConnectors")["connectors"]
        first = next(row["connectorId"] for row in rows if row["clientEnv"] == env)
        engine.ask(request, "reassignPhoneNumber", {"connectorId": first}, phoneNumber=number)
    return answer


@bug("deletePhoneNumber")
def a_second_delete_succeeds(engine: BuggyAdapter, request: ApiRequest) -> Answer:
    answer = engine.right(request)
    missing = answer.body.get("error_code") == "PHONE_NUMBERS_NOT_FOUND"
    return Answer(200, {"deleted": request.path["phoneNumber"]}) if missing else answer


@bug("listPhoneNumbers")
def a_list_loses_its_order(engine: BuggyAdapter, request: ApiRequest) -> Answer:
    answer = engine.right(request)
    if answer.status != 200:
        return answer
    return Answer(200, {"phoneNumbers": sorted(answer.body["phoneNumbers"], key=lambda row: str(row["number"]))})


@bug("importPhoneNumbers")
def a_refused_import_imports_what_it_can(engine: BuggyAdapter, request: ApiRequest) -> Answer:
    answer = engine.right(request)
    numbers: Any = (request.body or {})["phoneNumbers"]
    for number in numbers if answer.status == 409 else ():
        engine.right(replace(request, body={**(request.body or {}), "phoneNumbers": [number]}))
    return answer


@bug("batchUpdateConnectors")
def a_refused_item_changes_what_it_can(engine: BuggyAdapter, request: ApiRequest) -> Answer:
    answer = engine.right(request)
    items: Any = (request.body or {})["updates"]
    for item, result in zip(items, answer.body.get("results", ()), strict=False):
        if not result["success"] and "variantId" in item:
            known = {"variantId": item["variantId"]}
            engine.ask(request, "updateConnector", known, connectorId=item["connectorId"])
    return answer


@bug("getConnector", "updateConnector", "deleteConnector")
def a_connector_of_another_agent_leaks(engine: BuggyAdapter, request: ApiRequest) -> Answer:
    agents = [request.path["agentId"], *(agent.agent_id for agent in engine.world.state[Agent])]
    answers = [engine.right(replace(request, path={**request.path, "agentId": agent})) for agent in agents]
    return next((answer for answer in answers if answer.status == 200), answers[0])


@bug("updateConnector")
def a_voice_does_not_bring_its_language(engine: BuggyAdapter, request: ApiRequest) -> Answer:
    before = engine.ask(request, "getConnector", connectorId=request.path["connectorId"])
    answer = engine.right(request)
    return answer if answer.status != 200 else Answer(200, {**answer.body, "ttsLangCode": before["ttsLangCode"]})


@bug("reassignPhoneNumber")
def a_reassigned_number_keeps_its_environment(engine: BuggyAdapter, request: ApiRequest) -> Answer:
    before = engine.ask(request, "getPhoneNumber", phoneNumber=request.path["phoneNumber"])
    answer = engine.right(request)
    return answer if answer.status != 200 else Answer(200, {**answer.body, "clientEnv": before["clientEnv"]})


@bug("getConnector", "lookupConnector", "updateConnector")
def a_changed_connector_is_shown_as_it_was(engine: BuggyAdapter, request: ApiRequest) -> Answer:
    answer = engine.right(request)
    return engine.memory.setdefault(answer.body["connectorId"], answer) if answer.status == 200 else answer


@bug("triggerOutboundCall")
def the_same_call_sid_is_given_twice(engine: BuggyAdapter, request: ApiRequest) -> Answer:
    answer = engine.right(request)
    return engine.memory.setdefault("first", answer) if answer.status == 200 else answer


@bug("getOutboundCallStatus")
def a_call_is_never_forgotten(engine: BuggyAdapter, request: ApiRequest) -> Answer:
    answer = engine.right(request)
    if answer.status == 200:
        engine.memory[request.target] = answer
    shown: Answer = engine.memory.get(request.target, answer)
    return shown


@bug("getConnector", "updateConnector", "deleteConnector")
def a_missing_connector_is_a_server_error(engine: BuggyAdapter, request: ApiRequest) -> Answer:
    answer = engine.right(request)
    return Answer(500) if answer.body.get("error_code") == "CONNECTORS_NOT_FOUND" else answer
