"""The six-key error body that every refusal has."""

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
