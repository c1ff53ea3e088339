"""Error bodies: the service's six-key envelope, and refusals as answers."""

from mockserver.errors import ApiError
from mockserver.http.exchange import Content, Headers
from mockserver.http.json import dump_json


def envelope(code: str, message: str, correlation_id: str) -> bytes:
    """Return the body of an error (documented: six keys, both texts alike, `error_id` the correlation id)."""
    return dump_json(
        {
            "success": False,
            "error": message,
            "error_id": correlation_id,
            "error_code": code,
            "error_message": message,
            "data": None,
        }
    )


def refusal_answer(refusal: ApiError, correlation_id: str) -> tuple[int, Headers, Content]:
    """Return the status, the headers and the body that a refusal is answered with."""
    headers = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in refusal.headers.items()]
    if refusal.body is not None:
        return refusal.err.status, headers, Content(dump_json(refusal.body))
    return refusal.err.status, headers, Content(envelope(refusal.err.name, refusal.message, correlation_id))
