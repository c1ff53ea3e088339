"""What is asked in the cases that load a server, and what its peers need to know to answer the same."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from benchmarks import made
from benchmarks.exchanges import Request

WORLD = "measured"
DEMO_AGENT = "PROJECT-58RP822I"
_VOICES = ("en-GB-Wavenet-A", "en-GB-Wavenet-B")


HEALTH = Request("GET", "/_mock/health")


@dataclass(frozen=True, slots=True)
class Scenario:
    """A request, or several in turn, to a server with a seed; `template` is the path as route tables write it."""

    name: str
    template: str
    requests: tuple[Request, ...]
    seed: Callable[[Path], str]


def headers(world: str = WORLD) -> dict[str, str]:
    """Return the headers of a client in a world."""
    return {"x-api-key": f"{made.KEY}~{world}", "Accept": "application/json"}


def connectors_of(agent: str) -> str:
    """Return the path of an agent's connectors."""
    return f"/v1/agents/{agent}/telephony/connectors"


def numbers_of(agent: str) -> str:
    """Return the path of an agent's phone numbers."""
    return f"/v1/agents/{agent}/telephony/phone-numbers"


def request(method: str, path: str, body: object = None, world: str = WORLD) -> Request:
    """Return a request in a world, with a JSON body where there is one."""
    return Request(method, path, headers(world), b"" if body is None else json.dumps(body).encode())


def updates(voice: str) -> dict[str, object]:
    """Return the body of a batch update of 20, in which every tenth item names no connector."""
    ids = ["conn_missing" if serial % 10 == 9 else made.connector_id(serial) for serial in range(20)]
    return {"updates": [{"connectorId": each, "voiceName": voice} for each in ids]}


def _demo(_folder: Path) -> str:
    return "demo"


def _twenty(folder: Path) -> str:
    return str(made.seed_file(folder, connectors=20, numbers=1_000))


def _thousand(folder: Path) -> str:
    return str(made.seed_file(folder, connectors=1_000, numbers=1_000))


def _one_with_a_thousand(folder: Path) -> str:
    return str(made.seed_file(folder, connectors=1, numbers=1_000))


_CONNECTORS = connectors_of("{agentId}")
_MADE = connectors_of(made.AGENT)
_GET = f"{connectors_of(DEMO_AGENT)}/conn_abc123"

GET = Scenario("get", f"{_CONNECTORS}/{{connectorId}}", (request("GET", _GET),), _demo)
LOOKUP = Scenario(
    "lookup",
    f"{_CONNECTORS}/lookup",
    (request("POST", f"{connectors_of(DEMO_AGENT)}/lookup", {"phoneNumber": "+442071234567"}),),
    _demo,
)
BATCH_GET = Scenario(
    "batch-get",
    f"{_CONNECTORS}/batch",
    (request("POST", f"{_MADE}/batch", {"connectorIds": [made.connector_id(serial) for serial in range(20)]}),),
    _twenty,
)
BATCH_UPDATE = Scenario(
    "batch-update",
    f"{_CONNECTORS}/batch",
    # Turn and turn about, so that every request changes something.
    tuple(request("PATCH", f"{_MADE}/batch", updates(voice)) for voice in _VOICES),
    _twenty,
)
LIST = Scenario("list", numbers_of("{agentId}"), (request("GET", numbers_of(made.AGENT)),), _thousand)
LIST_CONNECTORS = Scenario("list-connectors", _CONNECTORS, (request("GET", _MADE),), _thousand)
WORLDS = Scenario(
    "worlds",
    GET.template,
    tuple(request("GET", _GET, world=f"w{serial}") for serial in range(1_000)),
    _demo,
)
# These can be asked once in a world.
IMPORT = Scenario(
    "import",
    numbers_of("{agentId}"),
    (request("POST", numbers_of(made.AGENT), {"phoneNumbers": [made.number(5_000 + each) for each in range(1_000)]}),),
    _one_with_a_thousand,
)
DELETE = Scenario(
    "delete",
    f"{_CONNECTORS}/{{connectorId}}",
    (request("DELETE", f"{_MADE}/{made.connector_id(0)}"),),
    _one_with_a_thousand,
)
