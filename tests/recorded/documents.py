"""Seeds of which verdicts are recorded: one that uses every key, with one thing changed in each, and texts."""

from collections.abc import Iterator
from copy import deepcopy
from typing import Any

from tests.recorded.session import SEED
from tests.recorded.worlds import ENVIRONMENTS

FULL: dict[str, Any] = {
    "accounts": [
        {
            "accountId": "ws-1",
            "slug": "acme",
            "apiKeys": [
                {"key": "demo-key", "agents": ["P-1", "sales"], "expired": False, "expiresAt": "2026-07-02T10:00:00Z"}
            ],
            "agents": [
                {
                    "agentId": "P-1",
                    "slug": "support",
                    "name": "Support",
                    "accountId": "ws-1",
                    "variants": ["VARIANT-1"],
                    "outboundCalling": dict(
                        zip(ENVIRONMENTS, ("enabled", "not-configured", "unavailable"), strict=True)
                    ),
                    "connectors": [
                        {
                            "connectorId": "conn_1",
                            "name": "Main line",
                            "clientEnv": "live",
                            "voiceName": "en-GB-Wavenet-B",
                            "asrLangCode": "en-GB",
                            "ttsLangCode": "en-GB",
                            "variantId": "VARIANT-1",
                            "disableHandoff": True,
                            "projectId": "P-1",
                            "accountId": "ws-1",
                            "phoneNumbers": [
                                "+442079460100",
                                {"number": "+442079460101", "clientEnv": "sandbox", "connectorId": "conn_1"},
                            ],
                        }
                    ],
                    "phoneNumbers": [
                        {
                            "number": "+442079460102",
                            "clientEnv": "pre-release",
                            "connectorId": "conn_1",
                            "projectId": "support",
                            "accountId": "acme",
                        }
                    ],
                    "outboundCalls": [
                        {
                            "callSid": "OUT-00000000-0000-4000-8000-000000000001",
                            "toNumber": "+442079460103",
                            "environment": "live",
                            "connectorId": "conn_1",
                            "queuedAt": "2026-07-02T10:00:00Z",
                            "callingAt": "2026-07-02T10:00:02Z",
                            "endedAt": "2026-07-02T10:00:12Z",
                            "status": "FAILURE",
                            "reason": "busy",
                        }
                    ],
                },
                {"agentId": "P-2", "slug": "sales"},
            ],
        }
    ],
    "outboundCalls": {"+442079460104": {"status": "SUCCESS", "reason": "", "queuedSeconds": 1.5, "callingSeconds": 10}},
    "rejectedVoices": ["en-GB-Broken-Z"],
    "policies": {"repeatedImport": "accept", "magicValues": "magic", "crossEnvironmentReassign": "keep"},
    "clock": {"frozenAt": "2026-07-02T10:00:00Z", "aheadSeconds": -5},
    "minted": {"connectors": 3, "outboundCalls": 0},
}
# Values for any place, and for those whose last key is named.
ANYWHERE: tuple[object, ...] = (None, [], {}, 7, True, "x y")
BY_KEY: dict[str, tuple[object, ...]] = {
    "accountId": ("", "a" * 101, "-a", "ws-2", "acme"),
    "agentId": ("P-2", "sales", "P.1_x-y"),
    "agents": (["P-1", "P-9"], ["P-1", "P-1"]),
    "aheadSeconds": (-5_000_000_001, "1e3", "nan", "soon", 0.5),
    "callSid": ("OUT-------------------------------------", "OUT-x", "out-00000000-0000-4000-8000-000000000001"),
    "clientEnv": ("live", "Live", "prod"),
    "connectorId": ("conn_2", "conn 1", "ü"),
    "connectors": (3, "3", -1, "x", 1.0, 10**13, [{"connectorId": "c"}, {"connectorId": "c"}]),
    "disableHandoff": ("true", "yes", 1),
    "expired": ("false", "no"),
    "expiresAt": ("2026-07-02T10:00:00", "0001-01-01T00:00:00+01:00", "9999-01-01T00:00Z", "soon"),
    "frozenAt": ("2026-07-02 10:00+02:00", "1969-12-31T23:59:59Z", "9000-01-01T00:00:00Z", "2026-07-02"),
    "key": ("a~b", "ü", "", "k" * 201, "!}"),
    "number": ("+442079460100", "+0123456", "+12", "+1234567890123456", 442079460100),
    "outboundCalls": ({"+12": {}}, {"020": {}}, {"+442079460104": {}}, {"+442079460104": None}),
    "phoneNumbers": (["+442079460100", "+442079460100"], ["x"], [None], [{}], [{"number": "+442079460109", "x": 1}]),
    "projectId": ("P-2", "support", "P-9"),
    "queuedSeconds": (0, "2", -1, 86_401, "nan"),
    "repeatedImport": ("maybe", "conflict"),
    "slug": ("P-1", "sales", "acme", "a b"),
    "status": ("SUCCESS", "QUEUED", "success"),
    "toNumber": ("+1", "020 7946 0100"),
    "voiceName": ("", "nonsense", "null"),
}  # fmt: skip
TEXTS = (
    "", "accounts", "accounts:", "accounts: []", "accounts: [", "a: b: c", "\taccounts: []", "accounts: []\n---\na: 1",
    "accounts: []\naccounts: []", "accounts: &a []\nrejectedVoices: *a", "accounts: *a", "accounts: !!seq []",
    "accounts: []\n? [a]\n: b", "accounts: []\n1: 2", "accounts: []\nclok: {}", "accounts: [\u0007]", "- accounts: []",
    "accounts: []\n\u00fc: 1", "accounts: []\npolicies: {repeatedImport: maybe, repeatedImports: accept}",
    "accounts: [{accountId: 012, apiKeys: [{key: NO}, {key: ~}, {key: 'null'}]}]",
    "accounts: [{accountId: w, agents: [{agentId: p, name: 12:30, phoneNumbers: [+442079460100, 02079460100]}]}]",
    "accounts: [{accountId: w, agents: [{agentId: p, connectors: [{connectorId: c, disableHandoff: NO}]}]}]",
    "accounts: [{accountId: w, slug: w}, {accountId: w}, {accountId: x, slug: w}]",
    "accounts: [{accountId: w, apiKeys: [{key: k, agents: [q]}], agents: [{agentId: p}, {agentId: p, slug: q}]}]",
    "clock: {frozenAt: 2026-07-02T10:00:00Z}\naccounts: []",
    "clock: {frozenAt: 2026-07-02}\nminted: {connectors: 0x1, outboundCalls: 1_000}\naccounts: []",
    "accounts: [{accountId: w, agents: [{agentId: p, outboundCalling: {lvie: enabled, live: on}}]}]",
    "accounts: []\noutboundCalls:\n  +442079460104: {status: FAILURE, reason: no answer}\n  02079460104: {}",
    "accounts: " + "[" * 40 + "]" * 40,
    "accounts:\n  - accountId: ws-1\n    agents:\n      - nme: x\n        agentId: a b\n  - {}\n",
)  # fmt: skip


def data() -> Iterator[Any]:
    """Yield seeds as plain data."""
    yield FULL
    yield from (None, [], {}, "accounts", 7, {"accounts": None}, {"accounts": {}}, {"accounts": [None, [], "x", 5]})
    for path in _paths(FULL):
        last = path[-1]
        for value in (*ANYWHERE, *BY_KEY.get(str(last), ())):
            yield _changed(path, value)
        if isinstance(last, str):
            yield _changed(path, ...)
        if isinstance(_at(path), dict):
            yield _changed((*path, "unknwon"), 1)


def texts() -> Iterator[str]:
    """Yield seeds as YAML text."""
    yield from TEXTS
    yield SEED.read_text(encoding="utf-8")


def _paths(value: Any, path: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    if path:
        yield path
    steps = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for step, part in steps:
        yield from _paths(part, (*path, step))


def _at(path: tuple[str | int, ...]) -> Any:
    value: Any = FULL
    for step in path:
        value = value[step]
    return value


def _changed(path: tuple[str | int, ...], value: object) -> Any:
    """Return the full seed with another value at a place, or with nothing there."""
    seed = deepcopy(FULL)
    owner: Any = seed
    for step in path[:-1]:
        owner = owner[step]
    if value is ...:
        del owner[path[-1]]
    else:
        owner[path[-1]] = value
    return seed
