"""What is fuzzed: any bytes as a seed file, and any bytes as the body of a request that takes one.

A target raises AssertionError where the server breaks a promise; it knows nothing of the fuzzer that calls it.
"""

from mockserver import seeds
from mockserver.api.operation import Operation
from mockserver.control import app as control
from mockserver.resources import OPERATIONS
from mockserver.seeds.yaml_text import decode
from mockserver.state.invariants import broken_invariants
from tests.client import AGENT, server
from tests.hardening.direct import ask

WITH_BODY = [operation for operation in (*OPERATIONS, *control.OPERATIONS) if operation.takes_body]

_PATH = {"agentId": AGENT, "connectorId": "conn_abc123", "phoneNumber": "+442071234567", "world": "default"}
_APP = server("two_agents")


def path_of(operation: Operation) -> bytes:
    """Return a path of an operation, on which what it names exists."""
    return operation.path.format(**_PATH).encode()


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
    """Ask for the operation that the first byte chooses, the others being the body: no 5xx, and no 4xx that changes."""
    operation = WITH_BODY[data[0] % len(WITH_BODY) if data else 0]
    worlds = _APP.state.worlds
    worlds.default.reset()
    before = worlds.default.state
    unchanged = seeds.export(before)
    answer = ask(_APP, operation.method, path_of(operation), data[1:])
    assert answer.status < 500, (operation.name, answer)
    if answer.status >= 400:
        assert answer.refused, answer
        assert worlds.default.state is before
        assert seeds.export(before) == unchanged
    for world in [*worlds]:
        assert broken_invariants(world.state) == []
        if world is not worlds.default:
            worlds.drop(world.name)
