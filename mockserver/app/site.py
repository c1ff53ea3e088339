"""What is served beside the API and the control plane: a Starlette application with the OpenAPI document."""

from collections.abc import Mapping

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from mockserver.errors import Err
from mockserver.http.errors import envelope
from mockserver.http.exchange import OPENAPI
from mockserver.http.json import dump_json


def create_site() -> Starlette:
    """Return the application behind the gateway, which gives every request its correlation id."""
    site = Starlette(
        routes=[Route(OPENAPI.decode(), _openapi)],
        exception_handlers={HTTPException: _http_error, Exception: _internal_error},
    )
    site.router.redirect_slashes = False
    return site


async def _openapi(_request: Request) -> Response:
    from mockserver.openapi.document import document  # imports pydantic, which a server may never need

    return Response(dump_json(document()), media_type="application/json")


def _refusal(request: Request, err: Err, headers: Mapping[str, str] | None = None) -> Response:
    body = envelope(err.name, err.message, request.scope["correlation_id"])
    return Response(body, status_code=err.status, headers=headers, media_type="application/json")


async def _http_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    if error.status_code != 405:
        return _refusal(request, Err.NOT_FOUND)
    allowed = sorted((error.headers or {}).get("Allow", "").split(", "))  # Starlette keeps methods in a set
    return _refusal(request, Err.METHOD_NOT_ALLOWED, {"allow": ", ".join(allowed)})


async def _internal_error(request: Request, _error: Exception) -> Response:
    return _refusal(request, Err.INTERNAL_ERROR)
