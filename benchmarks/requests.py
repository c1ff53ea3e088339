"""Requests that are measured, and the seed of any size that they are for."""

import http.client
import json
from dataclasses import dataclass, replace
from pathlib import Path

from benchmarks.floor import Answer

_KEY = "demo-key"
_AGENT = "PROJECT-MEASURED"
_TELEPHONY = f"/v1/agents/{_AGENT}/telephony"
_VOICES = ("en-GB-Wavenet-A", "en-GB-Wavenet-B")
_NEW_WORLD = "WORLD"  # load.lua puts names of new worlds in its place


@dataclass(frozen=True, slots=True)
class Request:
    """An API request in a world, with a JSON body if there is one."""

    method: str
    path: str
    body: bytes = b""
    world: str = "measured"

    def in_world(self, world: str) -> "Request":
        """Return the same request in another world."""
        return replace(self, world=world)

    @property
    def headers(self) -> dict[str, str]:
        """The headers."""
        fixed = {"host": "localhost", "content-type": "application/json", "content-length": str(len(self.body))}
        return fixed | {"x-api-key": f"{_KEY}~{self.world}"}

    @property
    def raw(self) -> bytes:
        """The request as it is sent."""
        lines = [f"{self.method} {self.path} HTTP/1.1", *(f"{name}: {value}" for name, value in self.headers.items())]
        return "\r\n".join([*lines, "", ""]).encode() + self.body


def send(connection: http.client.HTTPConnection, request: Request) -> Answer:
    """Send a request and return its response; raises RuntimeError for an error response."""
    connection.request(request.method, request.path, request.body or None, request.headers)
    response = connection.getresponse()
    body = response.read().decode()
    if response.status >= 400:
        raise RuntimeError(f"{request.method} {request.path} was answered {response.status}: {body[:500]}")
    return Answer(response.status, [(name.lower(), value) for name, value in response.getheaders()], body)


def write_seed(folder: Path, connectors: int, numbers: int) -> Path:
    """Write a seed with so many rows and return its path; the phone numbers are spread evenly over the connectors."""
    path = folder / f"seed-{connectors}-{numbers}.yaml"
    lines = ["accounts:", "  - accountId: ws-measured", f"    apiKeys: [{{key: {_KEY}}}]", "    agents:"]
    lines += [f"      - agentId: {_AGENT}", "        connectors:"]
    for serial in range(connectors):
        rows = range(serial * numbers // connectors, (serial + 1) * numbers // connectors)
        lines += [
            f"          - connectorId: {_connector_id(serial)}",
            f"            name: Line {serial}",
            "            clientEnv: live",
            f"            voiceName: {_VOICES[0]}",
            f"            phoneNumbers: {'' if rows else '[]'}",
            *(f'              - "{_number(row)}"' for row in rows),
        ]
    path.write_text("\n".join([*lines, ""]), encoding="utf-8")
    return path


def _connector_id(serial: int) -> str:
    return f"conn_{serial:06d}"


def _number(serial: int) -> str:
    return f"+4420{serial:08d}"


def _json(**fields: object) -> bytes:
    return json.dumps(fields).encode()


_IDS = [_connector_id(serial) for serial in range(20)]
_NUMBERS = [_number(serial) for serial in range(1_000)]
_UPDATED = ["conn_missing" if serial % 10 == 9 else each for serial, each in enumerate(_IDS)]

DEMO_GET = Request("GET", "/v1/agents/PROJECT-58RP822I/telephony/connectors/conn_abc123")
GET = Request("GET", f"{_TELEPHONY}/connectors/{_IDS[0]}")
UPDATE = Request("PATCH", GET.path, _json(voiceName=_VOICES[1]))
BATCH_GET = Request("POST", f"{_TELEPHONY}/connectors/batch", _json(connectorIds=_IDS))
BATCH_UPDATES = [  # in turn, so that each changes something
    Request("PATCH", BATCH_GET.path, _json(updates=[{"connectorId": each, "voiceName": voice} for each in _UPDATED]))
    for voice in _VOICES
]
IMPORT_AND_DELETE = [
    Request("POST", f"{_TELEPHONY}/phone-numbers", _json(phoneNumbers=_NUMBERS), _NEW_WORLD),
    Request("DELETE", GET.path, world=_NEW_WORLD),
]
