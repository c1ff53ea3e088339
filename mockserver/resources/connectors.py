"""Connectors: the voice, language, variant and environment bundles that answer calls."""

from mockserver.api.fragments import Written, quoted, write
from mockserver.api.operation import Call, Operation
from mockserver.errors import ApiError, Err
from mockserver.http.json import NonEmpty, NotRequired, TypedDict
from mockserver.state import cascades, connectors
from mockserver.state.batches import batch_get
from mockserver.state.cascades import ConnectorUpdate, Updatable
from mockserver.state.connectors import Connector
from mockserver.state.encoding import record_json, records_json
from mockserver.state.phone_numbers import lookup_connector as connector_of
from mockserver.values.e164 import is_e164
from mockserver.values.environments import ClientEnv


class ConnectorResponse(TypedDict):
    """A connector; an empty `variantId` means that none is assigned."""

    connectorId: str
    name: str
    accountId: str
    projectId: str
    clientEnv: ClientEnv
    variantId: str
    asrLangCode: str
    ttsLangCode: str
    voiceName: str
    disableHandoff: bool


class GetConnectorsResponse(TypedDict):
    """Every connector of the agent."""

    connectors: Written[list[ConnectorResponse]]


class BatchGetConnectorsBody(TypedDict):
    """The connectors to get in one call."""

    connectorIds: NonEmpty[str]


class BatchGetConnectorsResponse(TypedDict):
    """The connectors that exist, and the ids that do not."""

    found: Written[list[ConnectorResponse]]
    notFound: list[str]


class LookupConnectorBody(TypedDict):
    """The number whose connector is wanted."""

    phoneNumber: str


class UpdateConnectorBody(TypedDict):
    """A partial update: an absent field is untouched, null clears it."""

    variantId: NotRequired[str | None]
    asrLangCode: NotRequired[str | None]
    voiceName: NotRequired[str | None]
    projectId: NotRequired[str | None]


class BatchUpdateConnectorItem(UpdateConnectorBody):
    """The partial update of one connector in a batch."""

    connectorId: str


class BatchUpdateConnectorsBody(TypedDict):
    """Updates, applied in order and independently of each other."""

    updates: NonEmpty[BatchUpdateConnectorItem]


class BatchUpdateResultItem(TypedDict):
    """The result of one update: `data` on success, `error` otherwise."""

    connectorId: str
    success: bool
    data: NotRequired[Written[ConnectorResponse]]
    error: NotRequired[str]


class BatchUpdateConnectorsResponse(TypedDict):
    """One result for each update, in the order of the request."""

    results: list[Written[BatchUpdateResultItem]]


class DeleteConnectorResponse(TypedDict):
    """The deleted connector and the numbers that were released with it."""

    deletedConnector: str
    deletedPhoneNumbers: list[str]


def list_connectors(call: Call) -> GetConnectorsResponse:
    """List the agent's connectors."""
    state = call.caller.world.state
    return {"connectors": Written(records_json(connectors.list_connectors(state, call.agent.agent_id)))}


def get_connector(call: Call) -> Written[ConnectorResponse]:
    """Get a connector."""
    state = call.caller.world.state
    return Written(record_json(connectors.get_connector(state, call.agent.agent_id, call.path["connectorId"])))


def batch_get_connectors(call: Call, body: BatchGetConnectorsBody) -> BatchGetConnectorsResponse:
    """Get several connectors in one call."""
    state = call.caller.world.state
    found, not_found = batch_get(state, Connector, call.agent.agent_id, body["connectorIds"])
    return {"found": Written(records_json(found)), "notFound": not_found}


def lookup_connector(call: Call, body: LookupConnectorBody) -> Written[ConnectorResponse]:
    """Look up the connector that answers a phone number."""
    if not is_e164(body["phoneNumber"]):
        raise ApiError(Err.PHONE_NUMBERS_INVALID_PHONE_NUMBER_FORMAT)
    state = call.caller.world.state
    return Written(record_json(connector_of(state, call.agent.agent_id, body["phoneNumber"])))


def update_connector(call: Call, body: UpdateConnectorBody) -> Written[ConnectorResponse]:
    """Update a connector, or move it to another agent."""
    return _update(call, call.path["connectorId"], body)


def batch_update_connectors(call: Call, body: BatchUpdateConnectorsBody) -> BatchUpdateConnectorsResponse:
    """Update several connectors, each on its own."""
    return {"results": [_update_item(call, item) for item in body["updates"]]}


def delete_connector(call: Call) -> DeleteConnectorResponse:
    """Delete a connector and release its phone numbers."""
    connector_id = call.path["connectorId"]
    numbers = cascades.delete_connector(call.caller.world.state, call.agent.agent_id, connector_id)
    return {"deletedConnector": connector_id, "deletedPhoneNumbers": numbers}


def _update(call: Call, connector_id: str, body: UpdateConnectorBody) -> Written[ConnectorResponse]:
    state = call.caller.world.state
    update = _unpack(body)
    connector = cascades.update_connector(state, call.caller.key, call.agent.agent_id, connector_id, update)
    return Written(record_json(connector))


def _update_item(call: Call, item: BatchUpdateConnectorItem) -> Written[BatchUpdateResultItem]:
    connector_id = item["connectorId"]
    if connector_id in call.failing:
        return write({"connectorId": connector_id, "success": False, "error": call.failing[connector_id]})
    try:
        data = _update(call, connector_id, item)
    except ApiError as refusal:
        return write({"connectorId": connector_id, "success": False, "error": refusal.err.message})
    return Written(f'{{"connectorId":{quoted(connector_id)},"data":{data.text},"success":true}}')


def _unpack(body: UpdateConnectorBody) -> ConnectorUpdate:
    update: dict[Updatable, str | None] = {}
    if "variantId" in body:
        update["variant_id"] = body["variantId"]
    if "asrLangCode" in body:
        update["asr_lang_code"] = body["asrLangCode"]
    if "voiceName" in body:
        update["voice_name"] = body["voiceName"]
    if "projectId" in body:
        update["agent_id"] = body["projectId"]
    return update


_CONNECTORS = "/v1/agents/{agentId}/telephony/connectors"
_MOVE_ERRORS = (Err.CONNECTORS_VALIDATION_FAILED, Err.PROJECT_NOT_FOUND, Err.USER_ACCESS_FORBIDDEN)

OPERATIONS = (
    Operation("GET", _CONNECTORS, list_connectors),
    Operation("POST", f"{_CONNECTORS}/batch", batch_get_connectors),
    Operation(
        "PATCH",
        f"{_CONNECTORS}/batch",
        batch_update_connectors,
        invalid=Err.CONNECTORS_VALIDATION_FAILED,
        per_item=True,
    ),
    Operation(
        "POST",
        f"{_CONNECTORS}/lookup",
        lookup_connector,
        errors=(
            Err.PHONE_NUMBERS_INVALID_PHONE_NUMBER_FORMAT,
            Err.PHONE_NUMBERS_NOT_FOUND,
            Err.CONNECTORS_NOT_FOUND,
        ),
    ),
    Operation("GET", f"{_CONNECTORS}/{{connectorId}}", get_connector, errors=(Err.CONNECTORS_NOT_FOUND,)),
    Operation(
        "PATCH",
        f"{_CONNECTORS}/{{connectorId}}",
        update_connector,
        errors=(Err.CONNECTORS_NOT_FOUND, *_MOVE_ERRORS),
        invalid=Err.CONNECTORS_VALIDATION_FAILED,
    ),
    Operation("DELETE", f"{_CONNECTORS}/{{connectorId}}", delete_connector, errors=(Err.CONNECTORS_NOT_FOUND,)),
)
