"""Problems between records: names given twice, names of nothing, owners that contradict the nesting; and secrets."""

from collections.abc import Mapping

import pytest

from mockserver import seeds
from mockserver.state.accounts import API_KEY
from mockserver.state.connectors import Connector
from mockserver.state.outbound_calls import OutboundCall
from tests.seeds.reports import account, agent, connector, problems_in, problems_in_data

CALL = {
    "callSid": "OUT-00000000-0000-4000-8000-000000000000",
    "toNumber": "+442079460100",
    "environment": "live",
    "connectorId": "conn_deleted",
    "queuedAt": "2026-07-02T10:00:00Z",
    "callingAt": "2026-07-02T10:00:02Z",
    "endedAt": "2026-07-02T10:00:12Z",
    "status": "SUCCESS",
}
NUMBER = "+442079460100"


def agents(*rows: Mapping[str, object]) -> dict[str, object]:
    """Return a seed with an account for each of the agents."""
    return {"accounts": [{"accountId": f"ws-{n}", "agents": [row]} for n, row in enumerate(rows)]}


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (
            {"accounts": [{"accountId": "a"}, {"accountId": "a"}]},
            'accounts[1].accountId: "a" is already used by the account at accounts[0].accountId',
        ),
        (
            {"accounts": [{"accountId": "a"}, {"accountId": "b", "slug": "a"}]},
            'accounts[1].slug: "a" is already used by the account at accounts[0].accountId',
        ),
        (
            {"accounts": [{"accountId": "a", "slug": "b"}, {"accountId": "b"}]},
            'accounts[1].accountId: "b" is already used by the account at accounts[0].slug',
        ),
        (
            agents({"agentId": "P"}, {"agentId": "P"}),
            'accounts[1].agents[0].agentId: "P" is already used by the agent at accounts[0].agents[0].agentId',
        ),
        (
            agents({"agentId": "P", "slug": "s"}, {"agentId": "Q", "slug": "s"}),
            'accounts[1].agents[0].slug: "s" is already used by the agent at accounts[0].agents[0].slug',
        ),
        (
            agents({"agentId": "P"}, {"agentId": "Q", "slug": "P"}),
            'accounts[1].agents[0].slug: "P" is already used by the agent at accounts[0].agents[0].agentId',
        ),
        (
            agents(*({"agentId": name, "connectors": [{"connectorId": "c"}]} for name in "PQ")),
            'accounts[1].agents[0].connectors[0].connectorId: "c" is already used by the connector at '
            "accounts[0].agents[0].connectors[0].connectorId",
        ),
        (
            agents(*({"agentId": name, "outboundCalls": [CALL]} for name in "PQ")),
            f'accounts[1].agents[0].outboundCalls[0].callSid: "{CALL["callSid"]}" is already used by the outbound call '
            "at accounts[0].agents[0].outboundCalls[0].callSid",
        ),
        (
            agents(
                {"agentId": "P", "connectors": [{"connectorId": "c", "phoneNumbers": [NUMBER]}]},
                {"agentId": "Q", "phoneNumbers": [{"number": NUMBER}]},
            ),
            f'accounts[1].agents[0].phoneNumbers[0].number: "{NUMBER}" is already used by the number at '
            "accounts[0].agents[0].connectors[0].phoneNumbers[0]",
        ),
        (
            agent(phoneNumbers=[NUMBER, NUMBER]),
            f'accounts[0].agents[0].phoneNumbers[1]: "{NUMBER}" is already used by the number at '
            "accounts[0].agents[0].phoneNumbers[0]",
        ),
    ],
)
def test_a_name_given_twice_is_reported_at_the_second_place(data: object, expected: str) -> None:
    assert problems_in_data(data) == [expected]


def test_the_same_name_may_stand_for_records_of_different_kinds() -> None:
    data = agents({"agentId": "ws-0", "connectors": [{"connectorId": "ws-0"}]})
    assert seeds.load_data(data)[Connector].get("ws-0") is not None


def test_a_key_of_a_mapping_given_twice_is_reported_at_the_second() -> None:
    lines = problems_in("accounts: []\noutboundCalls:\n  +442079460100: {}\n  '+442079460100': {status: OK}\n")
    assert lines == [
        "4:3: outboundCalls.+442079460100: given twice; a mapping may have a key only once",
        '4:29: outboundCalls.+442079460100.status: "OK" is not a valid choice; expected SUCCESS, FAILURE',
    ]


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (
            account(apiKeys=[{"key": "k", "agents": ["P"]}]),
            'accounts[0].apiKeys[0].agents[0]: "P" is not an agent of this account; there are none',
        ),
        (
            {
                "accounts": [
                    {"accountId": "a", "apiKeys": [{"key": "k", "agents": ["P"]}]},
                    {"accountId": "b", "agents": [{"agentId": "P"}]},
                ]
            },
            'accounts[0].apiKeys[0].agents[0]: "P" is not an agent of this account; there are none',
        ),
        (
            agent(phoneNumbers=[{"number": NUMBER, "connectorId": "c"}]),
            'accounts[0].agents[0].phoneNumbers[0].connectorId: "c" is not a connector of this agent; there are none',
        ),
        (
            connector(phoneNumbers=[{"number": NUMBER, "connectorId": "c"}]),
            'accounts[0].agents[0].connectors[0].phoneNumbers[0].connectorId: "c" does not match the enclosing '
            "connector; allowed: conn_1",
        ),
        (
            agent(accountId="other"),
            'accounts[0].agents[0].accountId: "other" does not match the enclosing account; allowed: ws-1',
        ),
        (
            connector(projectId="P-9"),
            'accounts[0].agents[0].connectors[0].projectId: "P-9" does not match the enclosing agent; '
            "did you mean P-1?",
        ),
        (
            connector(phoneNumbers=[{"number": NUMBER, "projectId": "other"}]),
            'accounts[0].agents[0].connectors[0].phoneNumbers[0].projectId: "other" does not match the enclosing '
            "agent; allowed: P-1",
        ),
    ],
)
def test_a_name_of_nothing_says_which_are_allowed(data: object, expected: str) -> None:
    assert problems_in_data(data) == [expected]


def test_a_long_list_of_what_is_allowed_is_cut_short() -> None:
    rows = [{"agentId": f"P{n}"} for n in range(300)]
    (line,) = problems_in_data(account(agents=rows, apiKeys=[{"key": "k", "agents": ["Q"]}]))
    assert "allowed: P0, P1, P2, " in line
    assert line.endswith("P24 and 275 more")


def test_a_call_may_outlive_its_connector() -> None:
    (call,) = seeds.load_data(agent(outboundCalls=[CALL]))[OutboundCall]
    assert call.connector_id == "conn_deleted"


@pytest.mark.parametrize(
    ("keys", "expected"),
    [
        (
            [{"key": "s3cret"}, {"key": "s3cret"}],
            "[1].key: this key is already used by the API key at accounts[0].apiKeys[0].key",
        ),
        (
            [{"key": "s3cret~x"}],
            f"[0].key: this key {API_KEY.wrong}",
        ),
        (
            [{"key": "s3cret key"}],
            f"[0].key: this key {API_KEY.wrong}",
        ),
        (["s3cret"], "[0]: expected a mapping, not this key"),
        ("s3cret", ": expected a list, not this key"),
        (
            [{"key": 1234567890}],
            f"[0].key: this key {API_KEY.wrong}",
        ),
        (
            [{"key": None}],
            f"[0].key: null {API_KEY.wrong}",
        ),
    ],
)
def test_an_api_key_is_never_printed(keys: object, expected: str) -> None:
    (line,) = problems_in_data(account(apiKeys=keys))
    assert line == f"accounts[0].apiKeys{expected}"
    assert "s3cret" not in line
    assert "1234567890" not in line
