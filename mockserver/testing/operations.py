"""The 17 telephony operations as a client sees them: where each one is, and what it answers where all is well."""

from dataclasses import dataclass

_TELEPHONY = "/v1/agents/{agentId}/telephony"
_CONNECTORS = f"{_TELEPHONY}/connectors"
_NUMBERS = f"{_TELEPHONY}/phone-numbers"
_CALLS = f"{_TELEPHONY}/outbound-calls"


@dataclass(frozen=True, slots=True)
class Operation:
    """An operation: `required` are the fields that its body must have, None where it takes no body."""

    name: str
    method: str
    path: str
    status: int = 200
    required: tuple[str, ...] | None = None

    @property
    def hook(self) -> str:
        """The operation's name in Python's spelling."""
        return "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in self.name)

    @property
    def reads(self) -> bool:
        """Whether it changes nothing."""
        return self.name.startswith(("list", "get", "batchGet", "lookup"))


OPERATIONS = {
    row.name: row
    for row in (
        Operation("listConnectors", "GET", _CONNECTORS),
        Operation("getConnector", "GET", f"{_CONNECTORS}/{{connectorId}}"),
        Operation("batchGetConnectors", "POST", f"{_CONNECTORS}/batch", required=("connectorIds",)),
        Operation("lookupConnector", "POST", f"{_CONNECTORS}/lookup", required=("phoneNumber",)),
        Operation("updateConnector", "PATCH", f"{_CONNECTORS}/{{connectorId}}", required=()),
        Operation("batchUpdateConnectors", "PATCH", f"{_CONNECTORS}/batch", required=("updates",)),
        Operation("deleteConnector", "DELETE", f"{_CONNECTORS}/{{connectorId}}"),
        Operation("listPhoneNumbers", "GET", _NUMBERS),
        Operation("getPhoneNumber", "GET", f"{_NUMBERS}/{{phoneNumber}}"),
        Operation("batchGetPhoneNumbers", "POST", f"{_NUMBERS}/batch", required=("phoneNumbers",)),
        Operation("importPhoneNumbers", "POST", _NUMBERS, 201, required=("phoneNumbers",)),
        Operation("importPhoneNumber", "POST", f"{_NUMBERS}/{{phoneNumber}}", 201, required=()),
        Operation("reassignPhoneNumber", "PATCH", f"{_NUMBERS}/{{phoneNumber}}", required=("connectorId",)),
        Operation("deletePhoneNumber", "DELETE", f"{_NUMBERS}/{{phoneNumber}}"),
        Operation("deletePhoneNumbers", "DELETE", _NUMBERS, required=("phoneNumbers",)),
        Operation("triggerOutboundCall", "POST", _CALLS, required=("toNumber", "environment")),
        Operation("getOutboundCallStatus", "GET", f"{_CALLS}/{{callSid}}/status"),
    )
}
