"""The floor: a bare ASGI function on the uvicorn that the mock server runs on, with the same options.

`python -m benchmarks.floor PORT FILE` answers every request with the very bytes that the file has. It waits for the
body of a request, as any server must, and does nothing with it.
"""

import json
import sys
from pathlib import Path

import uvicorn
from starlette.types import ASGIApp, Receive, Scope, Send


def bare(status: int, headers: list[tuple[bytes, bytes]], body: bytes) -> ASGIApp:
    """Return an ASGI function that always gives the same answer."""
    start = {"type": "http.response.start", "status": status, "headers": headers}
    rest = {"type": "http.response.body", "body": body}

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["method"] not in ("GET", "DELETE"):
            while (await receive()).get("more_body"):
                pass
        await send(start)
        await send(rest)

    return app


def serve(app: ASGIApp, port: int) -> None:
    """Run an application as the mock server is run."""
    uvicorn.run(
        app,
        port=port,
        http="httptools",
        ws="none",
        lifespan="off",
        workers=1,
        backlog=2048,
        timeout_keep_alive=75,
        log_config=None,
        log_level="warning",
        access_log=False,
        server_header=False,
        proxy_headers=False,
    )


if __name__ == "__main__":
    _answer = json.loads(Path(sys.argv[2]).read_text(encoding="latin-1"))
    _headers = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in _answer["headers"]]
    serve(bare(_answer["status"], _headers, _answer["body"].encode("latin-1")), int(sys.argv[1]))
