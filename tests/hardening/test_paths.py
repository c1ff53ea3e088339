"""Odd paths: none is a defect, and nothing but its plain path leads to the control plane, whatever Host says."""

import re
from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from starlette.applications import Starlette

from tests.client import AGENT, server
from tests.hardening.direct import HEADERS, Answer, ask

HEALTH = b"/_mock/health"
WELL = b'"status":"ok"'
CONNECTORS = f"/v1/agents/{AGENT}/telephony/connectors".encode()

ODD = [
    b"//_mock/health",
    b"///_mock/health",
    b"/_mock//health",
    b"/_mock///health",
    b"/%2f_mock/health",
    b"/%2F%2f_mock/health",
    b"/_mock%2fhealth",
    b"/_mock%2Fhealth",
    b"%2f_mock%2fhealth",
    b"/./_mock/health",
    b"/_mock/./health",
    b"/v1/../_mock/health",
    b"/v1/..%2f_mock/health",
    b"/v1/%2e%2e/_mock/health",
    b"/v1/%2E%2E%2F_mock%2Fhealth",
    b"/v1/.%2e/_mock/health",
    b"/v1/..;/_mock/health",
    b"/v1/..\\_mock/health",
    b"/v1/..%5c_mock/health",
    b"/v1/agents/../../_mock/health",
    CONNECTORS + b"/../../../../../_mock/health",
    CONNECTORS + b"/..%2f..%2f..%2f..%2f..%2f_mock%2fhealth",
    b"/openapi.json/../_mock/health",
    b"/%5fmock/health",
    b"/%5Fmock/health",
    b"/_%6dock/health",
    b"/_%6Dock/health",
    b"/_moc%6b/health",
    b"/%5f%6d%6f%63%6b/health",
    b"/%255fmock/health",
    b"/%25%35%66mock/health",
    b"/_mock/healt%68%00",
    b"/_mock%00/health",
    b"/%00/_mock/health",
    b"/_mock/health%00",
    b"/_mock/health%00.json",
    b"/_mock/health%20",
    b"/_mock/health;x=1",
    b"/_mock;x=1/health",
    b"/;/_mock/health",
    b"/_mock/health/",
    b"/_mock/health//",
    b"/_mock/health/.",
    b"/_mock/",
    b"/_mock",
    b"/_MOCK/health",
    b"/_Mock/Health",
    b"/_mock/HEALTH",
    b"\\_mock\\health",
    b"/_mock\\health",
    b"/%5c_mock/health",
    b"/_mock%5chealth",
    b"/%c0%af_mock/health",
    b"/%c0%ae%c0%ae/_mock/health",
    b"/%e0%80%af_mock/health",
    b"/v1/%c0%ae%c0%ae%c0%af_mock/health",
    b"/\xc0\xaf_mock/health",
    b"/\xef\xbc\x8f_mock/health",
    "/＿mock/health".encode(),
    b"/_mock/health#",
    b"/#/_mock/health",
    b"/_mock/#/../health",
    b"/x?/../_mock/health",
    b"/?/_mock/health",
    b"?/_mock/health",
    b"/_mock/health&",
    b"/_mock/health?x=1",
    b"/_mock/health?=",
    b"/_mock/worlds/../health",
    b"/_mock/worlds/..%2fhealth",
    b"http://localhost/_mock/health",
    b"*",
    b"",
    b"/" * 5_000,
    b"/_mock" * 1_000,
    b"/v1/" + b"%2e%2e%2f" * 1_000 + b"_mock/health",
    b"/%",
    b"/%zz",
    b"/%u002f_mock/health",
    b"/V1/agents",
    b"/v1",
    b"/v1/",
    b"//v1/agents",
    b"/%76%31/agents",
    CONNECTORS + b"/",
    CONNECTORS + b"//",
    CONNECTORS + b"%2f",
    CONNECTORS + b"/%00",
    CONNECTORS + b"/%ff%fe",
    CONNECTORS + b"/%ed%a0%80",
    CONNECTORS + b"/..",
    CONNECTORS + b"?connectorId=%00&connectorId=%ff" + b"&x" * 200,
    CONNECTORS.replace(b"connectors", b"phone-numbers") + b"?" + b"a=1&" * 150,
    CONNECTORS.replace(b"connectors", b"%63onnectors"),
    CONNECTORS.replace(b"agents", b"Agents"),
    b"/%6fpenapi.json",
    b"/openapi%2ejson",
    b"/openapi.json/",
    b"//openapi.json",
]


@pytest.fixture(scope="module")
def app() -> Starlette:
    """An application with the small seed."""
    return server("two_agents")


def _answers(app: Starlette, target: bytes) -> Iterator[Answer]:
    for method in ("GET", "POST", "DELETE", "OPTIONS"):
        yield ask(app, method, target, b"{}")


@pytest.mark.parametrize("target", ODD)
def test_an_odd_path_is_refused(app: Starlette, target: bytes) -> None:
    for answer in _answers(app, target):
        assert answer.refused, answer


def test_the_plain_path_is_answered(app: Starlette) -> None:
    for target in (HEALTH, HEALTH + b"?"):
        assert WELL in ask(app, "GET", target).body


def test_a_name_in_a_path_is_decoded_once(app: Starlette) -> None:
    assert ask(app, "GET", CONNECTORS + b"/conn%5Fabc123").status == 200
    assert ask(app, "GET", CONNECTORS + b"/conn%255Fabc123").status == 404
    assert ask(app, "GET", b"/_mock/worlds/%64efault").status == 200
    assert ask(app, "GET", b"/_mock/worlds/%2564efault").status == 400


@pytest.mark.parametrize(
    "host",
    [b"mock/_mock/health?", b"mock#", b"mock?", b"mock/", b"mock/..", b"@mock", b"mock@evil.example", b"mock\\@evil"],
)
@pytest.mark.parametrize("target", [b"/x", b"/v1/agents/x", HEALTH])
def test_a_host_that_would_change_a_url_is_no_host(app: Starlette, host: bytes, target: bytes) -> None:
    answer = ask(app, "GET", target, headers=[(b"host", host), *HEADERS[1:]])
    assert (answer.status, answer.refused) == (403, True)


def test_headers_that_name_another_path_or_method_are_not_heeded(app: Starlette) -> None:
    for name in (b"x-original-url", b"x-rewrite-url", b"x-forwarded-prefix", b"x-http-method-override"):
        answer = ask(app, "GET", b"/x", headers=[*HEADERS, (name, HEALTH)])
        assert answer.status == 404
    override = [*HEADERS, (b"x-http-method-override", b"DELETE")]
    assert ask(app, "GET", CONNECTORS + b"/conn_abc123", headers=override).status == 200
    assert ask(app, "GET", CONNECTORS + b"/conn_abc123").status == 200


pieces = st.sampled_from(
    b"_mock %5fmock _%6dock _MOCK health worlds default state reset v1 V1 agents PROJECT-58RP822I telephony connectors "
    b"openapi.json .. . %2e%2e %00 ;x %c0%ae \xff * % {world} +442071234567 ".split(b" ")
)
separators = st.sampled_from([b"/", b"/", b"/", b"//", b"%2f", b"%2F", b"\\", b"%5c", b";", b"%c0%af", b"?", b"#"])
targets = st.lists(st.tuples(separators, pieces), max_size=9).map(lambda parts: b"".join(map(b"".join, parts)))
PLAIN = re.compile(rb"/_mock/(health|worlds(/[^/?]*(/(state|reset))?)?)(\?.*)?", re.DOTALL)


def _assert_sound(app: Starlette, target: bytes) -> None:
    before = app.state.worlds.default.state
    for answer in _answers(app, target):
        assert answer.status < 500, answer
        if not PLAIN.fullmatch(target):
            assert WELL not in answer.body
            assert app.state.worlds.default.state is before


@settings(deadline=None, max_examples=300)
@given(targets)
def test_no_combination_of_odd_pieces_leads_to_the_control_plane(app: Starlette, target: bytes) -> None:
    _assert_sound(app, target)


@pytest.mark.long
@settings(deadline=None, max_examples=30_000)
@given(targets | st.binary(max_size=40).map(lambda tail: b"/" + tail))
def test_no_combination_of_very_many_leads_to_the_control_plane(app: Starlette, target: bytes) -> None:
    _assert_sound(app, target)
