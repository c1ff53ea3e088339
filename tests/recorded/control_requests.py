"""Requests to the control plane: every route, right and wrong, and requests to the API that show what it did."""

from tests.recorded.session import Session
from tests.recorded.telephony_requests import CONNECTOR


def journal(session: Session) -> None:
    session.api("GET", "connectors")
    session.api("PATCH", CONNECTOR, {"variantId": "VARIANT-1", "varantId": "x", "nmae": 1})
    session.api("PATCH", CONNECTOR, {"variantId": 7})
    session.api("GET", "connectrs")
    session.control("POST", "worlds/default/clock", {"advance": "5m"})
    session.api("DELETE", CONNECTOR)
    session.api("GET", CONNECTOR, key="unheard-of")
    filters = (
        "operation=listConnectors", "operation=listConectors", "method=patch", "method=GET&status=200", "status=404",
        "status=x", "path=/v1/agents/*/telephony/connectors/*", "since=3", "since=2026-07-02T10:01:00Z", "since=x",
        "since=2026-07-02T10:01:00", "unexpected=true", "unexpected=false", "unexpected=1", "unknown=1",
    )  # fmt: skip
    for query in filters:
        session.control("GET", f"worlds/default/requests?{query}")
    session.control("DELETE", "worlds/default/requests")
    session.api("GET", "connectors/conn_new456")


def faults(session: Session) -> None:
    faults = "worlds/default/faults"
    abc: dict[str, object] = {"operation": "getConnector", "times": 1}
    once: tuple[dict[str, object], ...] = (
        {**abc, "status": 503},
        {**abc, "status": 429, "retryAfter": 3},
        {**abc, "status": 404, "errorCode": "CONNECTORS_NOT_FOUND"},
        {**abc, "status": 403, "errorCode": "FORBIDDEN"},
        {**abc, "status": 599, "body": {"message": "no upstream", "ü": [1, None]}},
        {**abc, "connection": "reset"},
        {**abc, "connection": "close"},
        {**abc, "connection": "garbage"},
        {**abc, "connection": "truncate"},
        {**abc, "delay": {"ms": 1}},
    )
    for fault in once:
        session.control("POST", faults, fault)
    for _ in range(11):
        session.api("GET", CONNECTOR)
    session.control("GET", faults)
    session.control("DELETE", f"{faults}/fault-1")
    session.control("DELETE", f"{faults}/fault-1")
    session.control("DELETE", faults)
    standing: tuple[dict[str, object], ...] = (
        {"operation": "listConnectors", "skip": 1, "times": 2, "status": 500},
        {"method": "get", "path": "/v1/agents/*/telephony/phone-numbers", "probability": 0.5, "status": 502},
        {"connectorId": "conn_new456", "item": "Upstream is busy.", "times": 1},
        {"phoneNumber": "+442079460101", "item": "Busy, too."},
        {"operation": "deleteConnector", "applyThen": {"status": 502, "errorCode": "BAD_GATEWAY"}},
        {"operation": "updateConnector", "applyThen": {"connection": "close"}},
        {"operation": "lookupConnector", "rateLimit": {"requests": 2, "per": "10s"}},
        {"phoneNumber": "+442079460102", "status": 418},
    )
    for fault in standing:
        session.control("POST", faults, fault)
    for _ in range(4):
        session.api("GET", "connectors")
        session.api("GET", "phone-numbers")
        session.api("POST", "connectors/lookup", {"phoneNumber": "+442071234567"})
    session.control("POST", "worlds/default/clock", {"advance": "10s"})
    session.api("POST", "connectors/lookup", {"phoneNumber": "+442071234567"})
    session.api("POST", "connectors/lookup", {"phoneNumber": "+442079460102"})
    updates = [{"connectorId": name, "variantId": "VARIANT-9"} for name in ("conn_new456", "conn_pre001", "x")]
    for _ in range(2):
        session.api("PATCH", "connectors/batch", {"updates": updates})
    session.api("DELETE", "phone-numbers", {"phoneNumbers": ["+442079460101", "+442079460110", "x"]})
    session.api("PATCH", CONNECTOR, {"voiceName": "fr-FR-Wavenet-A"})
    session.api("DELETE", CONNECTOR)
    session.api("GET", "connectors/conn_magic_limited")
    session.api("GET", "phone-numbers/+442079460992")
    session.api("POST", "connectors/batch", {"connectorIds": ["conn_magic_limited"]})
    session.control("GET", faults)


def refused_faults(session: Session) -> None:
    conn: dict[str, object] = {"operation": "getConnector"}
    refused: tuple[object, ...] = (
        {},
        conn,
        {**conn, "status": 200},
        {**conn, "status": 600},
        {**conn, "status": 500, "connection": "reset"},
        {**conn, "status": 500, "times": 0},
        {**conn, "status": 500, "probability": 2},
        {**conn, "status": "500"},
        {**conn, "status": 500, "timse": 1},
        {**conn, "errorCode": "FORBIDDEN", "delay": {"ms": 1}},
        {**conn, "connection": "explode"},
        {**conn, "delay": {}},
        {**conn, "delay": {"uniform": [2, 1]}},
        {**conn, "delay": {"ms": 1, "uniform": [1, 2]}},
        {**conn, "rateLimit": {"requests": 1, "per": "0s"}},
        {**conn, "rateLimit": {"requests": 1, "per": "soon"}},
        {**conn, "applyThen": {}},
        {**conn, "item": "x", "connectorId": "conn_abc123"},
        {**conn, "phoneNumber": "+442071234567", "status": 500},
        {"operation": "getConector", "status": 500},
        {"method": "GET", "status": 500},
        {"method": "GET", "path": "/v1/nowhere", "status": 500},
        {"operation": "getConnector", "method": "GET", "path": "/v1/*", "status": 500},
        {"connectorId": "no id", "status": 500},
        {"phoneNumber": "nonsense", "status": 500},
        {"item": "x"},
        [],
        "{",
    )
    for fault in refused:
        session.control("POST", "worlds/default/faults", fault)
    session.control("GET", "worlds/default/faults")


def state(session: Session) -> None:
    state = "worlds/default/state"
    session.control("GET", state, accept="application/yaml")
    session.control("GET", state, accept="text/html, application/yaml;q=0.5")
    session.control("POST", "worlds/default/snapshots", {"name": "start"})
    known: dict[str, object] = {"connectorId": "conn_abc123"}
    added: dict[str, object] = {"connectorId": "conn_added", "voiceName": "fr-FR-X", "phoneNumbers": ["+442079460503"]}
    parts: tuple[object, ...] = (
        {"accounts": [{"accountId": "ws-2", "apiKeys": [{"key": "second-key"}]}]},
        _agent(phoneNumbers=["+442079460501"]),
        _agent(name="Renamed", connectors=[{**known, "phoneNumbers": ["+442079460502"]}, added]),
        {"outboundCalls": {"+442079460504": {"status": "FAILURE"}}, "rejectedVoices": ["x"], "policies": None},
        {"clock": {"frozenAt": "2026-07-02T11:00:00+01:00"}, "minted": {"connectors": 5}},
        _agent(connectors=[{**known, "name": "x"}]),
        {"accounts": [{"accountId": "ws-fd112d8f", "apiKeys": [{"key": "demo-key"}]}]},
        {"accuonts": []},
        {"accounts": "x"},
        {},
        [],
        "{",
    )
    for part in parts:
        session.control("PATCH", state, part)
    session.control("GET", "worlds/default/diff")
    session.control("GET", "worlds/default/diff?since=start")
    session.control("GET", "worlds/default/diff?since=strat")
    session.control("GET", state)
    session.api("GET", "phone-numbers/+442079460504")
    session.api("GET", "connectors")
    names: tuple[object, ...] = (
        {"name": "second"},
        {"name": "start"},
        {"name": "a b"},
        {"name": 1},
        {},
        {"nmae": "x"},
        "{",
    )
    for body in names:
        session.control("POST", "worlds/default/snapshots", body)
    session.control("GET", "worlds/default/snapshots")
    session.api("DELETE", CONNECTOR)
    session.control("GET", "worlds/default/diff?since=second")
    session.control("POST", "worlds/default/snapshots/second/restore", {})
    session.control("POST", "worlds/default/snapshots/nowhere/restore", {})
    session.api("GET", CONNECTOR)
    for _ in range(2):
        session.control("DELETE", "worlds/default/snapshots/second")
    stopped: dict[str, object] = {"accounts": [], "clock": {"frozenAt": "2026-07-02T10:00:00Z"}}
    seeds: tuple[object, ...] = (stopped, {"accounts": [{}]}, {}, {"accounts": [{"accountId": "a b"}, {"ids": 1}]}, ...)
    for seed in seeds:
        session.control("PUT", state, seed)
    session.control("GET", state)
    session.api("GET", "connectors")


def clock(session: Session) -> None:
    clock = "worlds/default/clock"
    session.control("GET", clock)
    bodies: tuple[object, ...] = (
        {"freeze": True}, {"freeze": "2027-01-01T00:00:00.5+01:00"}, {"advance": "1d2h3m4s5ms"}, {"advance": "1.5s"},
        {"advance": "-1s"}, {"advance": "soon"}, {"advance": "99999d"}, {"freeze": "x"}, {"freeze": False},
        {"freeze": "2027-01-01T00:00:00"}, {"resume": True, "freeze": True}, {}, {"resume": False}, {"resume": 1},
        {"advanec": "1s"}, {"advance": 5}, [], ...,
    )  # fmt: skip
    for body in bodies:
        session.control("POST", clock, body)
    session.control("GET", "worlds/default/state")
    session.control("POST", clock, {"resume": True})
    session.control("POST", "worlds/default/reset", {})
    session.control("GET", clock)


def worlds(session: Session) -> None:
    session.control("GET", "health")
    own: dict[str, object] = {
        "accounts": [{"accountId": "ws-1", "apiKeys": [{"key": "own-key"}]}],
        "clock": {"frozenAt": "2030-01-01T00:00:00Z"},
    }
    bodies: tuple[object, ...] = (
        {"name": "one"}, {"name": "one"}, {"name": "two", "seed": "two_agents"}, {"name": "x", "seed": "two_agent"},
        {"name": "x", "seed": {"accounts": [{}]}}, {"name": "x", "seed": 7}, {"name": "x/y"}, {"name": ".."},
        {"nam": "x"},
        {"name": "three", "seed": own}, ..., "[]",
    )  # fmt: skip
    for body in bodies:
        session.control("POST", "worlds", body)
    session.api("DELETE", CONNECTOR, key="demo-key~one")
    session.api("GET", "connectors", key="demo-key~two")
    session.api("GET", "connectors", key="own-key~three")
    session.api("GET", "connectors", key="demo-key~four")
    session.api("GET", "connectors", key="demo-key~five")
    session.api("GET", "connectors", key="unheard-of~six")
    for path in ("one", "six", "a b", "one/diff", "one/state", "six/state", "two/clock", "three/requests", "default"):
        session.control("GET", f"worlds/{path}")
    session.control("POST", "worlds/one/reset")
    session.control("POST", "worlds/one/reset", {"seed": "empty"})
    session.control("POST", "worlds/one/reset", {"seed": "nowhere"})
    session.api("GET", "connectors", key="demo-key~one")
    session.control("GET", "worlds")
    for path in ("worlds/two", "worlds/two", "worlds/default"):
        session.control("DELETE", path)
    session.control("GET", "health")
    for method, path in (("GET", "nowhere"), ("PUT", "worlds"), ("DELETE", "health"), ("GET", "worlds/one/snapshot")):
        session.control(method, path)
    session.control("POST", "worlds", {}, content_type="text/plain")
    session.control("GET", "worlds", origin="http://elsewhere.example")
    session.control("GET", "worlds", sec_fetch_site="cross-site")
    session.control("GET", "worlds", host="elsewhere.example")
    session.control("GET", "worlds", origin="http://mock")


def _agent(**parts: object) -> dict[str, object]:
    """Return a part of a seed that adds to an agent."""
    agent = {"agentId": "PROJECT-58RP822I", **parts}
    return {"accounts": [{"accountId": "ws-fd112d8f", "agents": [agent]}]}
