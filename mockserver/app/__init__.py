"""Application: what stands before and beside the API, and `create_app` for embedding it."""

from typing import TYPE_CHECKING

from mockserver.settings import Settings

if TYPE_CHECKING:
    from starlette.applications import Starlette


def create_app(settings: Settings | None = None) -> "Starlette":
    """Return the application for an ASGI server or an in-process client; raises SeedError for a seed that cannot load.

    Its `state.worlds` are the worlds that it serves.
    """
    from mockserver.app.gateway import create_gateway
    from mockserver.app.site import create_site

    app = create_site()
    behind = app.build_middleware_stack()
    gateway = create_gateway(settings or Settings(), lambda: behind)
    app.middleware_stack = gateway
    app.state.worlds = gateway.worlds
    return app
