"""A stateful fake of PolyAI's public Agents API, for tests and demos."""

from mockserver.app import create_app
from mockserver.version import __version__

__all__ = ["__version__", "create_app"]
