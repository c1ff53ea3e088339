"""The error catalogue: one row for every error that the fake can answer with.

A row's name is the wire's `error_code`. Codes and numeric ids come from the service's public error table, except those
marked *invented*: nobody documents a code for these cases, so clients must not depend on the ones chosen here. Texts
are those of the public document's examples where it has one, and unreliable otherwise.
"""

from enum import Enum


class Err(Enum):
    """Every error: `status` (HTTP), `number` (the public table's id, or None) and `message`."""

    AUTH_USER_UNAUTHORISED = (401, 3002, "The API key is missing.")
    AUTH_USER_INVALID_TOKEN = (401, 3003, "The API key is unknown or has expired.")
    USER_ACCESS_FORBIDDEN = (403, 2, "The API key has no permission for this action.")
    ACCOUNT_NOT_FOUND = (404, 1002, "Account does not exist.")
    PROJECT_NOT_FOUND = (404, 15001, "Project does not exist.")
    SCHEMA_VALIDATION_FAILED = (400, None, "Request body failed schema validation.")
    CONNECTORS_NOT_FOUND = (404, 14100, "Connector ID does not exist.")
    CONNECTORS_VALIDATION_FAILED = (400, 14101, "Connector request body failed validation.")
    PHONE_NUMBERS_INVALID_PHONE_NUMBER_FORMAT = (400, 14003, "Number is not in valid E.164 format.")
    PHONE_NUMBERS_CONNECTOR_DOES_NOT_EXIST = (404, 14005, "The connector named does not exist.")
    PHONE_NUMBERS_NOT_FOUND = (404, 14006, "Phone number does not exist.")
    PHONE_NUMBERS_ALREADY_EXISTS = (409, 14007, "Phone number has already been imported.")

    # Invented: the service's own codes for these are not public.
    OUTBOUND_CALLING_NOT_CONFIGURED = (400, None, "Outbound calling is not configured for this environment.")
    OUTBOUND_CALLING_UNAVAILABLE = (502, None, "The outbound calling service is unavailable.")
    OUTBOUND_CALLS_NOT_FOUND = (404, None, "Outbound call does not exist.")
    OUTBOUND_CALLS_INVALID_CALL_SID = (400, None, "The call SID is not valid.")
    OUTBOUND_CALLS_NO_CONNECTOR = (400, None, "No connector was found for this environment.")
    BAD_REQUEST = (400, None, "The request is not valid HTTP.")
    NOT_FOUND = (404, None, "No such route.")
    METHOD_NOT_ALLOWED = (405, None, "The route exists, but not with this method.")
    REQUEST_TIMEOUT = (408, None, "The request was not complete in time.")
    PAYLOAD_TOO_LARGE = (413, None, "The request body is larger than this server accepts.")
    URI_TOO_LONG = (414, None, "The request's target is longer than 8 KB.")
    REQUEST_HEADER_FIELDS_TOO_LARGE = (431, None, "The request has more than 200 headers, or 32 KB of them.")
    INTERNAL_ERROR = (500, None, "The mock server failed: this is a defect of the mock, not of your request.")
    NOT_IMPLEMENTED = (501, None, "The service has this operation; the mock server does not have it yet.")

    # The mock server's own.
    MOCK_REQUEST_INVALID = (400, None, "The request to the mock server is not valid.")
    MOCK_FORBIDDEN = (403, None, "The mock server refuses this caller.")
    MOCK_NOT_FOUND = (404, None, "The mock server has nothing of this name.")
    MOCK_CONFLICT = (409, None, "The mock server has something of this name already.")
    MOCK_WORLDS_EXHAUSTED = (503, None, "The mock server holds as many worlds as it may; drop one, or raise the bound.")

    def __init__(self, status: int, number: int | None, message: str) -> None:
        self.status = status
        self.number = number
        self.message = message


class ApiError(Exception):
    """A refusal, raised by verbs and handlers, packed into the six-key envelope at the edge.

    `message` replaces the catalogue's text, where a caller of the mock's own needs to know more.
    """

    def __init__(self, err: Err, message: str | None = None) -> None:
        super().__init__(err.name)
        self.err = err
        self.message = message or err.message


class MethodNotAllowedError(ApiError):
    """A refusal that names the methods that the path does allow."""

    def __init__(self, allowed: list[str]) -> None:
        super().__init__(Err.METHOD_NOT_ALLOWED)
        self.allowed = allowed
