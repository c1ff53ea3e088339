"""Site: what is served beside the API and the control plane, at present the OpenAPI document."""

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from mockserver.errors import ApiError, Err, method_not_allowed
from mockserver.http.errors import refusal_answer
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


def _refusal(request: Request, refusal: ApiError) -> Response:
    status, _, content = refusal_answer(refusal, request.scope["correlation_id"])
    return Response(content.body, status_code=status, headers=refusal.headers, media_type=content.media_type)


async def _http_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    if error.status_code != 405:
        return _refusal(request, ApiError(Err.NOT_FOUND))
    allowed = (error.headers or {}).get("Allow", "").split(", ")
    return _refusal(request, method_not_allowed(sorted(allowed)))  # Starlette keeps methods in a set


async def _internal_error(request: Request, _error: Exception) -> Response:
    return _refusal(request, ApiError(Err.INTERNAL_ERROR))
