"""A stateful fake of PolyAI's public Agents API, for tests and demos."""

__version__ = "0.1.0"
