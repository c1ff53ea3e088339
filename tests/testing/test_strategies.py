"""What the strategies make is what they say, is registered for its type, and shrinks to what reads well."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import assume, find, given, settings
from hypothesis import strategies as st

from mockserver import seeds
from mockserver.resources import OPERATIONS as BUILT
from mockserver.testing import (
    E164,
    OPERATIONS,
    ApiRequest,
    Connector,
    Model,
    NotE164,
    World,
    api_requests,
    connectors,
    invalid_phone_numbers,
    phone_numbers,
    worlds,
)
from mockserver.testing.fields import ANYWHERE
from mockserver.testing.tables import Tables
from mockserver.testing.worlds import RESOURCES
from mockserver.values.e164 import is_e164
from tests.state.invariants import broken_invariants
from tests.testing.adapters import EngineAdapter

SMALL = settings(max_examples=60, deadline=None)
FULL = World(
    {
        "accounts": [
            {
                "accountId": "ws-1",
                "apiKeys": [{"key": "demo-key"}],
                "agents": [
                    {
                        "agentId": "PROJECT-1",
                        "connectors": [
                            {
                                "connectorId": "conn_1",
                                "name": "Main line",
                                "accountId": "ws-1",
                                "projectId": "PROJECT-1",
                                "clientEnv": "live",
                                "variantId": "",
                                "asrLangCode": "en-US",
                                "ttsLangCode": "en-US",
                                "voiceName": "en-US-Neural2-A",
                                "disableHandoff": False,
                            }
                        ],
                        "phoneNumbers": [{"number": "+442079460100", "clientEnv": "live", "connectorId": "conn_1"}],
                        "outboundCalls": [
                            {
                                "callSid": "OUT-00000000-0000-4000-8000-000000000001",
                                "toNumber": "+442079460100",
                                "environment": "live",
                                "connectorId": "conn_1",
                                "queuedAt": "2026-07-02T10:00:00Z",
                                "callingAt": "2026-07-02T10:00:00Z",
                                "endedAt": "2026-07-02T10:00:00Z",
                                "status": "SUCCESS",
                                "reason": "",
                            }
                        ],
                    }
                ],
            },
            {"accountId": "ws-2", "agents": [{"agentId": "PROJECT-2"}]},
        ],
        "clock": {"frozenAt": "2026-07-02T10:00:00Z"},
    }
)


@given(phone_numbers())
def test_phone_numbers_are_those_that_the_server_takes(number: str) -> None:
    assert is_e164(number)


@given(invalid_phone_numbers())
def test_invalid_phone_numbers_are_those_that_it_refuses(number: str) -> None:
    assert not is_e164(number)


@SMALL
@given(worlds())
def test_worlds_are_seeds(world: World) -> None:
    state = seeds.load_data(world)
    assert broken_invariants(state) == []
    assert seeds.export(seeds.load_data(seeds.export(state))) == seeds.export(state)


@SMALL
@given(worlds(min_agents=2, max_agents=2, min_connectors=1, max_connectors=2, max_phone_numbers=0, max_accounts=1))
def test_worlds_have_the_size_that_was_asked_for(world: World) -> None:
    (account,) = world["accounts"]
    assert len(account["agents"]) == 2
    for agent in account["agents"]:
        assert 1 <= len(agent["connectors"]) <= 2
        assert "phoneNumbers" not in agent


@SMALL
@given(connectors("ws-1", "PROJECT-1"))
def test_connectors_may_stand_in_a_seed(connector: Connector) -> None:
    agent = {"agentId": "PROJECT-1", "connectors": [connector]}
    state = seeds.load_data({"accounts": [{"accountId": "ws-1", "agents": [agent]}]})
    (exported,) = seeds.export(state)["accounts"][0]["agents"][0]["connectors"]
    assert exported["connectorId"] == connector["connectorId"]


@pytest.mark.parametrize("name", OPERATIONS)
@settings(max_examples=25, deadline=None)
@given(data=st.data())
def test_requests_are_answered_with_a_status_that_they_allow(name: str, data: st.DataObject) -> None:
    world = data.draw(worlds(max_agents=1, max_accounts=1, **{f"min_{resource}": 1 for resource in RESOURCES}))
    assume(OPERATIONS[name].valid_places(Model(world)))
    request = data.draw(api_requests(world, operations=[name]))
    adapter = EngineAdapter()
    adapter.start(world)
    assert adapter.request(request).status in request.statuses


@SMALL
@given(api_requests(broken=False), api_requests(FULL, broken=True))
def test_requests_are_valid_or_broken_as_asked(valid: ApiRequest, broken: ApiRequest) -> None:
    assert valid.flaw is None
    assert broken.flaw is not None


@SMALL
@given(st.data(), st.sampled_from(("getPhoneNumber", "deletePhoneNumber", "reassignPhoneNumber", "lookupConnector")))
def test_no_number_of_the_world_is_called_unknown(data: st.DataObject, name: str) -> None:
    taken = "+999999999999999"
    agent = {
        **FULL["accounts"][0]["agents"][0],
        "phoneNumbers": [{"number": taken, "clientEnv": "live", "connectorId": "conn_1"}],
    }
    world = World({"accounts": [{**FULL["accounts"][0], "agents": [agent]}]})
    request = data.draw(api_requests(world, operations=[name], broken=True))
    adapter = EngineAdapter()
    adapter.start(world)
    assert adapter.request(request).status in request.statuses


def test_a_world_without_connectors_has_no_request_about_one() -> None:
    agent = {"agentId": "PROJECT-1"}
    empty = World({"accounts": [{"accountId": "ws-1", "apiKeys": [{"key": "demo-key"}], "agents": [agent]}]})
    with pytest.raises(ValueError, match="nothing that getConnector could be about"):
        api_requests(empty, operations=["getConnector"])


def test_operations_are_where_the_server_has_them() -> None:
    here = {(row.name, row.method, row.path, row.status, row.body is not None) for row in OPERATIONS.values()}
    built = {(row.name, row.method, row.path, row.success, row.body is not None) for row in BUILT}
    assert here == built


@pytest.mark.parametrize(
    ("strategy", "smallest"),
    [
        (phone_numbers(), "+1000000"),
        (invalid_phone_numbers(), ""),
        (
            worlds(),
            {
                "accounts": [
                    {"accountId": "ws-1", "agents": [{"agentId": "PROJECT-1"}], "apiKeys": [{"key": "demo-key"}]}
                ],
                "clock": {"frozenAt": "2026-07-02T10:00:00Z"},
            },
        ),
        (
            api_requests(FULL, operations=["listConnectors", "getConnector"]),
            ApiRequest("listConnectors", {"agentId": "PROJECT-1"}, statuses=(200,)),
        ),
    ],
)
def test_examples_shrink_to_the_plainest(strategy: st.SearchStrategy[object], smallest: object) -> None:
    assert find(strategy, lambda _: True) == smallest


def test_a_connector_shrinks_to_one_that_a_person_might_have_written() -> None:
    assert find(connectors(), lambda _: True) == FULL["accounts"][0]["agents"][0]["connectors"][0]


def test_a_broken_request_reads_as_what_is_broken() -> None:
    request = find(api_requests(FULL, operations=["getConnector"]), lambda it: it.flaw == "unknown-connector")
    assert repr(request) == (
        "ApiRequest('getConnector', path={'agentId': 'PROJECT-1', 'connectorId': 'conn_unknown'}, "
        "flaw='unknown-connector', statuses=(404,))"
    )


OF_TYPE: dict[object, Callable[[Any], bool]] = {
    E164: is_e164,
    NotE164: lambda text: isinstance(text, str) and not is_e164(text),
    Connector: lambda it: it.keys() == Connector.__required_keys__,
    World: lambda it: seeds.load_data(it) is not None,
    ApiRequest: lambda it: it.operation in OPERATIONS and it.statuses != (),
}


@pytest.mark.parametrize("kind", OF_TYPE, ids=lambda kind: kind.__name__)
@settings(max_examples=5, deadline=None)
@given(data=st.data())
def test_every_type_has_its_strategy(kind: type[object], data: st.DataObject) -> None:
    assert OF_TYPE[kind](data.draw(st.from_type(kind)))


@given(data=st.data())
def test_a_clients_method_is_called_with_ids_that_any_url_can_hold(data: st.DataObject) -> None:
    tables = Tables(data.draw(worlds()))
    for operation in OPERATIONS.values():
        for parameter in operation.parameters.values():
            values = parameter.at(tables, ANYWHERE)
            if not values.is_empty:
                assert re.fullmatch(r"[\w.+ -]+", data.draw(values), re.ASCII)
