"""What the state machine asks of a client under test: a few methods, most of which may stay as they are."""

from collections.abc import Callable
from difflib import get_close_matches

from mockserver.testing.operations import OPERATIONS, Operation
from mockserver.testing.requests import Answer, ApiRequest
from mockserver.testing.values import JsonObject

Hook = Callable[[ApiRequest], JsonObject | None]

HOOKS = tuple(operation.hook for operation in OPERATIONS.values())

# How much alike a name and that of a method are, by difflib's measure, that may well be the same word misspelt.
_NEAR = 0.75


class Adapter:
    """Between the state machine and a client of yours.

    Define `start`, and then `request`, or a method for each operation that your client has, or both: one of these is
    named as the operation is in Python, takes the request, and returns the body of the answer to it, or None where your
    client does not show it. What it raises is given to `refused`. Operations that have neither are left out, as are
    faults and time where their methods are not defined; a method whose name is nearly one of these is a mistake.
    """

    def start(self, world: JsonObject) -> None:
        """Begin anew, on a server that has just this world, a seed's plain data; called once for each example."""
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
        """End what `start` began."""

    def has(self, *names: str) -> bool:
        """Tell whether all of these optional methods are defined."""
        return all(getattr(type(self), name) is not getattr(Adapter, name) for name in names)

    def can(self, operation: Operation) -> bool:
        """Tell whether an operation can be asked for."""
        return self.has("request") or hasattr(self, operation.hook)

    def answer(self, request: ApiRequest) -> Answer:
        """Ask for an operation in whichever way there is; no method of its own could send a broken request as it is."""
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
    """Raise TypeError where the name of an adapter's method is misspelt, or where it can be asked for nothing."""
    kind = type(adapter).__name__
    known = {*HOOKS, *dir(Adapter)}
    for name in dir(adapter):
        meant = None if name.startswith("_") or name in known else _nearest(name)
        if meant is not None and callable(getattr(adapter, name, None)):
            raise TypeError(
                f"{kind}.{name} is never called: did you mean {meant}? If it is a helper, let it be _{name}."
            )
    if not any(adapter.can(operation) for operation in OPERATIONS.values()):
        raise TypeError(
            f"{kind} needs a method request(request), or one for an operation, such as get_connector(request)"
        )


def _nearest(name: str) -> str | None:
    """Return the method that a name resembles, or None."""
    optional = ("request", "refused", "add_fault", "clear_faults", "advance_clock")
    return next(iter(get_close_matches(name, (*HOOKS, *optional), n=1, cutoff=_NEAR)), None)
