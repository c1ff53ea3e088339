"""The application as one of Starlette's, for whoever embeds it; a server needs no more than its gateway."""

from starlette.applications import Starlette

from mockserver.gateway import create_gateway
from mockserver.settings import Settings
from mockserver.site import create_site


def create_app(settings: Settings | None = None) -> Starlette:
    """Return the application; raises SeedError for a seed that cannot be loaded."""
    app = create_site()
    behind = app.build_middleware_stack()
    gateway = create_gateway(settings or Settings(), lambda: behind)
    app.middleware_stack = gateway
    app.state.worlds = gateway.worlds
    return app
