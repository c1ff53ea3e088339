"""Which operations there are: one module for each resource, and the list of those that are still to be built."""

from mockserver.api.operation import Operation
from mockserver.resources import connectors, outbound_calls, phone_numbers

OPERATIONS: tuple[Operation, ...] = (
    *connectors.OPERATIONS,
    *phone_numbers.OPERATIONS,
    *outbound_calls.OPERATIONS,
)

_ACCOUNT = "/v1/accounts/{accountId}"
_AGENT = "/v1/agents/{agentId}"
_BRANCH = f"{_AGENT}/branches/{{branchId}}"

# Operations of the public document that answer 501 until they are built.
UNBUILT: tuple[tuple[str, str], ...] = (
    ("GET", f"{_ACCOUNT}/agents"),
    ("POST", f"{_ACCOUNT}/agents"),
    ("GET", f"{_ACCOUNT}/voice-library"),
    ("POST", f"{_ACCOUNT}/voice-library"),
    ("GET", f"{_ACCOUNT}/voice-library/{{voiceId}}"),
    ("PATCH", f"{_ACCOUNT}/voice-library/{{voiceId}}"),
    ("GET", f"{_ACCOUNT}/voice-library/{{voiceId}}/sample"),
    ("DELETE", _AGENT),
    ("GET", f"{_AGENT}/branches"),
    ("POST", f"{_AGENT}/branches"),
    ("DELETE", _BRANCH),
    ("GET", f"{_BRANCH}/attributes"),
    ("POST", f"{_BRANCH}/attributes"),
    ("DELETE", f"{_BRANCH}/attributes/{{attributeId}}"),
    ("PATCH", f"{_BRANCH}/attributes/{{attributeId}}"),
    ("GET", f"{_BRANCH}/behavior"),
    ("PATCH", f"{_BRANCH}/behavior"),
    ("GET", f"{_BRANCH}/knowledge-base/topics"),
    ("POST", f"{_BRANCH}/knowledge-base/topics"),
    ("GET", f"{_BRANCH}/knowledge-base/topics/{{topicId}}"),
    ("DELETE", f"{_BRANCH}/knowledge-base/topics/{{topicId}}"),
    ("PATCH", f"{_BRANCH}/knowledge-base/topics/{{topicId}}"),
    ("POST", f"{_BRANCH}/merge"),
    ("GET", f"{_BRANCH}/variants"),
    ("POST", f"{_BRANCH}/variants"),
    ("DELETE", f"{_BRANCH}/variants/{{variantId}}"),
    ("PATCH", f"{_BRANCH}/variants/{{variantId}}"),
    ("GET", f"{_AGENT}/deployments"),
    ("GET", f"{_AGENT}/deployments/active"),
    ("POST", f"{_AGENT}/deployments/publish"),
    ("POST", f"{_AGENT}/deployments/{{deploymentId}}/promote"),
    ("POST", f"{_AGENT}/deployments/{{deploymentId}}/rollback"),
    ("POST", f"{_AGENT}/duplicate"),
    ("GET", f"{_AGENT}/real-time-configs"),
    ("GET", f"{_AGENT}/real-time-configs/{{clientEnv}}"),
    ("PUT", f"{_AGENT}/real-time-configs/{{clientEnv}}/schema"),
    ("PATCH", f"{_AGENT}/real-time-configs/{{clientEnv}}/variables"),
    ("GET", f"{_AGENT}/audio-cache"),
    ("DELETE", f"{_AGENT}/audio-cache/{{entryId}}"),
    ("GET", f"{_AGENT}/audio-cache/{{entryId}}/file"),
    ("PATCH", f"{_AGENT}/audio-cache/{{entryId}}/file"),
    ("PUT", f"{_AGENT}/audio-cache/{{entryId}}/details"),
    ("POST", f"{_AGENT}/audio-cache/{{entryId}}/synthesize"),
    ("POST", f"{_AGENT}/audio-cache/bulk-delete"),
)
