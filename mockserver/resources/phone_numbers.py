"""Phone numbers: imported into an agent, routed to one of its connectors."""

from mockserver.api.fragments import Written
from mockserver.api.operation import Call, Operation
from mockserver.errors import ApiError, Err
from mockserver.http.json import NonEmpty, NotRequired, TypedDict
from mockserver.state import cascades, phone_numbers
from mockserver.state.batches import batch_get, unique
from mockserver.state.encoding import record_json, records_json
from mockserver.state.phone_numbers import PhoneNumber
from mockserver.values.e164 import is_e164
from mockserver.values.environments import ClientEnv


class PhoneNumberResponse(TypedDict):
    """A number and the connector that answers it, if any."""

    number: str
    projectId: str
    accountId: str
    clientEnv: ClientEnv
    connectorId: NotRequired[str]


class GetPhoneNumbersResponse(TypedDict):
    """The agent's numbers."""

    phoneNumbers: Written[list[PhoneNumberResponse]]


class ImportPhoneNumbersBody(TypedDict):
    """The numbers to import, all into one environment; `live` unless another is named."""

    phoneNumbers: NonEmpty[str]
    clientEnv: NotRequired[ClientEnv]


class ImportPhoneNumbersResponse(TypedDict):
    """The numbers that were imported."""

    imported: list[str]


class DeletePhoneNumbersBody(TypedDict):
    """The numbers to release, each independently of the others."""

    phoneNumbers: NonEmpty[str]


class DeletePhoneNumberErrorItem(TypedDict):
    """A number that could not be released, and why."""

    phoneNumber: str
    error: str


class DeletePhoneNumbersResponse(TypedDict):
    """The numbers that were released; `errors` only where there are some."""

    deleted: list[str]
    errors: NotRequired[list[DeletePhoneNumberErrorItem]]


class BatchGetPhoneNumbersBody(TypedDict):
    """The numbers to get in one call."""

    phoneNumbers: NonEmpty[str]


class BatchGetPhoneNumbersResponse(TypedDict):
    """The numbers that exist, and those that do not."""

    found: Written[list[PhoneNumberResponse]]
    notFound: list[str]


class ImportPhoneNumberBody(TypedDict):
    """Settings of a single import; `connectorId` comes from a guide, not from the public document."""

    clientEnv: NotRequired[ClientEnv]
    connectorId: NotRequired[str]


class ImportPhoneNumberResponse(TypedDict):
    """The number that was imported."""

    imported: str


class DeletePhoneNumberResponse(TypedDict):
    """The number that was released."""

    deleted: str


class ReassignPhoneNumberBody(TypedDict):
    """The connector that is to answer the number."""

    connectorId: str


def list_phone_numbers(call: Call) -> GetPhoneNumbersResponse:
    """List the agent's phone numbers, or those of one connector."""
    state = call.caller.world.state
    rows = phone_numbers.list_phone_numbers(state, call.agent.agent_id, call.query.get("connectorId"))
    return {"phoneNumbers": Written(records_json(rows))}


def import_phone_numbers(call: Call, body: ImportPhoneNumbersBody) -> ImportPhoneNumbersResponse:
    """Import several phone numbers, all or none."""
    world = call.caller.world
    client_env = body.get("clientEnv", "live")
    numbers = body["phoneNumbers"]
    imported = cascades.import_phone_numbers(world.state, call.agent.agent_id, numbers, client_env)
    return {"imported": imported}


def delete_phone_numbers(call: Call, body: DeletePhoneNumbersBody) -> DeletePhoneNumbersResponse:
    """Release several phone numbers, each on its own."""
    state = call.caller.world.state
    numbers = body["phoneNumbers"]
    if state.policies.malformed_deletes == "refuse" and not all(map(is_e164, numbers)):
        raise ApiError(Err.PHONE_NUMBERS_INVALID_PHONE_NUMBER_FORMAT)
    if state.policies.duplicate_deletes == "ignore":
        numbers = unique(numbers)
    deleted: list[str] = []
    errors: list[DeletePhoneNumberErrorItem] = []
    for number in numbers:
        if number in call.failing:
            errors.append({"phoneNumber": number, "error": call.failing[number]})
            continue
        try:
            phone_numbers.delete_phone_number(state, call.agent.agent_id, number)
        except ApiError as refusal:
            errors.append({"phoneNumber": number, "error": refusal.err.message})
        else:
            deleted.append(number)
    return {"deleted": deleted, "errors": errors} if errors else {"deleted": deleted}


def batch_get_phone_numbers(call: Call, body: BatchGetPhoneNumbersBody) -> BatchGetPhoneNumbersResponse:
    """Get several phone numbers in one call."""
    if not all(map(is_e164, body["phoneNumbers"])):
        raise ApiError(Err.PHONE_NUMBERS_INVALID_PHONE_NUMBER_FORMAT)
    state = call.caller.world.state
    found, not_found = batch_get(state, PhoneNumber, call.agent.agent_id, body["phoneNumbers"])
    return {"found": Written(records_json(found)), "notFound": not_found}


def get_phone_number(call: Call) -> Written[PhoneNumberResponse]:
    """Get a phone number."""
    state = call.caller.world.state
    return Written(record_json(phone_numbers.get_phone_number(state, call.agent.agent_id, call.path["phoneNumber"])))


def import_phone_number(call: Call, body: ImportPhoneNumberBody | None) -> ImportPhoneNumberResponse:
    """Import a phone number, onto a connector where the body names one."""
    world = call.caller.world
    policies = world.state.policies
    if body is None and policies.missing_import_body == "refuse":
        raise ApiError(Err.SCHEMA_VALIDATION_FAILED)
    settings = body or {}
    number = cascades.import_phone_number(
        world.state,
        call.agent.agent_id,
        call.path["phoneNumber"],
        client_env=settings.get("clientEnv"),
        connector_id=settings.get("connectorId") if policies.import_connector_id == "route" else None,
    )
    return {"imported": number}


def delete_phone_number(call: Call) -> DeletePhoneNumberResponse:
    """Release a phone number."""
    number = call.path["phoneNumber"]
    phone_numbers.delete_phone_number(call.caller.world.state, call.agent.agent_id, number)
    return {"deleted": number}


def reassign_phone_number(call: Call, body: ReassignPhoneNumberBody) -> Written[PhoneNumberResponse]:
    """Route a phone number to another connector of the agent."""
    state, number = call.caller.world.state, call.path["phoneNumber"]
    row = phone_numbers.reassign_phone_number(state, call.agent.agent_id, number, body["connectorId"])
    return Written(record_json(row))


_NUMBERS = "/v1/agents/{agentId}/telephony/phone-numbers"
_IMPORT_ERRORS = (Err.PHONE_NUMBERS_INVALID_PHONE_NUMBER_FORMAT, Err.PHONE_NUMBERS_ALREADY_EXISTS)

OPERATIONS = (
    Operation(
        "GET",
        _NUMBERS,
        list_phone_numbers,
        errors=(Err.SCHEMA_VALIDATION_FAILED,),
        query=(("connectorId", False),),
    ),
    Operation("POST", _NUMBERS, import_phone_numbers, status=201, errors=_IMPORT_ERRORS),
    Operation(
        "DELETE", _NUMBERS, delete_phone_numbers, errors=(Err.PHONE_NUMBERS_INVALID_PHONE_NUMBER_FORMAT,), per_item=True
    ),
    Operation(
        "POST",
        f"{_NUMBERS}/batch",
        batch_get_phone_numbers,
        errors=(Err.PHONE_NUMBERS_INVALID_PHONE_NUMBER_FORMAT,),
    ),
    Operation("GET", f"{_NUMBERS}/{{phoneNumber}}", get_phone_number, errors=(Err.PHONE_NUMBERS_NOT_FOUND,)),
    Operation(
        "POST",
        f"{_NUMBERS}/{{phoneNumber}}",
        import_phone_number,
        status=201,
        errors=(*_IMPORT_ERRORS, Err.PHONE_NUMBERS_CONNECTOR_DOES_NOT_EXIST),
    ),
    Operation("DELETE", f"{_NUMBERS}/{{phoneNumber}}", delete_phone_number, errors=(Err.PHONE_NUMBERS_NOT_FOUND,)),
    Operation(
        "PATCH",
        f"{_NUMBERS}/{{phoneNumber}}",
        reassign_phone_number,
        errors=(Err.PHONE_NUMBERS_NOT_FOUND, Err.PHONE_NUMBERS_CONNECTOR_DOES_NOT_EXIST),
    ),
)
