"""Problems in the shape of a seed: all at once, each where it stands, with what is allowed instead."""

import pytest

from tests.seeds.reports import account, agent, connector, problems_in, problems_in_data

E164 = "is not a valid phone number; expected E.164 form: + and 7 to 15 digits, such as +442079460100"
ID = "is not a valid id; expected 1 to 100 letters, digits, '.', '_' and '-', a letter or digit first"
TIME = "is not a valid time; expected one with a zone, such as 2026-07-02T10:00:00Z"
SECONDS = "is not a valid number of seconds; expected 0 to 86,400"


def test_all_problems_are_reported_at_once_in_the_order_of_the_file() -> None:
    assert problems_in(
        """\
        accounts:
          - accountId: ws-1
            apiKeys:
              - {key: a~b, expired: maybe}
              - {key: k, agents: [P-2]}
            agents:
              - agentId: P-1
                agentId: P-1
                nme: Support
                connectors:
                  - connectorId: conn_1
                    clientEnv: prod
                    phoneNumbers: [+442079460100, 02079460101]
                  - {connectorId: conn_1, disableHandoff: NO, name: !shout Hi}
                phoneNumbers:
                  - {number: +442079460100, connectorId: conn_9}
        policies: {repeatedImport: maybe}
        """
    ) == [
        "4:15: accounts[0].apiKeys[0].key: this key is not a valid API key; expected 1 to 200 visible "
        "ASCII characters without '~'",
        '4:29: accounts[0].apiKeys[0].expired: "maybe" is not a valid flag; expected true or false',
        '5:27: accounts[0].apiKeys[1].agents[0]: "P-2" is not an agent of this account; did you mean P-1?',
        "8:9: accounts[0].agents[0].agentId: given twice; a mapping may have a key only once",
        "9:9: accounts[0].agents[0].nme: unknown key nme; did you mean name?",
        '12:24: accounts[0].agents[0].connectors[0].clientEnv: "prod" is not a valid choice; expected sandbox, '
        "pre-release, live",
        f'13:43: accounts[0].agents[0].connectors[0].phoneNumbers[1].number: "02079460101" {E164}',
        '14:27: accounts[0].agents[0].connectors[1].connectorId: "conn_1" is already used by the connector at '
        "accounts[0].agents[0].connectors[0].connectorId",
        '14:51: accounts[0].agents[0].connectors[1].disableHandoff: "NO" is not a valid flag; expected true or false',
        "14:61: accounts[0].agents[0].connectors[1].name: the tag !shout is not allowed: a seed has no tags",
        '16:22: accounts[0].agents[0].phoneNumbers[0].number: "+442079460100" is already used by the number at '
        "accounts[0].agents[0].connectors[0].phoneNumbers[0]",
        '16:50: accounts[0].agents[0].phoneNumbers[0].connectorId: "conn_9" is not a connector of this agent; did you '
        "mean conn_1?",
        '17:28: policies.repeatedImport: "maybe" is not a valid choice; expected conflict, accept',
    ]


def test_problems_before_a_syntax_error_are_reported_with_it() -> None:
    lines = problems_in("accounts: []\naccounts: []\nb: [c\n")
    assert [line.partition(": ")[0] for line in lines] == ["2:1", "4:1"]


@pytest.mark.parametrize(
    ("written", "hint"),
    [
        ("voicename: x", "voicename; did you mean voiceName?"),
        ("client_env: live", "client_env; did you mean clientEnv?"),
        (
            "zzz: x",
            "zzz; allowed: accountId, asrLangCode, clientEnv, connectorId, disableHandoff, name, phoneNumbers, "
            "projectId, ttsLangCode, variantId, voiceName",
        ),
    ],
)
def test_an_unknown_key_names_the_nearest_known_one_or_all(written: str, hint: str) -> None:
    text = f"accounts: [{{accountId: ws-1, agents: [{{agentId: P-1, connectors: [{{connectorId: c, {written}}}]}}]}}]"
    key = written.partition(":")[0]
    path = f"accounts[0].agents[0].connectors[0].{key}"
    assert problems_in(text) == [f"1:{text.index(written) + 1}: {path}: unknown key {hint}"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("acounts: []\naccounts: []", "1:1: acounts: unknown key acounts; did you mean accounts?"),
        ("accounts: []\npolicies: {unknownCalls: x}", "2:12: policies.unknownCalls: unknown key unknownCalls; did you"),
        (
            "accounts: []\noutboundCalls: {+442079460100: {statsu: SUCCESS}}",
            "2:33: outboundCalls.+442079460100.statsu: unknown key statsu; did you mean status?",
        ),
        (
            "accounts: [{accountId: w, agents: [{agentId: p, outboundCalling: {lvie: enabled}}]}]",
            "1:67: accounts[0].agents[0].outboundCalling.lvie: unknown key lvie; did you mean live?",
        ),
        ("accounts: []\noutboundCalls: {12: {}}", f'2:17: outboundCalls.12: "12" {E164}'),
        ("accounts: []\n'[key]': x", '2:1: ["[key]"]: unknown key [key]; allowed: accounts, clock,'),
        ('accounts: []\n"a\\nb": x', '2:1: ["a\\nb"]: unknown key a\\nb; allowed: accounts, clock,'),
    ],
)
def test_a_wrong_key_is_reported_at_the_key(text: str, expected: str) -> None:
    (line,) = problems_in(text)
    assert line.startswith(expected)


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (None, "expected a mapping with the key accounts, not null"),
        ([], "expected a mapping with the key accounts, not a list"),
        ({}, "accounts is missing"),
        ({"accounts": None}, "accounts: expected a list, not null"),
        ({"accounts": {}}, "accounts: expected a list, not a mapping"),
        ({"accounts": ["ws-1"]}, 'accounts[0]: expected a mapping, not "ws-1"'),
        ({"accounts": [], 1: 2}, "[1]: a key must be text"),
        ({"accounts": [{}]}, "accounts[0]: accountId is missing"),
        ({"accounts": [{"accountId": 5}]}, f"accounts[0].accountId: 5 {ID}"),
        ({"accounts": [{"accountId": "a b"}]}, f'accounts[0].accountId: "a b" {ID}'),
        ({"accounts": [{"accountId": b"a"}]}, f"accounts[0].accountId: a value of type bytes {ID}"),
        ({"accounts": ()}, "accounts: expected a list, not a value of type tuple"),
        ({"accounts": [], "rejectedVoices": [2.5]}, "rejectedVoices[0]: 2.5 is not text"),
        ({"accounts": [], "outboundCalls": []}, "outboundCalls: expected a mapping, not a list"),
        (agent(name="\ud800"), 'accounts[0].agents[0].name: "\\ud800" has a character that UTF-8 cannot hold'),
        (agent(name=True), "accounts[0].agents[0].name: true is not text"),
        (agent(phoneNumbers=[14155550100]), f"accounts[0].agents[0].phoneNumbers[0].number: 14155550100 {E164}"),
        (agent(phoneNumbers=[None]), f"accounts[0].agents[0].phoneNumbers[0].number: null {E164}"),
        (
            connector(disableHandoff=1),
            "accounts[0].agents[0].connectors[0].disableHandoff: 1 is not a valid flag; expected true or false",
        ),
        (agent(slug="x" * 101), f'accounts[0].agents[0].slug: "{"x" * 80}…" {ID}'),
        (agent(slug="a\x1b\u2028\ud800\n"), f'accounts[0].agents[0].slug: "a\\x1b\\u2028\\ud800\\n" {ID}'),
        (agent(slug=10**5000), f"accounts[0].agents[0].slug: a value of type int {ID}"),
    ],
)
def test_a_value_of_the_wrong_kind(data: object, expected: str) -> None:
    assert problems_in_data(data) == [expected]


@pytest.mark.parametrize(
    "time",
    ["soon", "2026-07-01", "2026-07-01T10:00:00", "1751450000", "0001-01-01T00:00:00+05:00", "", 1751450000, True, []],
)
def test_a_time_needs_a_zone(time: object) -> None:
    (line,) = problems_in_data(account(apiKeys=[{"key": "k", "expiresAt": time}]))
    assert line.startswith("accounts[0].apiKeys[0].expiresAt: ")
    assert line.endswith(TIME)


@pytest.mark.parametrize("seconds", ["soon", "", "nan", "inf", "-1", -0.5, 86_401, 10**400, True, None, [], {}])
def test_seconds_are_a_number_within_a_day(seconds: object) -> None:
    (line,) = problems_in_data({"accounts": [], "outboundCalls": {"+442079460100": {"queuedSeconds": seconds}}})
    assert line.startswith("outboundCalls.+442079460100.queuedSeconds: ")
    assert line.endswith(SECONDS)


def test_an_unknown_key_below_a_wrong_one() -> None:
    assert problems_in_data({"accounts": [], "outboundCalls": {"status": {"statsu": "SUCCESS"}}}) == [
        f'outboundCalls.status: "status" {E164}',
        "outboundCalls.status.statsu: unknown key statsu; did you mean status?",
    ]


@pytest.mark.parametrize("sid", ["OUT-1", "OUT-------------------------------------", 7])
def test_a_call_needs_a_sid_and_all_its_times(sid: object) -> None:
    lines = problems_in_data(agent(outboundCalls=[{"callSid": sid}]))
    at = "accounts[0].agents[0].outboundCalls[0]"
    missing = ["toNumber", "environment", "connectorId", "queuedAt", "callingAt", "endedAt", "status"]
    assert lines[0].endswith("is not a valid call SID; expected OUT- and a UUID")
    assert lines[1:] == [f"{at}: {key} is missing" for key in missing]
