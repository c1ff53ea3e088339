"""Operations of the API: one module per resource, each with its `OPERATIONS`; every module in this folder is one."""

from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules

from mockserver.api.operation import Operation


def public_operations() -> tuple[tuple[str, str], ...]:
    """Return method and path of the 64 operations of the Agents API, then of the two of debug chat (documented)."""
    lines = Path(__file__).with_name("public_operations.txt").read_text(encoding="utf-8").splitlines()
    return tuple((method, path) for method, _, path in (line.partition(" ") for line in lines))


OPERATIONS: tuple[Operation, ...] = tuple(
    operation
    for module in iter_modules(__path__, f"{__name__}.")
    for operation in import_module(module.name).OPERATIONS
)

_BUILT = {(operation.method, operation.path) for operation in OPERATIONS}

# Method and path of the operations that the service has and this server does not: they answer 501.
UNBUILT: tuple[tuple[str, str], ...] = tuple(route for route in public_operations() if route not in _BUILT)
