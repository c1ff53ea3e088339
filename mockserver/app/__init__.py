"""Application: what stands before and beside the API, and `create_app` for embedding it."""

from typing import TYPE_CHECKING

from mockserver.settings import Settings

if TYPE_CHECKING:
    from starlette.applications import Starlette


def create_app(settings: Settings | None = None) -> "Starlette":
    """Return the application for an ASGI server or an in-process client; raises SeedError for a seed that cannot load.

    Its `state.worlds` are the worlds that it serves.
    """
    from starlette.applications import Starlette

    from mockserver.app.gateway import Gateway

    gateway = Gateway(settings or Settings())
    app = Starlette()
    app.router.default = gateway
    app.middleware_stack = app.router  # middleware would answer 500 where a fault breaks a connection
    app.state.worlds = gateway.worlds
    return app
