"""Operations of the API: one module per resource, each with its `OPERATIONS`; every module in this folder is one."""

from importlib import import_module
from pkgutil import iter_modules

from mockserver.api.operation import Operation
from mockserver.api.public_operations import public_operations

OPERATIONS: tuple[Operation, ...] = tuple(
    operation
    for module in iter_modules(__path__, f"{__name__}.")
    for operation in import_module(module.name).OPERATIONS
)

_BUILT = {(operation.method, operation.path) for operation in OPERATIONS}

# Method and path of the operations that the service has and this server does not: they answer 501.
UNBUILT: tuple[tuple[str, str], ...] = tuple(route for route in public_operations() if route not in _BUILT)
