"""Testing kit for clients, with Hypothesis: strategies, a reference model and a state machine.

Importing it registers the strategies, so that `st.from_type(World)` and the like work; the server is not imported.
"""

try:
    from hypothesis import strategies as _st
except ImportError as error:
    raise ImportError("mockserver.testing needs Hypothesis: pip install 'polyai-mockserver[hypothesis]'") from error

import mockserver.testing.resources  # noqa: F401  # fills OPERATIONS and RESOURCES, which the others read
from mockserver.testing.adapter import Adapter
from mockserver.testing.api_requests import api_requests
from mockserver.testing.machine import ApiMachine, TelephonyMachine
from mockserver.testing.model import Model
from mockserver.testing.operations import OPERATIONS, Operation
from mockserver.testing.requests import Answer, ApiRequest
from mockserver.testing.resources.connectors import Connector, connectors
from mockserver.testing.values import E164, NotE164, World, invalid_phone_numbers, phone_numbers
from mockserver.testing.worlds import worlds

__all__ = [
    "E164",
    "OPERATIONS",
    "Adapter",
    "Answer",
    "ApiMachine",
    "ApiRequest",
    "Connector",
    "Model",
    "NotE164",
    "Operation",
    "TelephonyMachine",
    "World",
    "api_requests",
    "connectors",
    "invalid_phone_numbers",
    "phone_numbers",
    "worlds",
]

for _type, _strategy in (
    (E164, phone_numbers()),
    (NotE164, invalid_phone_numbers()),
    (Connector, connectors()),
    (World, worlds()),
    (ApiRequest, api_requests()),
):
    _st.register_type_strategy(_type, _strategy)
