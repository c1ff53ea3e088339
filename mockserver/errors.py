"""Error catalogue: one row for every error that the fake can answer with.

A row's name is the wire's `error_code`. Codes come from the service's public error table, except those marked
*invented*: nobody documents a code for these cases, so clients must not depend on the ones chosen here. Texts are those
of the public document's examples where it has one, and unreliable otherwise.
"""

from collections.abc import Iterable, Mapping
from enum import Enum, unique


@unique
class Err(Enum):
    """Every error, by its `error_code`: HTTP `status` and `message`."""

    AUTH_USER_UNAUTHORISED = (401, "The API key is missing.")
    AUTH_USER_INVALID_TOKEN = (401, "The API key is unknown or has expired.")
    USER_ACCESS_FORBIDDEN = (403, "The API key has no permission for this action.")
    ACCOUNT_NOT_FOUND = (404, "Account does not exist.")
    PROJECT_NOT_FOUND = (404, "Project does not exist.")
    PROJECT_ID_ALREADY_EXISTS = (409, "An agent with this id exists already.")
    PROJECT_ID_INVALID = (400, "The agent id is not valid.")
    SCHEMA_VALIDATION_FAILED = (400, "Request body failed schema validation.")
    CONNECTORS_NOT_FOUND = (404, "Connector ID does not exist.")
    CONNECTORS_VALIDATION_FAILED = (400, "Connector request body failed validation.")
    PHONE_NUMBERS_INVALID_PHONE_NUMBER_FORMAT = (400, "Number is not in valid E.164 format.")
    PHONE_NUMBERS_CONNECTOR_DOES_NOT_EXIST = (404, "The connector named does not exist.")
    PHONE_NUMBERS_NOT_FOUND = (404, "Phone number does not exist.")
    PHONE_NUMBERS_ALREADY_EXISTS = (409, "Phone number has already been imported.")
    SECRETS_NOT_FOUND = (404, "Secret does not exist.")

    # Invented: the service's own codes for these are not public.
    OUTBOUND_CALLING_NOT_CONFIGURED = (400, "Outbound calling is not configured for this environment.")
    OUTBOUND_CALLING_UNAVAILABLE = (502, "The outbound calling service is unavailable.")
    OUTBOUND_CALLS_NOT_FOUND = (404, "Outbound call does not exist.")
    OUTBOUND_CALLS_INVALID_CALL_SID = (400, "The call SID is not valid.")
    OUTBOUND_CALLS_NO_CONNECTOR = (400, "No connector was found for this environment.")
    SECRETS_ALREADY_EXISTS = (409, "A secret with this name exists already.")
    BAD_REQUEST = (400, "The request is not valid HTTP.")
    NOT_FOUND = (404, "No such route.")
    METHOD_NOT_ALLOWED = (405, "The route exists, but not with this method.")
    REQUEST_TIMEOUT = (408, "The request was not complete in time.")
    PAYLOAD_TOO_LARGE = (413, "The request body is larger than this server accepts.")
    URI_TOO_LONG = (414, "The request's target is longer than 8 KB.")
    REQUEST_HEADER_FIELDS_TOO_LARGE = (431, "The request has more than 200 headers, or 32 KB of them.")
    INTERNAL_ERROR = (500, "The mock server failed: this is a defect of the mock, not of your request.")
    NOT_IMPLEMENTED = (501, "The service has this operation; the mock server does not have it yet.")

    # The mock server's own.
    MOCK_REQUEST_INVALID = (400, "The request to the mock server is not valid.")
    MOCK_FORBIDDEN = (403, "The mock server refuses this caller.")
    MOCK_NOT_FOUND = (404, "The mock server has nothing of this name.")
    MOCK_CONFLICT = (409, "The mock server has something of this name already.")
    MOCK_WORLDS_EXHAUSTED = (503, "The mock server holds as many worlds as it may; drop one, or raise the bound.")

    def __init__(self, status: int, message: str) -> None:
        self.status = status
        self.message = message


class ApiError(Exception):
    """A refusal, raised by verbs and handlers and packed into the error envelope at the edge.

    `message` replaces the catalogue's text in answers of the control plane. `why` says what was wrong with this
    request, a sentence for each thing: it reaches the journal and reports, never the answer. `body` replaces the
    envelope where the service has an error body of another form. `headers` are added to those of the answer.
    """

    def __init__(
        self,
        err: Err,
        message: str | None = None,
        *,
        why: str | Iterable[str] = (),
        body: Mapping[str, object] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(err.name)
        self.err = err
        self.message = message or err.message
        self.why = (why,) if isinstance(why, str) else tuple(why)
        self.body = body
        self.headers = headers or {}


def method_not_allowed(methods: Iterable[str]) -> ApiError:
    """Return the refusal of a method that a route does not have; it names those that the route has."""
    return ApiError(Err.METHOD_NOT_ALLOWED, headers={"allow": ", ".join(methods)})
