"""The facts are facts and nothing else, and the list of public operations comes from them."""

from mockserver.resources import public_operations
from tests.contract.facts import facts, routes
from tests.contract.reduce import reduce

DEBUG_CHAT = "/v1/agents/{agentId}/debug-chat"


def test_there_are_64_operations() -> None:
    assert len(set(routes())) == 64


def test_reducing_facts_changes_nothing() -> None:
    assert reduce(facts()) == facts()


def test_a_description_is_not_a_fact() -> None:
    schemas = {
        "Any": {"title": "Any", "description": "What it is.", "example": "x", "type": "string", "nullable": True}
    }
    response = {"description": "Success.", "content": {"application/json": {"schema": {"$ref": "#/Any"}}}}
    document = {
        "openapi": "3.1.0",
        "info": {"title": "T", "version": "1", "description": "What it does."},
        "security": [],
        "paths": {"/": {"get": {"summary": "Gets.", "tags": ["T"], "responses": {"200": response}}}},
        "components": {"securitySchemes": {}, "schemas": schemas},
    }
    assert reduce(document) == {
        "openapi": "3.1.0",
        "info": {"title": "T", "version": "1"},
        "security": [],
        "paths": {
            "/": {
                "parameters": [],
                "get": {"responses": {"200": {"content": {"application/json": {"schema": {"$ref": "#/Any"}}}}}},
            }
        },
        "components": {"securitySchemes": {}, "schemas": {"Any": {"type": ["string", "null"]}}},
    }


def test_the_public_operations_are_those_of_the_facts_and_of_debug_chat() -> None:
    debug_chat = (("POST", DEBUG_CHAT), ("POST", f"{DEBUG_CHAT}/{{conversationId}}"))
    assert public_operations() == (*routes(), *debug_chat)
