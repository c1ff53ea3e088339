"""Requests to the API: every operation, right, and wrong in each way that it refuses."""

from typing import Any

from tests.recorded.session import Session

SALES = "/v1/agents/acme-sales/telephony"
CONNECTOR, NUMBER = "connectors/conn_abc123", "phone-numbers/+442071234567"
MALFORMED = ("{", "[]", "null", '"text"', '{"a": NaN}', '{"a": 1, "a": 2}', '{"a": "\\ud800"}', " ", "{}{}", "1e999")
STRICT: dict[str, str] = {
    "autoCreateConnector": "never",
    "importRouting": "none",
    "importConnectorId": "ignore",
    "missingImportBody": "refuse",
    "existingImports": "skip",
    "duplicateImports": "refuse",
    "duplicateGets": "repeat",
    "duplicateDeletes": "ignore",
    "malformedDeletes": "refuse",
    "unknownFilter": "refuse",
    "lookupMiss": "bad-request",
    "crossEnvironmentReassign": "refuse",
    "movedNumbers": "stay",
    "variantCheck": "listed",
    "nullLanguage": "refuse",
    "emptyUpdate": "refuse",
    "unknownCall": "bad-request",
}


def access(session: Session) -> None:
    for key in (None, "", "unheard-of", "old-key", "ending-key", "support-only", "globex-key", "demo-key~bad/name"):
        session.api("GET", CONNECTOR, key=key)
    for path in (
        f"{SALES}/connectors",
        f"{SALES}/connectors/batch",
        "/v1/agents/PROJECT-9KD3W0ZB/telephony/connectors",
    ):
        session.api("GET", path, key="support-only")
    for path in ("/v1/agents/nowhere/telephony/connectors", "/v1/agents/ws-fd112d8f/telephony/connectors"):
        session.api("GET", path)
        session.api("GET", path, key=None)
    for path in ("conectors", "connectors/", "connectors/a/b", "/v1/", "/telephony/x"):
        session.api("GET", path)
        session.api("DELETE", path, key=None)
    for method in ("PUT", "DELETE", "OPTIONS", "HEAD"):
        for path in ("connectors", "connectors/lookup", NUMBER, "outbound-calls"):
            session.api(method, path)
    for path in ("connectors/conn%5Fabc123", "connectors/conn_abc123%2F", "phone-numbers/%2B442071234567", "%ff"):
        session.api("GET", path)
    session.api("GET", f"{CONNECTOR}?verbose=true&connectorId=x")
    session.api("GET", CONNECTOR, x_polyai_correlation_id="my-own-id")
    session.api("GET", CONNECTOR, host="elsewhere.example")
    session.api("POST", "connectors/lookup", {"phoneNumber": "+442071234567", "note": "x" * 2_000})


def connectors(session: Session) -> None:
    for path in (
        "connectors",
        CONNECTOR,
        "connectors/conn_pre001",
        "connectors/conn_nowhere",
        "connectors/conn_sales01",
    ):
        session.api("GET", path)
    for ids in (["conn_abc123", "conn_nowhere", "conn_abc123", "conn_sales01"], [], ["conn_nowhere"] * 2, [1], None):
        session.api("POST", "connectors/batch", {"connectorIds": ids})
    for number in ("+442071234567", "+442079460190", "+448081570200", "+442079460777", "nonsense", "", None):
        session.api("POST", "connectors/lookup", {"phoneNumber": number})
    for method, path in (("POST", "connectors/batch"), ("POST", "connectors/lookup"), ("PATCH", CONNECTOR)):
        session.api(method, path)
        for body in MALFORMED:
            session.api(method, path, body)
    updates: tuple[dict[str, Any], ...] = (
        {},
        {"variantId": "VARIANT-1"},
        {"variantId": None},
        {"asrLangCode": "fr-FR"},
        {"asrLangCode": None, "voiceName": None},
        {"voiceName": "fr-FR-Wavenet-A", "name": "unknown here"},
        {"voiceName": "es-419-X"},
        {"voiceName": "en-GB-Wavenet-B", "variantid": "misspelt"},
        {"voiceName": "nonsense"},
        {"voiceName": "en-GB-Broken-Z"},
        {"voiceName": "en-GB-Magic-Rejected"},
        {"voiceName": 7},
        {"projectId": None},
        {"projectId": "PROJECT-NOWHERE"},
        {"projectId": "PROJECT-9KD3W0ZB"},
    )
    for update in updates:
        session.api("PATCH", CONNECTOR, update)
        session.api("PATCH", "connectors/batch", {"updates": [{"connectorId": "conn_new456", **update}]})
    session.api("PATCH", "connectors/conn_nowhere", {})
    session.api("PATCH", CONNECTOR, {"projectId": "acme-sales"}, key="support-only")
    items: list[object] = [{"connectorId": name, **update} for name in ("conn_abc123", "x") for update in updates[:11]]
    moving = {"connectorId": "conn_new456", "projectId": "acme-sales"}
    batches: tuple[object, ...] = (items, [], [*items, 1], [{}], [moving], None)
    for batch in batches:
        session.api("PATCH", "connectors/batch", {"updates": batch})
    session.api("PATCH", CONNECTOR, {"projectId": "acme-sales"})
    session.api("GET", f"{SALES}/connectors")
    session.api("GET", f"{SALES}/phone-numbers")
    for _ in range(2):
        session.api("DELETE", f"{SALES}/{CONNECTOR}")
    session.api("DELETE", "connectors/conn_pre001")


def numbers(session: Session) -> None:
    nums = "phone-numbers"
    for query in (
        "",
        "?connectorId=conn_abc123",
        "?connectorId=conn_sales01",
        "?connectorId=",
        "?connectorID=x&page=2",
    ):
        session.api("GET", nums + query)
    for number in ("+442071234567", "+442079460190", "+448081570200", "442071234567", "nonsense", "%2B1"):
        session.api("GET", f"{nums}/{number}")
    bodies: tuple[object, ...] = (
        {"phoneNumbers": ["+442079460301", "+442079460302", "+442079460301"]},
        {"phoneNumbers": ["+442079460303"], "clientEnv": "sandbox"},
        {"phoneNumbers": ["+442079460304"], "clientEnv": "pre-release", "connectorId": "conn_abc123"},
        {"phoneNumbers": ["+442079460305", "+442079460301"]},
        {"phoneNumbers": ["+448081570200"]},
        {"phoneNumbers": ["+442079460306", "nonsense"]},
        {"phoneNumbers": ["+442079460306"], "clientEnv": "production"},
        {"phoneNumbers": ["+442079460306"], "clientEnv": None},
        {"phoneNumbers": "+442079460306"},
        {"phoneNumbers": []},
        {},
        *MALFORMED[:4],
    )
    for body in bodies:
        session.api("POST", nums, body)
        session.api("POST", f"{nums}/batch", body)
    singles: tuple[tuple[str, object], ...] = (
        ("+442079460310", ...),
        ("+442079460311", {}),
        ("+442079460312", {"clientEnv": "sandbox"}),
        ("+442079460313", {"connectorId": "conn_pre001"}),
        ("+442079460314", {"connectorId": "conn_new456", "clientEnv": "sandbox", "note": 1}),
        ("+442079460315", {"connectorId": "conn_nowhere"}),
        ("+442079460315", {"connectorId": "conn_sales01"}),
        ("+442079460315", {"connectorId": None}),
        ("+442079460315", {"clientEnv": "x"}),
        ("+442079460315", "null"),
        ("+442079460315", "{"),
        ("+442071234567", {"connectorId": "conn_abc123"}),
        ("+442071234567", {"connectorId": "conn_new456"}),
        ("+448081570200", {}),
        ("nonsense", {}),
        ("+0123456", ...),
    )
    for number, body in singles:
        session.api("POST", f"{nums}/{number}", body)
    reassigned: tuple[tuple[str, object], ...] = (
        ("+442071234567", {"connectorId": "conn_new456"}),
        ("+442079460312", {"connectorId": "conn_pre001"}),
        ("+442071234567", {"connectorId": "conn_nowhere"}),
        ("+442071234567", {"connectorId": "conn_sales01"}),
        ("+442071234567", {"connectorId": None}),
        ("+442071234567", {}),
        ("+442071234567", ...),
        ("+442079460777", {"connectorId": "conn_new456"}),
        ("nonsense", {"connectorId": "conn_new456"}),
    )
    for number, body in reassigned:
        session.api("PATCH", f"{nums}/{number}", body)
    for number in ("+442079460310", "+442079460310", "+448081570200", "nonsense"):
        session.api("DELETE", f"{nums}/{number}")
    for numbers in (["+442079460311", "+442079460777", "+442079460311", "x"], ["+442079460301"], [], [None], None):
        session.api("DELETE", nums, {"phoneNumbers": numbers})
    session.api("DELETE", nums)
    session.api("DELETE", nums, "{")
    session.api("GET", nums)


def calls(session: Session) -> None:
    calls = "outbound-calls"
    sids = []
    for number in (
        "+442012345678",
        "+442079460997",
        "+442079460998",
        "+442079460999",
        "+442079460990",
        "+442079460991",
    ):
        answer = session.api("POST", calls, {"toNumber": number, "environment": "live"})
        assert answer is not None
        sids.append(answer.json()["callSid"])
    good = {"toNumber": "+442012345678", "environment": "live"}
    changes: tuple[dict[str, object], ...] = (
        {"toNumber": "020 7946 0100", "countryCode": "GB", "variantId": "VARIANT-E5AAC615"},
        {"metadata": {"order": "7"}, "encryption": "any", "extra": True},
        {"metadata": {"order": 7}},
        {"countryCode": "XX"},
        {"toNumber": "nonsense"},
        {"toNumber": None},
        {"environment": "sandbox"},
        {"environment": "pre-release"},
        {"environment": "x"},
        {"variantId": "VARIANT-NOWHERE"},
        {"variantId": None},
    )
    for change in changes:
        session.api("POST", calls, {**good, **change})
    for malformed in ("{}", *MALFORMED[:3]):
        session.api("POST", calls, malformed)
    for environment in ("sandbox", "pre-release", "live"):
        session.api("POST", f"{SALES}/{calls}", {**good, "environment": environment})
    for query in ("", "?environment=", "?environment=x", "?environment=sandbox", "?environment=live&page=1"):
        session.api("GET", f"{calls}/{sids[0]}/status{query}")
    for sid in ("nonsense", "OUT-00000000-0000-4000-8000-000000000000", sids[0].lower()):
        session.api("GET", f"{calls}/{sid}/status?environment=live")
    session.api("GET", f"{SALES}/{calls}/{sids[0]}/status?environment=live")
    session.api("GET", f"{SALES}/{calls}/{sids[0]}/status?environment=pre-release")
    for span in ("2s", "1s", "29s", "30s", "1h58m", "2m"):
        session.control("POST", "worlds/default/clock", {"advance": span})
        for sid in sids:
            session.api("GET", f"{calls}/{sid}/status?environment=live")
    session.api("GET", CONNECTOR, key="ending-key")
    session.control("GET", "worlds/default/state")


def policies(session: Session) -> None:
    world = session.control("GET", "worlds/default/state")
    assert world is not None
    session.control("PUT", "worlds/default/state", {**world.json(), "policies": STRICT})
    session.api("POST", "phone-numbers", {"phoneNumbers": ["+442079460401", "+442071234567"]})
    session.api("POST", "phone-numbers", {"phoneNumbers": ["+442079460402", "+442079460402"]})
    session.api("POST", "phone-numbers", {"phoneNumbers": ["+442079460403"], "clientEnv": "sandbox"})
    session.api("POST", "phone-numbers/+442079460404", {"connectorId": "conn_new456"})
    session.api("POST", "phone-numbers/+442079460405")
    session.api("POST", NUMBER, {"connectorId": "conn_abc123"})
    session.api("POST", "connectors/batch", {"connectorIds": ["conn_abc123", "conn_abc123", "x", "x"]})
    session.api("GET", "phone-numbers?connectorId=conn_nowhere")
    session.api("POST", "connectors/lookup", {"phoneNumber": "+442079460190"})
    session.api("POST", "connectors/lookup", {"phoneNumber": "+442079460777"})
    session.api("PATCH", "phone-numbers/+442079460190", {"connectorId": "conn_abc123"})
    for update in ({}, {"voiceName": None}, {"variantId": None}, {"variantId": "x"}, {"variantId": "VARIANT-E5AAC615"}):
        session.api("PATCH", CONNECTOR, update)
    session.api("GET", "connectors/conn_magic_limited")
    session.api("GET", "outbound-calls/OUT-00000000-0000-4000-8000-000000000000/status?environment=live")
    session.api("DELETE", "phone-numbers", {"phoneNumbers": ["x"]})
    session.api("DELETE", "phone-numbers", {"phoneNumbers": ["+442079460401", "+442079460401"]})
    session.api("PATCH", CONNECTOR, {"projectId": "acme-sales"})
    session.api("GET", "phone-numbers")
    keep = {"policies": {"crossEnvironmentReassign": "keep", "importRouting": "default-connector"}}
    session.control("PATCH", "worlds/default/state", keep)
    session.api("PATCH", "phone-numbers/+442079460190", {"connectorId": "conn_new456"})
    session.api("POST", "phone-numbers/+442079460406", {"clientEnv": "sandbox"})
