"""For suites that test a client with Hypothesis: strategies, a reference model, and a state machine.

Importing it registers the strategies, so that `st.from_type(World)` and the like work; the server is not imported.
"""

try:
    from hypothesis import strategies as _st
except ImportError as error:
    raise ImportError("mockserver.testing needs Hypothesis: pip install 'polyai-mockserver[hypothesis]'") from error

from mockserver.testing.adapter import Adapter
from mockserver.testing.api_requests import api_requests
from mockserver.testing.machine import TelephonyMachine
from mockserver.testing.model import Model
from mockserver.testing.operations import OPERATIONS, Operation
from mockserver.testing.requests import Answer, ApiRequest
from mockserver.testing.strategies import (
    batch_updates,
    connector_updates,
    connectors,
    invalid_phone_numbers,
    phone_numbers,
)
from mockserver.testing.values import (
    E164,
    BatchUpdate,
    BatchUpdateItem,
    Connector,
    ConnectorUpdate,
    ItemKind,
    NotE164,
    World,
)
from mockserver.testing.worlds import worlds

__all__ = [
    "E164",
    "OPERATIONS",
    "Adapter",
    "Answer",
    "ApiRequest",
    "BatchUpdate",
    "BatchUpdateItem",
    "Connector",
    "ConnectorUpdate",
    "ItemKind",
    "Model",
    "NotE164",
    "Operation",
    "TelephonyMachine",
    "World",
    "api_requests",
    "batch_updates",
    "connector_updates",
    "connectors",
    "invalid_phone_numbers",
    "phone_numbers",
    "worlds",
]

for _type, _strategy in (
    (E164, phone_numbers()),
    (NotE164, invalid_phone_numbers()),
    (Connector, connectors()),
    (ConnectorUpdate, connector_updates()),
    (BatchUpdate, batch_updates()),
    (World, worlds()),
    (ApiRequest, api_requests()),
):
    _st.register_type_strategy(_type, _strategy)
