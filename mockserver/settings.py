"""The settings of a server, in one frozen place: flags, environment and embedding code meet here."""

from dataclasses import dataclass

ENVIRONMENT_PREFIX = "POLYAI_MOCK"


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Everything about a server that can be chosen.

    `port` 0 takes a free one; `seed` is a name or a path; `allowed_hosts` are names that the Host header may have
    beside those of loopback, `*` being any; `control_token` is asked for by the control plane unless it is None;
    `trust_own_user` lets processes of the server's own user do without it, where the system tells whose they are;
    a request that is not complete after `request_timeout` seconds is refused;
    at `max_worlds` a new world is refused, or the least recently used dropped where `drop_oldest_world` says so;
    a private world that nobody used for `max_idle` seconds is dropped, unless that is None;
    a world's journal keeps at most `journal_size` requests, in at most about `journal_bytes`;
    `instance` is what the ready line and `/_mock/health` call this server, for whoever has to know that it is theirs;
    `ready_file` is a file that is written with the URL once the server accepts connections;
    `until_stdin_closes` ends the server with the process at the other end of its standard input.
    """

    host: str = "127.0.0.1"
    port: int = 8750
    seed: str = "demo"
    max_body_bytes: int = 1024 * 1024
    request_timeout: float = 10.0
    max_worlds: int = 10_000
    drop_oldest_world: bool = False
    max_idle: float | None = None
    journal_size: int = 1_000
    journal_bytes: int = 8 * 1024 * 1024
    allow_remote: bool = False
    allowed_hosts: tuple[str, ...] = ()
    control_token: str | None = None
    trust_own_user: bool = False
    instance: str | None = None
    ready_file: str | None = None
    until_stdin_closes: bool = False
