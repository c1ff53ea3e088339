"""Provisioning of connectors and phone numbers through PolyAI's Agents API."""

import os
import time
from collections.abc import Callable, Iterator, Mapping
from typing import Any, NotRequired, TypedDict

import httpx

ATTEMPTS = 4
POLL_SECONDS = 5.0


class Connector(TypedDict):
    """The fields of a connector that are used here."""

    connectorId: str
    name: str
    clientEnv: str
    asrLangCode: str
    voiceName: str


class PhoneNumber(TypedDict):
    """A phone number; without `connectorId` no connector answers it."""

    number: str
    clientEnv: str
    connectorId: NotRequired[str]


class Changes(TypedDict, total=False):
    """Changes of a connector: an absent field keeps its value, None clears it."""

    variantId: str | None
    asrLangCode: str | None
    voiceName: str | None


class RefusedError(Exception):
    """The API refused a request."""

    def __init__(self, answer: httpx.Response) -> None:
        self.status = answer.status_code
        self.code = str(answer.json()["error_code"])
        super().__init__(f"{answer.request.method} {answer.request.url.path}: {self.status} {self.code}")


class BatchError(Exception):
    """Some updates of a batch kept failing; `errors` has the reason of each, and all others were applied."""

    def __init__(self, errors: Mapping[str, str]) -> None:
        self.errors = dict(errors)
        super().__init__(", ".join(f"{connector_id}: {error}" for connector_id, error in errors.items()))


class LiveNumbersError(Exception):
    """A connector was not deleted, because it answers live numbers."""

    def __init__(self, connector_id: str, numbers: list[str]) -> None:
        self.numbers = numbers
        super().__init__(f"{connector_id} answers {', '.join(numbers)}")


class Provisioning:
    """The telephony of one agent."""

    def __init__(self, http: httpx.Client, agent_id: str, *, sleep: Callable[[float], object] = time.sleep) -> None:
        self._http = http
        self._telephony = f"/v1/agents/{agent_id}/telephony"
        self._sleep = sleep

    @classmethod
    def from_environment(cls, transport: httpx.BaseTransport | None = None) -> "Provisioning":
        """Return the telephony of the agent that the environment variables name."""
        headers = {"x-api-key": os.environ["POLYAI_API_KEY"]}
        http = httpx.Client(base_url=os.environ["POLYAI_BASE_URL"], headers=headers, transport=transport)
        return cls(http, os.environ["POLYAI_AGENT_ID"])

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    def connectors(self) -> list[Connector]:
        """Return all connectors."""
        found: list[Connector] = self._call("GET", "/connectors")["connectors"]
        return found

    def connector(self, connector_id: str) -> Connector:
        """Return one connector."""
        found: Connector = self._call("GET", f"/connectors/{connector_id}")
        return found

    def update(self, connector_id: str, changes: Changes) -> Connector:
        """Update a connector and return it."""
        updated: Connector = self._call("PATCH", f"/connectors/{connector_id}", changes)
        return updated

    def update_all(self, changes: Mapping[str, Changes]) -> dict[str, Connector]:
        """Update several connectors, retrying those that fail; raises BatchError if some keep failing."""
        updated: dict[str, Connector] = {}
        errors: dict[str, str] = {}
        for _ in range(ATTEMPTS):
            updates = [{"connectorId": key, **value} for key, value in changes.items() if key not in updated]
            results = self._call("PATCH", "/connectors/batch", {"updates": updates})["results"]
            updated |= {result["connectorId"]: result["data"] for result in results if result["success"]}
            errors = {result["connectorId"]: result["error"] for result in results if not result["success"]}
            if not errors:
                return updated
        raise BatchError(errors)

    def numbers(self, connector_id: str) -> list[PhoneNumber]:
        """Return the phone numbers that a connector answers."""
        found: list[PhoneNumber] = self._call("GET", f"/phone-numbers?connectorId={connector_id}")["phoneNumbers"]
        return found

    def migrate_numbers(self, source: str, target: str) -> list[str]:
        """Move all numbers of one connector to another, and return them."""
        numbers = [row["number"] for row in self.numbers(source)]
        for number in numbers:
            self._call("PATCH", f"/phone-numbers/{number}", {"connectorId": target})
        return numbers

    def delete(self, connector_id: str, *, force: bool = False) -> list[str]:
        """Delete a connector, and return the numbers that were released with it.

        Raises LiveNumbersError if some of them are live, unless `force` is set.
        """
        rows = self.numbers(connector_id)
        live = [row["number"] for row in rows if row["clientEnv"] == "live"]
        if live and not force:
            raise LiveNumbersError(connector_id, live)
        try:
            return self._delete(connector_id)
        except httpx.TransportError:  # without an answer it is unknown whether it was deleted
            if any(connector["connectorId"] == connector_id for connector in self.connectors()):
                return self._delete(connector_id)
            return [row["number"] for row in rows]

    def call(self, to_number: str, environment: str = "live") -> Iterator[str]:
        """Call a number, and yield the status of the call until it has ended."""
        query = {"environment": environment}
        call_sid = self._call("POST", "/outbound-calls", {"toNumber": to_number, **query})["callSid"]
        while True:
            status: str = self._call("GET", f"/outbound-calls/{call_sid}/status?environment={environment}")["status"]
            yield status
            if status in ("SUCCESS", "FAILURE"):
                return
            self._sleep(POLL_SECONDS)

    def _delete(self, connector_id: str) -> list[str]:
        released: list[str] = self._call("DELETE", f"/connectors/{connector_id}")["deletedPhoneNumbers"]
        return released

    def _call(self, method: str, path: str, body: Mapping[str, object] | None = None) -> Any:
        """Return the answer to a request, which is retried after 429 when the API allows it."""
        for attempt in range(ATTEMPTS):
            answer = self._http.request(method, f"{self._telephony}{path}", json=body)
            if answer.status_code != httpx.codes.TOO_MANY_REQUESTS:
                break
            if attempt < ATTEMPTS - 1:
                self._sleep(float(answer.headers.get("retry-after", 2**attempt)))
        if answer.is_error:
            raise RefusedError(answer)
        return answer.json()
