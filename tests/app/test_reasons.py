"""Why a request was refused: a sentence for each thing that is wrong, in the journal and never in the answer."""

from collections.abc import Iterator

import pytest

from tests.client import AGENT
from tests.control.mock import Mock

V1 = "http://mock/v1"
NUMBERS = "/phone-numbers"


@pytest.fixture(scope="module")
def mock() -> Iterator[Mock]:
    with Mock() as mock:
        yield mock


CASES = [
    ("GET", f"{V1}/agents/PROJECT-58RP822J/telephony/connectors", None, [f"did you mean {AGENT}?"]),
    ("GET", "/connectors/conn_abc124", None, ["did you mean conn_abc123?"]),
    ("GET", f"{NUMBERS}/+442079460999", None, ['"+442079460999" is not a number of the agent']),
    (
        "POST",
        f"{NUMBERS}/batch",
        {"phoneNumbers": ["+442079460100", "0207", ""]},
        ['"0207" is not a valid', '"" is not'],
    ),
    (
        "POST",
        "/connectors/lookup",
        {"phoneNumber": "0207"},
        ['"0207" is not a valid phone number; expected E.164 form'],
    ),
    ("POST", NUMBERS, {"phoneNumbers": ["+442079460990", "+44 20"]}, ['"+44 20" is not a valid phone number']),
    ("PATCH", "/connectors/conn_abc123", {"voiceName": "Neural2"}, ['"Neural2" does not begin with a language']),
    ("PATCH", "/connectors/conn_abc123", {"projectId": None}, ["projectId must not be null"]),
    ("PATCH", "/connectors/conn_abc123", {"projectId": "PROJECT-58RP822"}, [f"did you mean {AGENT}?"]),
    ("POST", "/outbound-calls", {"toNumber": "020", "environment": "live"}, ['toNumber "020" is not a phone number']),
    (
        "POST",
        "/outbound-calls",
        {"toNumber": "020", "environment": "live", "countryCode": "XX"},
        ['toNumber "020" is not a phone number in the country "XX"'],
    ),
    ("GET", "/outbound-calls/OUT-1/status?environment=live", None, ['"OUT-1" is not a valid call SID']),
    ("GET", "/outbound-calls/OUT-1/status", None, ["environment: field required"]),
    ("PUT", f"{V1}/agents/{AGENT}/secrets/crn", {"value": "x"}, ['"crn" is not the name of a secret']),
    ("GET", f"{V1}/accounts/ws-none/agents", None, ['"ws-none" is not the id or the slug of an account']),
    ("PATCH", f"{NUMBERS}/+442079460100", {"connectorId": "conn_abc124"}, ["did you mean conn_abc123?"]),
]


@pytest.mark.parametrize(("method", "url", "body", "said"), CASES, ids=lambda it: str(it)[:60])
def test_a_refusal_says_why(mock: Mock, method: str, url: str, body: object, said: list[str]) -> None:
    answer = mock.api().request(method, url, json=body)
    assert answer.is_client_error
    reasons = mock.requests()[-1]["mistakes"]
    assert len(reasons) == len(said)
    for reason, part in zip(reasons, said, strict=True):
        assert part in reason
        assert part not in answer.text


def test_every_number_that_is_imported_already_is_named(mock: Mock) -> None:
    mock.api().post(NUMBERS, json={"phoneNumbers": ["+442079460881", "+442079460882"]})
    taken = ["+442079460882", "+442079460883", "+442079460881"]
    assert mock.api().post(NUMBERS, json={"phoneNumbers": taken}).status_code == 409
    said = ["+442079460882 is imported already", "+442079460881 is imported already"]
    assert mock.requests()[-1]["mistakes"] == said


def test_of_many_reasons_the_first_20_are_kept(mock: Mock) -> None:
    numbers = [f"number {index}" for index in range(1_000)]
    assert mock.api().post(NUMBERS, json={"phoneNumbers": numbers}).status_code == 400
    assert len(mock.requests()[-1]["mistakes"]) == 20


@pytest.mark.parametrize(
    ("key", "said"),
    [
        ("demo-key~my world", '"my world" is not a valid world name; expected'),
        ("demo-key~", '"" is not a valid world name; expected'),
        ("demo-kee", "the world has no such key"),
    ],
)
def test_a_key_that_opens_nothing_is_explained(mock: Mock, key: str, said: str) -> None:
    assert mock.api(key=key).get("/connectors").status_code == 401
    assert mock.requests()[-1]["mistakes"][0].startswith(said)


def test_agents_of_other_accounts_are_never_suggested() -> None:
    seed = {
        "accounts": [
            {"accountId": "ws-1", "apiKeys": [{"key": "demo-key"}], "agents": [{"agentId": "PROJECT-AAAA"}]},
            {"accountId": "ws-2", "agents": [{"agentId": "PROJECT-BBBB"}]},
        ]
    }
    with Mock() as mock:
        mock.post("/worlds", {"name": "one", "seed": seed})
        mock.api("one", agent="PROJECT-BBBC").get("/connectors")
        (reason,) = mock.requests("one")[0]["mistakes"]
        assert "PROJECT-AAAA" in reason
        assert "PROJECT-BBBB" not in reason


def test_a_reason_is_one_line_of_printable_text(mock: Mock) -> None:
    mock.api().get("/connectors/%1B%5B31mred%0A%E2%80%AE")
    (reason,) = mock.requests()[-1]["mistakes"]
    assert reason.startswith(r'"\x1b[31mred\n\u202e" is not the id of a connector')
