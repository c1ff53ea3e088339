"""Contract session: what a client does with every resource, right and wrong, and what it is answered.

Each module of tests/app may have its part: a function `session(client)`, which gets a client of the demo world. Its
`UNDOCUMENTED` names, by operation, the fields of a body that the server knows and the public document does not.
"""

import re
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import NamedTuple

import httpx

from mockserver.resources import OPERATIONS
from tests.client import AGENT, OTHER_AGENT, Client

_MODULES = Path(__file__).parents[1] / "app"


class Answer(NamedTuple):
    """An answer, with method and path of the operation that it was asked of."""

    method: str
    path: str
    response: httpx.Response


class Session(NamedTuple):
    """What was answered by operations, and the entries of the journals as the control plane shows them."""

    answers: list[Answer]
    entries: list[dict[str, object]]


def modules() -> list[ModuleType]:
    """Return the modules of tests/app."""
    return [import_module(f"tests.app.{path.stem}") for path in sorted(_MODULES.glob("test_*.py"))]


def record() -> Session:
    """Do everything; each part has a server of its own."""
    session = Session([], [])
    parts = [module.session for module in modules() if hasattr(module, "session")]
    for part in (_be_refused, *parts):
        with Client("demo") as client:
            client.event_hooks = {"response": [lambda response: session.answers.extend(_answers(response))]}
            part(client)
            session.entries.extend(client.get("http://localhost/_mock/worlds/default/requests").json()["requests"])
    return session


def _be_refused(client: Client) -> None:
    """Ask for every operation with keys that may not, and of agents and accounts that do not exist."""
    for operation in OPERATIONS:
        url = "http://mock" + re.sub(r"{(?!agentId|accountId)\w+}", "x", operation.path)
        here = url.format(agentId=AGENT, accountId="ws-fd112d8f")
        for key in ("", "unheard-of", "old-key"):
            client.request(operation.method, here, headers={"x-api-key": key})
        elsewhere = url.format(agentId=OTHER_AGENT, accountId="globex-us")
        client.request(operation.method, elsewhere, headers={"x-api-key": "support-only"})
        client.request(operation.method, url.format(agentId="PROJECT-NOWHERE", accountId="nowhere"))


def _answers(response: httpx.Response) -> Iterator[Answer]:
    method, url = response.request.method, response.request.url.path
    paths = [operation.path for operation in OPERATIONS if operation.method == method and _fits(operation.path, url)]
    if paths:
        yield Answer(method, min(paths, key=lambda path: path.count("{")), response)


def _fits(path: str, url: str) -> bool:
    return re.fullmatch(re.sub(r"{\w+}", "[^/]+", path), url) is not None
