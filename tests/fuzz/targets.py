"""What is fuzzed: any bytes as a seed file, and any bytes as the body of a request that takes one.

A target raises AssertionError where the server breaks a promise; it knows nothing of the fuzzer that calls it.
"""

import re

from mockserver import seeds
from mockserver.api.operation import Operation
from mockserver.control import app as control
from mockserver.resources import OPERATIONS
from mockserver.seeds.yaml_text import decode
from tests.client import AGENT, server
from tests.hardening.direct import ask
from tests.state.invariants import broken_invariants

WITH_BODY = [operation for operation in (*OPERATIONS, *control.OPERATIONS) if operation.body]
_BY_NAME = {operation.name.encode(): operation for operation in WITH_BODY}

_PATH = {
    "accountId": "ws-fd112d8f",
    "agentId": AGENT,
    "connectorId": "conn_abc123",
    "phoneNumber": "+442071234567",
    "world": "default",
}
_APP = server("two_agents")


def path_of(operation: Operation) -> bytes:
    """Return a path of an operation, on which what it names exists."""
    return re.sub(r"{(\w+)}", lambda placeholder: _PATH.get(placeholder[1], "x"), operation.path).encode()


def seed(data: bytes) -> None:
    """Load a seed: it is refused in printable lines, or it becomes a sound state that survives being saved."""
    try:
        state = seeds.load_text(decode(data, "seed"))
    except seeds.SeedError as error:
        lines = error.lines()
        assert lines
        assert all(line.isprintable() for line in lines), lines
        return
    assert broken_invariants(state) == []
    saved = seeds.export(state)
    assert seeds.export(seeds.load_text(seeds.dump_yaml(saved).decode())) == saved


def request(data: bytes) -> None:
    """Send a body to the operation that the first line names: no 5xx, and no 4xx that changes anything.

    A first line that names none chooses one by its length.
    """
    name, _, body = data.partition(b"\n")
    operation = _BY_NAME.get(name) or WITH_BODY[len(name) % len(WITH_BODY)]
    worlds = _APP.state.worlds
    worlds.default.reset()
    before = worlds.default.state
    unchanged = seeds.export(before)
    answer = ask(_APP, operation.method, path_of(operation), body)
    assert answer.status < 500, (operation.name, answer)
    if answer.status >= 400:
        assert answer.refused, answer
        assert worlds.default.state is before
        assert seeds.export(before) == unchanged
    for world in [*worlds]:
        assert broken_invariants(world.state) == []
        if world is not worlds.default:
            worlds.drop(world.name)
