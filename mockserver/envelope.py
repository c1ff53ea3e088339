"""The six-key error body that every refusal has."""

from mockserver.errors import Err
from mockserver.wire import JsonObject


def envelope(err: Err, correlation_id: str) -> JsonObject:
    """Return the body of an error (documented: six keys, both texts alike, `error_id` the correlation id)."""
    return {
        "success": False,
        "error": err.message,
        "error_id": correlation_id,
        "error_code": err.name,
        "error_message": err.message,
        "data": None,
    }
