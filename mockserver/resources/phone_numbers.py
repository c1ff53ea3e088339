"""Phone numbers: imported into an agent, routed to one of its connectors."""

from typing import Annotated

from mockserver.api.operation import Operation
from mockserver.api.scopes import AgentRequest
from mockserver.errors import ApiError, Err
from mockserver.http.json import Described, NonEmpty, NotRequired, TypedDict
from mockserver.state import cascades, phone_numbers
from mockserver.state.accounts import ClientEnv, batch_get
from mockserver.state.phone_numbers import PhoneNumber
from mockserver.values.e164 import E164

_NUMBERS_IN_E164 = Described("Phone numbers in E.164 form.", items=E164.schema)
_ENVIRONMENT = Described("The environment: sandbox, pre-release or live; live unless another is named.")


class ListPhoneNumbersQuery(TypedDict):
    """Which numbers to list."""

    connectorId: NotRequired[Annotated[str, Described("Only the numbers of this connector.")]]


class GetPhoneNumbersResponse(TypedDict):
    """The agent's numbers."""

    phoneNumbers: list[PhoneNumber]


class ImportPhoneNumbersBody(TypedDict):
    """The numbers to import, all into one environment."""

    phoneNumbers: Annotated[NonEmpty[str], _NUMBERS_IN_E164]
    clientEnv: NotRequired[Annotated[ClientEnv, _ENVIRONMENT]]


class ImportPhoneNumbersResponse(TypedDict):
    """The numbers that were imported."""

    imported: list[str]


class DeletePhoneNumbersBody(TypedDict):
    """The numbers to release, each independently of the others."""

    phoneNumbers: Annotated[NonEmpty[str], Described("Phone numbers in E.164 form.")]  # a malformed one fails by itself


class DeletePhoneNumberErrorItem(TypedDict):
    """A number that could not be released, and why."""

    phoneNumber: Annotated[str, Described("A phone number in E.164 form.")]
    error: Annotated[str, Described("Why it failed.")]


class DeletePhoneNumbersResponse(TypedDict):
    """The numbers that were released; `errors` is left out where there are none."""

    deleted: list[str]
    errors: NotRequired[list[DeletePhoneNumberErrorItem]]


class BatchGetPhoneNumbersBody(TypedDict):
    """The numbers to get in one call."""

    phoneNumbers: Annotated[NonEmpty[str], _NUMBERS_IN_E164]


class BatchGetPhoneNumbersResponse(TypedDict):
    """The numbers that exist, and those that do not."""

    found: list[PhoneNumber]
    notFound: list[str]


class ImportPhoneNumberBody(TypedDict):
    """Settings of a single import; `connectorId` comes from a guide, not from the public document."""

    clientEnv: NotRequired[Annotated[ClientEnv, _ENVIRONMENT]]
    connectorId: NotRequired[Annotated[str, Described("The connector's id.")]]


class ImportPhoneNumberResponse(TypedDict):
    """The number that was imported."""

    imported: str


class DeletePhoneNumberResponse(TypedDict):
    """The number that was released."""

    deleted: str


class ReassignPhoneNumberBody(TypedDict):
    """The connector that is to answer the number."""

    connectorId: Annotated[str, Described("The connector's id.", examples=["conn_abc123"])]


def list_phone_numbers(request: AgentRequest, query: ListPhoneNumbersQuery) -> GetPhoneNumbersResponse:
    """List the agent's phone numbers, or those of one connector."""
    rows = phone_numbers.list_phone_numbers(request.state, request.agent.agent_id, query.get("connectorId"))
    return {"phoneNumbers": rows}


def import_phone_numbers(request: AgentRequest, body: ImportPhoneNumbersBody) -> ImportPhoneNumbersResponse:
    """Import several phone numbers, all or none."""
    numbers, client_env = body["phoneNumbers"], body.get("clientEnv", "live")
    return {"imported": cascades.import_phone_numbers(request.state, request.agent.agent_id, numbers, client_env)}


def delete_phone_numbers(request: AgentRequest, body: DeletePhoneNumbersBody) -> DeletePhoneNumbersResponse:
    """Release several phone numbers, each on its own."""
    policies = request.state.policies
    numbers = body["phoneNumbers"]
    if policies.malformed_deletes == "refuse":
        phone_numbers.check_numbers(numbers)
    if policies.duplicate_deletes == "ignore":
        numbers = list(dict.fromkeys(numbers))
    deleted: list[str] = []
    errors: list[DeletePhoneNumberErrorItem] = []
    for number in numbers:
        if number in request.failing:
            errors.append({"phoneNumber": number, "error": request.failing[number]})
            continue
        try:
            phone_numbers.delete_phone_number(request.state, request.agent.agent_id, number)
        except ApiError as refusal:
            errors.append({"phoneNumber": number, "error": refusal.err.message})
        else:
            deleted.append(number)
    return {"deleted": deleted, "errors": errors} if errors else {"deleted": deleted}


def batch_get_phone_numbers(request: AgentRequest, body: BatchGetPhoneNumbersBody) -> BatchGetPhoneNumbersResponse:
    """Get several phone numbers in one call."""
    phone_numbers.check_numbers(body["phoneNumbers"])
    found, not_found = batch_get(request.state, PhoneNumber, request.agent.agent_id, body["phoneNumbers"])
    return {"found": found, "notFound": not_found}


def get_phone_number(request: AgentRequest) -> PhoneNumber:
    """Get a phone number."""
    return phone_numbers.get_phone_number(request.state, request.agent.agent_id, request.path["phoneNumber"])


def import_phone_number(request: AgentRequest, body: ImportPhoneNumberBody | None) -> ImportPhoneNumberResponse:
    """Import a phone number, onto a connector where the body names one."""
    policies = request.state.policies
    if body is None and policies.missing_import_body == "refuse":
        raise ApiError(Err.SCHEMA_VALIDATION_FAILED, why="the body is missing")
    settings = body or {}
    number = cascades.import_phone_number(
        request.state,
        request.agent.agent_id,
        request.path["phoneNumber"],
        client_env=settings.get("clientEnv"),
        connector_id=settings.get("connectorId") if policies.import_connector_id == "route" else None,
    )
    return {"imported": number}


def delete_phone_number(request: AgentRequest) -> DeletePhoneNumberResponse:
    """Release a phone number."""
    number = request.path["phoneNumber"]
    phone_numbers.delete_phone_number(request.state, request.agent.agent_id, number)
    return {"deleted": number}


def reassign_phone_number(request: AgentRequest, body: ReassignPhoneNumberBody) -> PhoneNumber:
    """Route a phone number to another connector of the agent."""
    number = request.path["phoneNumber"]
    return phone_numbers.reassign_phone_number(request.state, request.agent.agent_id, number, body["connectorId"])


_NUMBERS = "/v1/agents/{agentId}/telephony/phone-numbers"
_NUMBER = f"{_NUMBERS}/{{phoneNumber}}"
_FORMAT = (Err.PHONE_NUMBERS_INVALID_PHONE_NUMBER_FORMAT,)
_IMPORT_ERRORS = (*_FORMAT, Err.PHONE_NUMBERS_ALREADY_EXISTS)
_NO_CONNECTOR = (Err.PHONE_NUMBERS_CONNECTOR_DOES_NOT_EXIST,)
_MISSING = (Err.PHONE_NUMBERS_NOT_FOUND,)

OPERATIONS = (
    Operation("listPhoneNumbers", "GET", _NUMBERS, list_phone_numbers, errors=(Err.SCHEMA_VALIDATION_FAILED,)),
    Operation("importPhoneNumbers", "POST", _NUMBERS, import_phone_numbers, status=201, errors=_IMPORT_ERRORS),
    Operation("deletePhoneNumbers", "DELETE", _NUMBERS, delete_phone_numbers, errors=_FORMAT, items="phoneNumber"),
    Operation("batchGetPhoneNumbers", "POST", f"{_NUMBERS}/batch", batch_get_phone_numbers, errors=_FORMAT),
    Operation("getPhoneNumber", "GET", _NUMBER, get_phone_number, errors=_MISSING),
    Operation(
        "importPhoneNumber", "POST", _NUMBER, import_phone_number, status=201, errors=(*_IMPORT_ERRORS, *_NO_CONNECTOR)
    ),
    Operation("deletePhoneNumber", "DELETE", _NUMBER, delete_phone_number, errors=_MISSING),
    Operation("reassignPhoneNumber", "PATCH", _NUMBER, reassign_phone_number, errors=(*_MISSING, *_NO_CONNECTOR)),
)
