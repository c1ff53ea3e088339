"""Peers in Python that are written for the occasion, each as a user of that library would.

`python -m benchmarks.peer_apps NAME PORT FILE` serves one route, as FILE describes it.
"""

import json
import sys
import threading
from pathlib import Path
from typing import Any

from benchmarks.exchanges import HOST


def starlette(route: dict[str, Any], port: int) -> None:
    """Serve a plain Starlette route that answers with a JSONResponse."""
    from starlette.applications import Starlette
    from starlette.requests import Request
    from starlette.responses import JSONResponse, Response
    from starlette.routing import Route

    from benchmarks.floor import serve

    content, status, takes_body = route["content"], route["status"], route["takesBody"]

    async def endpoint(request: Request) -> Response:
        if takes_body:
            await request.json()
        return JSONResponse(content, status)

    serve(Starlette(routes=[Route(route["template"], endpoint, methods=[route["method"]])]), port)


def fastapi(route: dict[str, Any], port: int) -> None:
    """Serve a FastAPI route with a model of its response, and one of its body."""
    from fastapi import FastAPI

    from benchmarks import peer_models
    from benchmarks.floor import serve

    body, response = peer_models.MODELS[route["name"]]
    content = route["content"]

    async def without_body() -> Any:
        return content

    async def with_body(body: Any) -> Any:  # noqa: ARG001  # FastAPI reads it
        return content

    with_body.__annotations__["body"] = body
    app = FastAPI()
    app.add_api_route(
        route["template"],
        without_body if body is None else with_body,
        methods=[route["method"]],
        response_model=response,
        response_model_exclude_unset=True,
        status_code=route["status"],
    )
    serve(app, port)


def pytest_httpserver(route: dict[str, Any], port: int) -> None:
    """Serve one expectation of pytest-httpserver."""
    from pytest_httpserver import HTTPServer

    server = HTTPServer(HOST, port)
    server.expect_request(route["path"], method=route["method"]).respond_with_json(route["content"], route["status"])
    server.start()
    threading.Event().wait()


_APPS = {"starlette": starlette, "fastapi": fastapi, "pytest-httpserver": pytest_httpserver}

if __name__ == "__main__":
    _APPS[sys.argv[1]](json.loads(Path(sys.argv[3]).read_text(encoding="utf-8")), int(sys.argv[2]))
