"""The application: a Starlette app behind the gateway, over the worlds of one seed."""

from collections.abc import Mapping

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from mockserver import seeds
from mockserver.api import Api
from mockserver.control import ControlPlane
from mockserver.envelope import envelope
from mockserver.errors import Err
from mockserver.gateway import Gateway
from mockserver.hosts import Hosts
from mockserver.resources import OPERATIONS, UNBUILT
from mockserver.settings import Settings
from mockserver.wire import dump_json
from mockserver.worlds import Worlds


def create_app(settings: Settings | None = None) -> Starlette:
    """Return the application; raises SeedError for a seed that cannot be loaded."""
    settings = settings or Settings()
    worlds = Worlds(
        seeds.load(settings.seed),
        max_worlds=settings.max_worlds,
        drop_oldest=settings.drop_oldest_world,
        journal_size=settings.journal_size,
    )
    app = Starlette(
        routes=[Route("/openapi.json", _openapi)],
        exception_handlers={HTTPException: _http_error, Exception: _internal_error},
    )
    app.router.redirect_slashes = False
    app.state.worlds = worlds
    app.middleware_stack = Gateway(
        app.build_middleware_stack(),
        api=Api(OPERATIONS, UNBUILT, worlds, settings.max_body_bytes),
        control=ControlPlane(worlds, settings.control_token, settings.instance),
        hosts=Hosts(settings.allowed_hosts),
    )
    return app


async def _openapi(_request: Request) -> Response:
    from mockserver.openapi import document  # imports pydantic, which a server may never need

    return Response(dump_json(document()), media_type="application/json")


def _refusal(request: Request, err: Err, headers: Mapping[str, str] | None = None) -> Response:
    body = dump_json(envelope(err.name, err.message, request.scope["correlation_id"]))
    return Response(body, status_code=err.status, headers=headers, media_type="application/json")


async def _http_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    if error.status_code != 405:
        return _refusal(request, Err.NOT_FOUND)
    allowed = sorted((error.headers or {}).get("Allow", "").split(", "))  # Starlette keeps methods in a set
    return _refusal(request, Err.METHOD_NOT_ALLOWED, {"allow": ", ".join(allowed)})


async def _internal_error(request: Request, _error: Exception) -> Response:
    return _refusal(request, Err.INTERNAL_ERROR)
