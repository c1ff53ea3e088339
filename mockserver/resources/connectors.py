"""Connectors: bundles of voice, language, variant and environment that answer calls."""

from typing import Annotated, cast

from mockserver.api.operation import Operation
from mockserver.api.scopes import AgentRequest
from mockserver.errors import ApiError, Err
from mockserver.http.json import Described, NonEmpty, NotRequired, TypedDict
from mockserver.state import cascades, connectors, phone_numbers
from mockserver.state.accounts import batch_get
from mockserver.state.connectors import VOICE_PATTERN, Connector
from mockserver.state.schema import columns
from mockserver.values.e164 import E164


class GetConnectorsResponse(TypedDict):
    """Every connector of the agent."""

    connectors: list[Connector]


class BatchGetConnectorsBody(TypedDict):
    """The connectors to get in one call."""

    connectorIds: Annotated[NonEmpty[str], Described("Ids of connectors.")]


class BatchGetConnectorsResponse(TypedDict):
    """The connectors that exist, and the ids that do not."""

    found: list[Connector]
    notFound: list[str]


class LookupConnectorBody(TypedDict):
    """The number whose connector is looked up."""

    phoneNumber: Annotated[str, Described("A phone number in E.164 form.", **E164.schema)]


_VariantId = Annotated[str | None, Described("The variant to assign; empty for none.")]
_AsrLangCode = Annotated[str | None, Described("The language that is understood, such as en-US.")]
_VOICE = "The voice, named after its language, such as en-US-Neural2-A."
_AGENT = "The agent to move to, by id or slug."
_ATTRIBUTES = {column.name: column.attribute for column in columns(Connector)}


class UpdateConnectorBody(TypedDict):
    """A partial update: an absent field is untouched, null clears it."""

    variantId: NotRequired[_VariantId]
    asrLangCode: NotRequired[_AsrLangCode]
    voiceName: NotRequired[
        Annotated[str | None, Described(_VOICE, anyOf=[{"type": "string", "pattern": VOICE_PATTERN}, {"type": "null"}])]
    ]
    projectId: NotRequired[Annotated[str | None, Described(_AGENT, type="string")]]


class BatchUpdateConnectorItem(TypedDict):
    """The partial update of one connector in a batch; values that a connector cannot have fail this item alone."""

    connectorId: Annotated[str, Described("The connector's id.")]
    variantId: NotRequired[_VariantId]
    asrLangCode: NotRequired[_AsrLangCode]
    voiceName: NotRequired[Annotated[str | None, Described(_VOICE)]]
    projectId: NotRequired[Annotated[str | None, Described(_AGENT)]]


class BatchUpdateConnectorsBody(TypedDict):
    """Updates, applied in order and independently of each other."""

    updates: NonEmpty[BatchUpdateConnectorItem]


class BatchUpdateResultItem(TypedDict):
    """The result of one update: `data` on success, `error` otherwise."""

    connectorId: Annotated[str, Described("The connector's id.")]
    success: Annotated[bool, Described("Whether the update was applied.")]
    data: NotRequired[Connector]
    error: NotRequired[Annotated[str, Described("Why it failed.")]]


class BatchUpdateConnectorsResponse(TypedDict):
    """One result for each update, in the order of the request."""

    results: list[BatchUpdateResultItem]


class DeleteConnectorResponse(TypedDict):
    """The deleted connector and the numbers that were released with it."""

    deletedConnector: str
    deletedPhoneNumbers: list[str]


def list_connectors(request: AgentRequest) -> GetConnectorsResponse:
    """List the agent's connectors."""
    return {"connectors": connectors.list_connectors(request.state, request.agent.agent_id)}


def get_connector(request: AgentRequest) -> Connector:
    """Get a connector."""
    return connectors.get_connector(request.state, request.agent.agent_id, request.path["connectorId"])


def batch_get_connectors(request: AgentRequest, body: BatchGetConnectorsBody) -> BatchGetConnectorsResponse:
    """Get several connectors in one call."""
    found, not_found = batch_get(request.state, Connector, request.agent.agent_id, body["connectorIds"])
    return {"found": found, "notFound": not_found}


def lookup_connector(request: AgentRequest, body: LookupConnectorBody) -> Connector:
    """Look up the connector that answers a phone number."""
    phone_numbers.check_numbers([body["phoneNumber"]])
    return phone_numbers.lookup_connector(request.state, request.agent.agent_id, body["phoneNumber"])


def update_connector(request: AgentRequest, body: UpdateConnectorBody) -> Connector:
    """Update a connector, or move it to another agent."""
    return _update(request, request.path["connectorId"], body)


def batch_update_connectors(request: AgentRequest, body: BatchUpdateConnectorsBody) -> BatchUpdateConnectorsResponse:
    """Update several connectors, each on its own."""
    return {"results": [_update_item(request, item) for item in body["updates"]]}


def delete_connector(request: AgentRequest) -> DeleteConnectorResponse:
    """Delete a connector and release its phone numbers."""
    connector_id = request.path["connectorId"]
    numbers = cascades.delete_connector(request.state, request.agent.agent_id, connector_id)
    return {"deletedConnector": connector_id, "deletedPhoneNumbers": numbers}


def _update_item(request: AgentRequest, item: BatchUpdateConnectorItem) -> BatchUpdateResultItem:
    connector_id = item["connectorId"]
    if connector_id in request.failing:
        return {"connectorId": connector_id, "success": False, "error": request.failing[connector_id]}
    try:
        return {"connectorId": connector_id, "success": True, "data": _update(request, connector_id, item)}
    except ApiError as refusal:
        return {"connectorId": connector_id, "success": False, "error": refusal.err.message}


def _update(
    request: AgentRequest, connector_id: str, body: UpdateConnectorBody | BatchUpdateConnectorItem
) -> Connector:
    update = {_ATTRIBUTES[name]: cast("str | None", value) for name, value in body.items() if name != "connectorId"}
    return cascades.update_connector(request.state, request.key, request.agent.agent_id, connector_id, update)


_CONNECTORS = "/v1/agents/{agentId}/telephony/connectors"
_BATCH = f"{_CONNECTORS}/batch"
_CONNECTOR = f"{_CONNECTORS}/{{connectorId}}"
_MISSING = (Err.CONNECTORS_NOT_FOUND,)
_LOOKUP_ERRORS = (Err.PHONE_NUMBERS_INVALID_PHONE_NUMBER_FORMAT, Err.PHONE_NUMBERS_NOT_FOUND, *_MISSING)
_INVALID = Err.CONNECTORS_VALIDATION_FAILED
_UPDATE_ERRORS = (*_MISSING, _INVALID, Err.PROJECT_NOT_FOUND, Err.USER_ACCESS_FORBIDDEN)

OPERATIONS = (
    Operation("listConnectors", "GET", _CONNECTORS, list_connectors),
    Operation("batchGetConnectors", "POST", _BATCH, batch_get_connectors),
    Operation("batchUpdateConnectors", "PATCH", _BATCH, batch_update_connectors, invalid=_INVALID, items="connectorId"),
    Operation("lookupConnector", "POST", f"{_CONNECTORS}/lookup", lookup_connector, errors=_LOOKUP_ERRORS),
    Operation("getConnector", "GET", _CONNECTOR, get_connector, errors=_MISSING),
    Operation("updateConnector", "PATCH", _CONNECTOR, update_connector, errors=_UPDATE_ERRORS, invalid=_INVALID),
    Operation("deleteConnector", "DELETE", _CONNECTOR, delete_connector, errors=_MISSING),
)
