"""What the kit knows of a resource is in that resource's module; the rest works with whatever a module declares."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import Phase, find, settings
from hypothesis import strategies as st

import mockserver.testing
from mockserver.testing import OPERATIONS, Answer, ApiRequest, Model, Operation, World, worlds
from mockserver.testing.comparison import differences
from mockserver.testing.fields import Field, ids
from mockserver.testing.tables import Refusal, Tables
from mockserver.testing.worlds import RESOURCES, Resource

KIT = Path(mockserver.testing.__file__).parent
# The public names; the values that resources share; the worlds of the machine of telephony.
NAMING = {"__init__.py", "values.py", "machine.py"}


def test_only_the_modules_of_resources_name_any() -> None:
    named = {
        f"{path.name}: {line.strip()}"
        for path in KIT.glob("*.py")
        if path.name not in NAMING
        for line in path.read_text(encoding="utf-8").splitlines()
        if re.search(r"connector|phone|outbound|voice", line, re.IGNORECASE)
    }
    assert named == set()


def owned_account(tables: Tables, name: str) -> str:
    if name != tables.account_id:
        raise Refusal(404, "ACCOUNT_NOT_FOUND")
    return name


@pytest.fixture
def topics() -> Iterator[None]:
    """Declare a resource of accounts and agents, as a module of its own would."""
    before, resources = dict(OPERATIONS), dict(RESOURCES)
    account = Field(known=lambda tables, _: [str(tables.account_id)], resolve=owned_account)
    topic = Field(known=ids("topics", "topicId"))
    RESOURCES["topics"] = Resource(records="topics", key="topicId", rows=lambda *_: st.nothing())

    @Operation("listTopics", "GET", "/v1/accounts/{accountId}/topics", {"accountId": account})
    def _list(model: Model, request: ApiRequest) -> list[object]:
        return [row["topicId"] for row in model.at("topics", request.path)]

    @Operation("deleteTopic", "DELETE", "/v1/agents/{agentId}/topics/{topicId}", {"topicId": topic}, status=204)
    def _delete(model: Model, request: ApiRequest) -> None:
        model.rows["topics"].remove(model.find("topics", "TOPIC_NOT_FOUND", **request.path))

    yield
    for registry, saved in ((OPERATIONS, before), (RESOURCES, resources)):
        registry.clear()
        registry.update(saved)  # type: ignore[arg-type]  # each with its own


AGENT = {"agentId": "PROJECT-1", "topics": [{"topicId": "T-1", "name": "Hours"}, {"topicId": "T-2", "name": "Prices"}]}
WORLD = World({"accounts": [{"accountId": "ws-1", "apiKeys": [{"key": "demo-key"}], "agents": [AGENT]}]})


@pytest.mark.usefixtures("topics")
def test_a_declared_resource_is_read_from_seeds_and_answered_for() -> None:
    model = Model(WORLD)
    listing = ApiRequest("listTopics", {"accountId": "ws-1"})
    assert OPERATIONS["listTopics"].places(model) == [{"accountId": "ws-1"}]
    assert OPERATIONS["deleteTopic"].places(model) == [
        {"agentId": "PROJECT-1", "topicId": "T-1"},
        {"agentId": "PROJECT-1", "topicId": "T-2"},
    ]
    assert model.answer(listing) == Answer(200, ["T-1", "T-2"])
    assert model.answer(ApiRequest("deleteTopic", {"agentId": "PROJECT-1", "topicId": "T-1"})) == Answer(204)
    assert model.answer(listing) == Answer(200, ["T-2"])
    assert model.answer(ApiRequest("listTopics", {"accountId": "ws-2"})).status == 404
    assert model.answer(ApiRequest("deleteTopic", {"agentId": "PROJECT-1", "topicId": "T-1"})).status == 404


@pytest.mark.usefixtures("topics")
def test_a_resource_of_accounts_is_read_and_drawn_with_them() -> None:
    badges = st.sampled_from(("crm", "billing")).map(lambda name: {"name": name})
    RESOURCES["badges"] = Resource(owner="accounts", records="badges", key="name", rows=lambda *_: badges)
    account = {**WORLD["accounts"][0], "badges": [{"name": "crm"}]}
    assert Model({"accounts": [account]}).at("badges", {"accountId": "ws-1"}) == [{"name": "crm", "accountId": "ws-1"}]
    quickly = settings(max_examples=1, phases=[Phase.generate], database=None)
    drawn = find(worlds(max_accounts=1, min_badges=2), bool, settings=quickly)["accounts"][0]
    assert {badge["name"] for badge in drawn["badges"]} == {"crm", "billing"}
    assert all("badges" not in agent for agent in drawn["agents"])


def test_lists_are_compared_as_bodies_and_empty_bodies_are_not_compared() -> None:
    def kept(_: str, seen: str) -> str:
        return seen

    assert differences(Answer(200, ["T-1", "T-2"]), Answer(200, ["T-1", "T-2"]), kept) == []
    assert differences(Answer(200, ["T-1"]), Answer(200, ["T-2"]), kept) == ['[0] is "T-2", where "T-1" is right']
    assert differences(Answer(200, ["T-1"]), Answer(200, []), kept) == ['the body is [], where ["T-1"] is right']
    assert differences(Answer(204), Answer(204), kept) == []
