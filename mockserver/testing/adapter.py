"""Adapters: the methods by which the state machine uses a client under test, most of which are optional."""

from collections.abc import Callable
from difflib import get_close_matches

from mockserver.testing.operations import OPERATIONS, Operation
from mockserver.testing.requests import Answer, ApiRequest
from mockserver.testing.values import JsonObject

Hook = Callable[[ApiRequest], JsonObject | None]

HOOKS = tuple(operation.hook for operation in OPERATIONS.values())
_OPTIONAL = ("request", "refused", "add_fault", "clear_faults", "advance_clock")

# From this similarity on, by difflib's measure, a name is taken for a method's name misspelt.
_NEAR = 0.75


class Adapter:
    """Between the state machine and a client of yours.

    Define `start`, and then `request`, or a method for each operation that your client has, or both: such a method has
    the operation's name in Python's spelling, takes the request, and returns the body of the answer, or None where your
    client does not show it. What it raises is given to `refused`. Operations that have neither are left out, as are
    faults and time where their methods are not defined; a method whose name is nearly one of these is refused.
    """

    def start(self, world: JsonObject) -> JsonObject | None:
        """Reset the server to a world, a seed's plain data; called once for each example.

        Return the world's complete state (`GET /_mock/worlds/{world}/state?full=true`) where the machine's `worlds` may
        leave defaults out, which those of `worlds()` never do.
        """
        raise NotImplementedError(f"{type(self).__name__} needs a method start(world)")

    def request(self, request: ApiRequest) -> Answer:
        """Send a request as it is, and return the answer."""
        raise NotImplementedError(f"{type(self).__name__} has no way to send {request!r}")

    def refused(self, error: Exception) -> Answer | None:  # noqa: ARG002  # for others to define
        """Return the answer that an exception of the client's stands for; None lets it fail the test."""
        return None

    def add_fault(self, fault: JsonObject) -> None:
        """Add a fault to the world, in the words of the control plane."""
        raise NotImplementedError

    def clear_faults(self) -> None:
        """Remove all faults; needed with `add_fault`."""
        raise NotImplementedError

    def advance_clock(self, seconds: int) -> None:
        """Move the world's time on."""
        raise NotImplementedError

    def close(self) -> None:
        """Release what `start` opened."""

    def has(self, *names: str) -> bool:
        """Tell whether all of these optional methods are defined."""
        return all(getattr(type(self), name) is not getattr(Adapter, name) for name in names)

    def can(self, operation: Operation) -> bool:
        """Tell whether an operation can be asked for."""
        return self.has("request") or hasattr(self, operation.hook)

    def answer(self, request: ApiRequest) -> Answer:
        """Ask for an operation by its own method, or by `request`, as a broken request always is."""
        operation = OPERATIONS[request.operation]
        hook: Hook | None = getattr(self, operation.hook, None) if request.flaw is None else None
        try:
            return self.request(request) if hook is None else Answer(operation.status, hook(request))
        except Exception as error:
            answer = self.refused(error)
            if answer is None:
                raise
            return answer


def check(adapter: Adapter) -> None:
    """Raise TypeError where the name of an adapter's method is misspelt, or where no operation has one."""
    kind = type(adapter).__name__
    known = {*HOOKS, *dir(Adapter)}
    for name in dir(adapter):
        meant = get_close_matches(name, (*HOOKS, *_OPTIONAL), n=1, cutoff=_NEAR)
        if meant and not name.startswith("_") and name not in known and callable(getattr(adapter, name, None)):
            raise TypeError(
                f"{kind}.{name} is never called: did you mean {meant[0]}? If it is a helper, let it be _{name}."
            )
    if not any(adapter.can(operation) for operation in OPERATIONS.values()):
        raise TypeError(f"{kind} needs a method request(request), or one for an operation, such as {HOOKS[0]}(request)")
