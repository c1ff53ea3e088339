"""Floor: a bare ASGI application on uvicorn, which gives answers of the mock server without doing its work.

`python -m benchmarks.floor FILE` serves the answers of a file that `save` wrote. It imports nothing that it can do
without, because its start is measured.
"""

import json
import socket
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import uvicorn

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Receive, Scope, Send


class Answer(NamedTuple):
    """A response; its header names are in lower case."""

    status: int
    headers: list[tuple[str, str]]
    body: str


def bare(answers: Mapping[str, Answer]) -> "ASGIApp":
    """Return an ASGI application that reads a request's body and gives the answer for its method."""
    messages = {}
    for method, answer in answers.items():
        headers = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in answer.headers]
        start = {"type": "http.response.start", "status": answer.status, "headers": headers}
        messages[method] = start, {"type": "http.response.body", "body": answer.body.encode()}

    async def app(scope: "Scope", receive: "Receive", send: "Send") -> None:
        start, body = messages[scope["method"]]
        while (await receive()).get("more_body"):
            pass
        await send(start)
        await send(body)

    return app


def save(path: Path, answers: Mapping[str, Answer]) -> None:
    """Write answers by method to a file."""
    path.write_text(json.dumps(answers), encoding="utf-8")


class _Server(uvicorn.Server):
    """uvicorn that prints a ready line as the mock server does."""

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        for listener in sockets or ():
            print(f"floor ready on http://127.0.0.1:{listener.getsockname()[1]}", flush=True)


def _serve(path: Path) -> None:
    """Serve the answers of a file with the options that the mock server has."""
    rows = json.loads(path.read_text(encoding="utf-8"))
    app = bare({method: Answer(*row) for method, row in rows.items()})
    config = uvicorn.Config(
        app, http="httptools", ws="none", lifespan="off", log_config=None, server_header=False, proxy_headers=False
    )
    with socket.create_server(("127.0.0.1", 0), backlog=config.backlog) as listener:
        _Server(config).run(sockets=[listener])


if __name__ == "__main__":
    _serve(Path(sys.argv[1]))
