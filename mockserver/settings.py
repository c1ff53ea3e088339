"""The settings of a server, in one frozen place: flags, environment and embedding code meet here."""

from dataclasses import dataclass

ENVIRONMENT_PREFIX = "POLYAI_MOCK"


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Everything about a server that can be chosen; `port` 0 takes a free one, `seed` is a name or a path."""

    host: str = "127.0.0.1"
    port: int = 8750
    seed: str = "demo"
    max_body_bytes: int = 1024 * 1024
